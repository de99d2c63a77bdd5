"""Photo in, answer out."""

import logging
from pathlib import PurePath

from telegram import Bot, Message, Update
from telegram.constants import ChatAction, FileSizeLimit
from telegram.error import BadRequest, TelegramError

from bot import keyboards
from bot.answers import asking
from bot.answers import texts as answer_texts
from bot.context import Context, Services, asked, is_private, locale_of
from bot.store.rows import Answer, Label, Photo, Reason
from bot.wire.sending import patiently, reply
from model.errors import PictureError, StoreError
from model.pictures import SUFFIXES
from model.prediction import Prediction

log = logging.getLogger(__name__)


async def on_photo(update: Update, context: Context) -> None:
    """Answer a photo, or a picture sent as a file."""
    message, user = asked(update)
    photo = _photo(message, user.id)
    if photo is None:
        return
    services = context.services
    stored = await services.store.predictions.of_photo(photo)
    if stored:
        # Telegram delivers an update again when it missed our word that we have it.
        if stored.answer_message_id is None:
            await _say_that_it_was_cut_off(context, message, stored)
        return
    with services.quota.photo(user.id) as taken:
        if taken:
            await _answer(context, message, photo, locale_of(user))
        else:
            log.info("photo %d is over the quota, as the person was told", message.message_id)


async def _answer(context: Context, message: Message, photo: Photo, locale: str) -> None:
    services = context.services
    if not services.predictor.is_ready:
        await _show_that_it_takes_a_while(message)
    await services.predictor.ready()  # before a picture takes its place in memory
    async with services.at_once:
        prediction = await services.predictor.predict(await download(context.bot, photo.file_id))
    asked_why = await _reason_to_ask(services, prediction, photo.user_id)
    # From here on the photo counts as answered: after a crash nobody can tell whether the answer got out.
    stored = await services.store.predictions.add(photo, prediction, asked_why)
    await _remember(context, stored, await reply_with_answer(message, stored, None, locale))


async def on_document(update: Update, context: Context) -> None:
    """Answer a picture sent as a file; say what is wrong with any other file."""
    message, _ = asked(update)
    document = message.document
    if document is None:
        return
    kind, suffix = document.mime_type or "", PurePath(document.file_name or "").suffix.lower()
    is_picture = kind.startswith("image/") or suffix in SUFFIXES
    if not is_picture and not is_private(message):
        return  # people who share files with each other
    if document.file_size and document.file_size > FileSizeLimit.FILESIZE_DOWNLOAD:
        raise PictureError(answer_texts.TOO_LARGE)
    if not is_picture:
        raise PictureError(answer_texts.NOT_A_PICTURE)
    await on_photo(update, context)


async def on_animation(update: Update, context: Context) -> None:
    """Say that animations are not read; in groups they are how people laugh."""
    if is_private(asked(update)[0]):
        raise PictureError(answer_texts.ANIMATION)


async def on_anything_else(update: Update, context: Context) -> None:
    """Say that stickers, voices, videos and the like are not read."""
    raise PictureError(answer_texts.ONLY_PHOTOS)


async def download(bot: Bot, file_id: str) -> bytes:
    """Fetch a file from Telegram.

    Raises:
        PictureError: It is too large, or Telegram no longer has it.
        TelegramError: Telegram cannot be reached.
    """
    try:
        file = await bot.get_file(file_id)
        return bytes(await patiently(file.download_as_bytearray, "download"))
    except BadRequest as err:
        raise PictureError(
            answer_texts.TOO_LARGE if "too big" in err.message.lower() else answer_texts.PHOTO_GONE
        ) from err


async def reply_with_answer(message: Message, stored: Answer, label: Label | None, locale: str) -> Message:
    """Send the answer to a photo, quoting `message`."""
    text, markup = answer_texts.answer(stored, label, locale), keyboards.answer(stored, label, locale)
    return await reply(message, text, markup)


async def _reason_to_ask(services: Services, prediction: Prediction, user_id: int) -> Reason | None:
    card = services.predictor.card
    reason = asking.reason(prediction, card) if card else None
    return reason if reason and asking.may_ask(await services.store.predictions.past(user_id)) else None


async def _say_that_it_was_cut_off(context: Context, message: Message, stored: Answer) -> None:
    """The bot stopped between answering and writing down that it did; a second answer could contradict."""
    log.warning("prediction %d was perhaps answered when the bot was cut off", stored.id)
    await _remember(context, stored, await reply(message, answer_texts.CUT_OFF))


async def _remember(context: Context, stored: Answer, sent: Message) -> None:
    try:
        await context.services.store.predictions.answered(stored.id, sent.chat_id, sent.message_id)
    except StoreError:
        # The person has their answer, and its buttons work; a second message would only confuse.
        log.exception("the message of prediction %d is not recorded", stored.id)


async def _show_that_it_takes_a_while(message: Message) -> None:
    try:
        await message.reply_chat_action(ChatAction.TYPING)
    except TelegramError as err:
        log.debug("no chat action: %s", err)  # a courtesy, nothing depends on it


def _photo(message: Message, user_id: int) -> Photo | None:
    # Sizes come smallest first; the largest shows the most.
    source = message.photo[-1] if message.photo else message.document
    if source is None:
        return None
    return Photo(
        user_id=user_id,
        chat_id=message.chat_id,
        message_id=message.message_id,
        sent_at=int(message.date.timestamp()),
        file_id=source.file_id,
        file_unique_id=source.file_unique_id,
    )
