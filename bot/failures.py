"""Whatever goes wrong becomes one sentence for the person and one line in the log."""

import logging
from html import escape

from telegram import ReplyParameters, Update
from telegram.constants import ParseMode
from telegram.error import BadRequest, Conflict, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot import texts
from bot.context import Context
from bot.wire.sending import CHAT_GONE
from model.errors import CurrencyBotError, DataError, PictureError

log = logging.getLogger(__name__)

CONFLICT = (
    "Another program receives this bot's updates (409): stop the other copy of the bot, or a webhook that "
    "it left; if there is none, somebody else has the token - get a new one from @BotFather."
)


async def on_error(update: object, context: Context) -> None:
    """Tell the person what to do next, and the log what happened."""
    error = context.error
    if not isinstance(update, Update):
        log_polling(error)
        return
    sentence = sentence_for(error)
    if isinstance(error, CurrencyBotError) and error.__cause__ is None:
        log.info("update %d: %s", update.update_id, error)  # expected: it says all there is to say
    elif isinstance(error, PictureError):
        log.info("update %d: %s (%r)", update.update_id, error, error.__cause__)
    elif sentence is None:
        log.warning("update %d: %s: %s", update.update_id, type(error).__name__, error)
    else:
        log.error("update %d failed", update.update_id, exc_info=error)
    if sentence:
        await _say(update, context, sentence)


def sentence_for(error: BaseException | None) -> str | None:
    """The sentence that a person gets for an error, as HTML.

    Returns:
        None where a sentence cannot arrive, or where the answer may have arrived and a second one would
        contradict it.
    """
    match error:
        case DataError() if isinstance(error.__cause__, OSError):
            return texts.DISK  # its own sentence names folders
        case CurrencyBotError():
            return escape(str(error))
        case TimedOut() | Forbidden():
            return None
        case BadRequest() if CHAT_GONE in error.message.lower():
            return None
        case BadRequest():
            return texts.WENT_WRONG
        case RetryAfter() | NetworkError():
            return texts.NOT_REACHED
        case OSError():
            return texts.DISK
        case _:
            return texts.WENT_WRONG


async def _say(update: Update, context: Context, sentence: str) -> None:
    message, chat = update.effective_message, update.effective_chat
    if chat is None:
        return
    quoted = ReplyParameters(message.message_id, allow_sending_without_reply=True) if message else None
    try:
        await context.bot.send_message(chat.id, sentence, parse_mode=ParseMode.HTML, reply_parameters=quoted)
    except TelegramError as err:
        log.warning("update %d: the person could not be told: %s", update.update_id, err)


def log_polling(error: BaseException | None) -> None:
    """Tell the person who runs the bot why no updates come."""
    if isinstance(error, Conflict):
        log.error(CONFLICT)
    elif isinstance(error, NetworkError):
        log.warning("Telegram cannot be reached (%s); trying again", error)
    else:
        log.error("receiving updates failed", exc_info=error)
