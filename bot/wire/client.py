"""The client of the Bot API: how long it waits, what it repeats, and that it never shows its token."""

import ipaddress
from urllib.parse import urlsplit

from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.settings import Settings
from bot.wire.sending import Patient

ANSWER_SECONDS = 20.0
"""How long a request may take to be sent, and to be answered."""


class Client(ExtBot[None]):
    """The library's client, which would show its token wherever it is printed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Client[token=[token]]"


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
