"""[Why?] → the photo again, lit up where the model looked."""

import logging

from telegram import Message, ReplyParameters, Update
from telegram.constants import ParseMode
from telegram.error import TimedOut

from bot import keyboards, texts
from bot.answers import texts as answer_texts
from bot.answers.corrections import may, mention
from bot.answers.photos import download
from bot.context import Context, locale_of
from bot.store.rows import Answer
from bot.wire.sending import acknowledge
from model.errors import StoreError

log = logging.getLogger(__name__)

VERBS = f"^{keyboards.WHY}:"

AGAIN_SECONDS = 60.0
"""A press within this time after another one is a double tap; later, the picture may be wanted anew."""


async def on_why_tap(update: Update, context: Context) -> None:
    """Show which part of the photo an answer comes from."""
    query = update.callback_query
    if query is None:
        return
    predictions = context.services.store.predictions
    tap = keyboards.read_tap(query.data)
    stored = await predictions.find(tap.id) if tap else None
    if stored is None:
        await acknowledge(query, texts.OLD_BUTTON)
    elif not may(query.from_user, stored, context):
        await acknowledge(query, texts.NOT_YOURS)
    elif not await predictions.explain_once(stored.id, AGAIN_SECONDS):
        await acknowledge(query, answer_texts.EXPLAINED)
    else:
        await acknowledge(query)
        pressed = query.message if isinstance(query.message, Message) else None
        try:
            sent = await _show(context, stored, pressed, locale_of(query.from_user))
        except TimedOut:
            raise  # it may have arrived
        except Exception:
            await _give_back(context, stored)
            raise
        await mention(context, stored, sent)


async def _show(context: Context, stored: Answer, pressed: Message | None, locale: str) -> Message:
    """Send the picture, quoting the answer whose button was pressed."""
    async with context.services.at_once:
        photo = await download(context.bot, stored.file_id)
        explained = await context.services.predictor.explain(photo, stored.label)
    quoted = pressed.message_id if pressed else stored.answer_message_id
    return await context.bot.send_photo(
        pressed.chat_id if pressed else stored.chat_id,
        explained.picture,
        caption=answer_texts.why(stored, explained.where, explained.model, locale),
        parse_mode=ParseMode.HTML,
        reply_parameters=ReplyParameters(quoted, allow_sending_without_reply=True) if quoted else None,
    )


async def _give_back(context: Context, stored: Answer) -> None:
    """Let the next press try again, for this one showed nothing."""
    try:
        await context.services.store.predictions.not_explained(stored.id)
    except StoreError:
        log.exception("prediction %d cannot be explained again for a while", stored.id)  # the cause is told
