"""Requests that Telegram turns down for the moment are repeated, and only those.

A request that timed out may have been carried out: repeating a send could post twice, so it is not
repeated. A refusal (429, 5xx) and a connection that was never made have had no effect.
"""

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import httpx
from telegram import Bot, InlineKeyboardMarkup
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut
from telegram.ext import BaseRateLimiter

log = logging.getLogger(__name__)

ATTEMPTS = 5
LONGEST_WAIT = 60.0
"""Seconds that one request waits for Telegram at most; a longer ban is passed on."""

_GONE = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "chat not found",
    "blocked",
)

Answer = bool | dict[str, Any] | list[dict[str, Any]]
T = TypeVar("T")


class Patient(BaseRateLimiter[None]):
    """Repeats what Telegram turned down, without holding up other requests."""

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,
    ) -> Answer:
        """Make one request of the Bot API."""
        return await patiently(lambda: callback(*args, **kwargs), endpoint)


async def patiently(request: Callable[[], Awaitable[T]], name: str) -> T:
    """Make a request, and again after a while where it certainly had no effect.

    Args:
        request: Makes it once.
        name: What the log calls it.

    Raises:
        TelegramError: It failed for good, or too often.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await request()
        except (RetryAfter, NetworkError) as err:
            wait = _wait(err, attempt)
            if wait is None or wait > LONGEST_WAIT or attempt == ATTEMPTS:
                raise
            log.info("%s failed (%s); trying again in %.1f s", name, err, wait)
        await asyncio.sleep(wait)
    raise AssertionError("unreachable")


async def edit(
    bot: Bot, chat_id: int, message_id: int, text: str, markup: InlineKeyboardMarkup | None
) -> None:
    """Let a message of the bot say `text`; that it does so already, or is gone by now, is fine.

    Raises:
        TelegramError: Telegram cannot be reached.
    """
    try:
        await bot.edit_message_text(
            text, chat_id=chat_id, message_id=message_id, parse_mode=ParseMode.HTML, reply_markup=markup
        )
    except (BadRequest, Forbidden) as err:
        if not any(reason in err.message.lower() for reason in _GONE):
            raise
        log.debug("message %d in chat %d is not edited: %s", message_id, chat_id, err)


def seconds(err: RetryAfter) -> float:
    """How long Telegram asks us to wait."""
    after = err.retry_after
    return after.total_seconds() if isinstance(after, dt.timedelta) else float(after)


def _wait(err: RetryAfter | NetworkError, attempt: int) -> float | None:
    if isinstance(err, RetryAfter):
        return seconds(err)
    if isinstance(err, BadRequest):
        return None
    cause = err.__cause__
    never_sent = isinstance(cause, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))
    refused = not isinstance(err, TimedOut) and not isinstance(cause, httpx.HTTPError)  # answered with 5xx
    return 0.25 * 2**attempt if never_sent or refused else None
