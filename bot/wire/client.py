"""The client of the Bot API: how long it waits, what it repeats, and that it never shows its token."""

import ipaddress
import time
from typing import Any
from urllib.parse import urlsplit

from telegram import Update
from telegram.error import InvalidToken, NetworkError, TimedOut
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.settings import Settings
from bot.wire.sending import Patient

ANSWER_SECONDS = 20.0
"""How long a request may take to be sent, and to be answered."""
REFUSED = "it refuses the token; if that goes on, see BOT_TOKEN and TELEGRAM_API_URL"
SILENT = "it did not answer in time"


class Client(ExtBot[None]):
    """The library's client, which would show its token wherever it is printed, and poll in silence."""

    __slots__ = ("_polled",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._polled: float | None = None

    def seconds_unanswered(self) -> float:
        """How long nobody has answered when updates were asked for; 0 where they come unasked."""
        return 0.0 if self._polled is None else time.monotonic() - self._polled

    def __repr__(self) -> str:
        return "Client[token=[token]]"

    async def get_updates(self, *args: Any, **kwargs: Any) -> tuple[Update, ...]:
        """Ask for updates; a refused token is no reason to stop asking, or a server's hiccup ends the bot.

        Raises:
            NetworkError: Also where the server answers 401 or 404, for which the library stops polling, and
                where it does not answer, for which the library asks again at once and tells nobody.
        """
        if self._polled is None:
            self._polled = time.monotonic()
        try:
            updates = await super().get_updates(*args, **kwargs)
        except InvalidToken as err:
            raise NetworkError(REFUSED) from err
        except TimedOut as err:
            raise NetworkError(SILENT) from err
        self._polled = time.monotonic()
        return updates


def client(settings: Settings) -> ExtBot[None]:
    """Make the client; nothing is connected yet.

    Raises:
        SettingsError: There is no token.
    """
    # A server on this machine is not reached through a proxy.
    options = {"trust_env": not _is_loopback(settings.telegram_api_url)}
    return Client(
        settings.token,
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        request=HTTPXRequest(
            connection_pool_size=64,
            read_timeout=ANSWER_SECONDS,
            write_timeout=ANSWER_SECONDS,
            connect_timeout=10,
            pool_timeout=20,
            media_write_timeout=60,
            httpx_kwargs=options,
        ),
        get_updates_request=HTTPXRequest(
            connection_pool_size=2, read_timeout=ANSWER_SECONDS, connect_timeout=10, httpx_kwargs=options
        ),
        rate_limiter=Patient(),
    )


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
