"""Requests that fail for the moment are repeated, unless that could post a message twice.

A refusal (429, 5xx) and a connection that was never made have had no effect. After anything else a
message may have been posted although we were not told: such a send is not repeated, and ends as
`TimedOut`, the one error that means "perhaps carried out".
"""

import asyncio
import datetime as dt
import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import httpx
from telegram import Bot, CallbackQuery, InlineKeyboardMarkup, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.ext import BaseRateLimiter

log = logging.getLogger(__name__)

ATTEMPTS = 5
FIRST_WAIT = 0.5
"""Seconds; each further wait is twice as long."""
OUTAGE = 600.0
"""Seconds that a request waits for a network that is down; nobody could be told that it failed either."""
BETWEEN = 15.0
"""Seconds from one try to reach Telegram to the next, at most."""
LONGEST_WAIT = 60.0
"""Seconds that one request waits for Telegram at most; a longer ban is passed on."""

CHAT_GONE = "chat not found"
_SAME = "message is not modified"
_GONE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    CHAT_GONE,
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
    """Make a request, and again after a while where that does no harm.

    Args:
        request: Makes it once.
        name: What it is; a "send…" is repeated only if it certainly had no effect.

    Raises:
        TimedOut: A send was perhaps carried out.
        TelegramError: It failed for good, or too often.
    """
    posts, until = name.startswith("send"), time.monotonic() + OUTAGE
    for attempt in itertools.count(1):
        try:
            return await request()
        except BadRequest:
            raise
        except (RetryAfter, NetworkError) as err:
            if posts and _perhaps_carried_out(err):
                raise TimedOut(f"{name} was perhaps carried out: {err}") from err
            wait = seconds(err) if isinstance(err, RetryAfter) else FIRST_WAIT * 2 ** (attempt - 1)
            if _is_outage(err):
                wait = min(wait, BETWEEN)
                gives_up = time.monotonic() + wait > until
            else:
                gives_up = wait > LONGEST_WAIT or attempt >= ATTEMPTS
            if gives_up:
                if isinstance(err, TimedOut):
                    raise NetworkError(f"{name} failed {attempt} times: {err}") from err
                raise
            log.warning("%s failed (%s); trying again in %.1f s", name, err, wait)
        await asyncio.sleep(wait)
    raise AssertionError("unreachable")


async def acknowledge(query: CallbackQuery, alert: str | None = None) -> None:
    """Tell Telegram that a pressed button was noticed, and the person `alert` if there is something to say.

    What the button asks for is done whether or not this arrives: after a restart it may be too late.
    """
    try:
        await query.answer(alert, show_alert=alert is not None)
    except TelegramError as err:
        log.info("a pressed button is not acknowledged: %s", err)


async def say(message: Message, text: str, markup: InlineKeyboardMarkup | None = None) -> Message:
    """Write to a chat, in HTML; the message may be gone by now."""
    return await message.reply_text(text, parse_mode=ParseMode.HTML, reply_markup=markup, do_quote=False)


async def reply(message: Message, text: str, markup: InlineKeyboardMarkup | None = None) -> Message:
    """Write to a chat, in HTML, and quote a message, unless that is gone by now."""
    quoted = ReplyParameters(message.message_id, allow_sending_without_reply=True)
    return await message.reply_text(
        text, parse_mode=ParseMode.HTML, reply_markup=markup, reply_parameters=quoted
    )


async def edit(
    bot: Bot, chat_id: int, message_id: int, text: str, markup: InlineKeyboardMarkup | None
) -> bool:
    """Let a message of the bot say `text`; that it does so already, or is gone by now, is fine.

    Returns:
        Whether it says so now; False where it is gone.

    Raises:
        TelegramError: Telegram cannot be reached.
    """
    change = bot.edit_message_text(
        text, chat_id=chat_id, message_id=message_id, parse_mode=ParseMode.HTML, reply_markup=markup
    )
    return await _edited(change, chat_id, message_id)


async def edit_pressed(
    bot: Bot, query: CallbackQuery, text: str, markup: InlineKeyboardMarkup | None
) -> None:
    """Let the message whose button was pressed say `text`.

    Of one that is older than two days Telegram tells a bot only where it is; it can be edited all the same.
    """
    if query.message:
        await edit(bot, query.message.chat.id, query.message.message_id, text, markup)


async def edit_caption(
    bot: Bot, chat_id: int, message_id: int, caption: str, markup: InlineKeyboardMarkup | None
) -> bool:
    """Let a picture of the bot say `caption`, as `edit` does for a text."""
    change = bot.edit_message_caption(
        chat_id, message_id, caption=caption, parse_mode=ParseMode.HTML, reply_markup=markup
    )
    return await _edited(change, chat_id, message_id)


async def _edited(change: Awaitable[object], chat_id: int, message_id: int) -> bool:
    try:
        await change
    except (BadRequest, Forbidden) as err:
        reason = err.message.lower()
        if isinstance(err, BadRequest) and not any(each in reason for each in (_SAME, *_GONE)):
            raise
        log.debug("message %d in chat %d is not edited: %s", message_id, chat_id, err)
        return _SAME in reason
    return True


def seconds(err: RetryAfter) -> float:
    """How long Telegram asks us to wait."""
    after = err.retry_after
    return after.total_seconds() if isinstance(after, dt.timedelta) else float(after)


def _is_outage(err: RetryAfter | NetworkError) -> bool:
    return isinstance(err.__cause__, (httpx.ConnectError, httpx.ConnectTimeout))


def _perhaps_carried_out(err: RetryAfter | NetworkError) -> bool:
    if _is_outage(err) or isinstance(err.__cause__, httpx.PoolTimeout):
        return False  # never left this machine
    return isinstance(err.__cause__, httpx.HTTPError)  # else the server has answered, with 429 or 5xx
