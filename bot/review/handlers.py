"""/review, its buttons, and the words that do the same."""

import asyncio

from telegram import CallbackQuery, Message, Update

from bot import keyboards, texts
from bot.answers import texts as answer_texts
from bot.context import Context, asked, is_private, locale_of
from bot.review import keyboards as review_keyboards
from bot.review import texts as review_texts
from bot.review.desk import Desk
from bot.review.keyboards import APPROVE, BACK, CHOOSE, OTHER, REJECT, SKIP, STOP, UNDO
from bot.rights import admins_only, admins_tap
from bot.store.rows import Showing
from bot.wire.sending import acknowledge, reply
from model.labels import parse

VERBS = f"^({'|'.join((APPROVE, REJECT, OTHER, CHOOSE, BACK, SKIP, STOP, UNDO))}):"

_APPROVE_WORDS = frozenset({"approve", "yes", "right", "correct", "ok"})
_OTHER_WORDS = frozenset({"other", "other class", "wrong", "no"})


@admins_only
async def review(update: Update, context: Context) -> None:
    """Show the first picture that waits."""
    message, user = asked(update)
    if not is_private(message):
        await message.reply_text(review_texts.PRIVATE_ONLY)
    else:
        await Desk(context.services, context.bot, user, message.chat_id).show_next(None)


@admins_tap
async def on_tap(query: CallbackQuery, context: Context) -> None:
    """Do what a button below a picture that waits says."""
    tap, message = keyboards.read_tap(query.data), query.message
    if tap is None or message is None or not is_private(message):
        await acknowledge(query, texts.OLD_BUTTON)
        return
    gone = tap.verb == review_keyboards.UNDO and not await context.services.store.decisions.find(tap.id)
    await acknowledge(query, texts.OLD_BUTTON if gone else None)
    desk = Desk(context.services, context.bot, query.from_user, message.chat.id, message.message_id)
    match tap.verb:
        case review_keyboards.UNDO:
            await desk.undo(tap.id)
        case review_keyboards.SKIP:
            await desk.skip(tap.id)
        case review_keyboards.STOP:
            await desk.stop(tap.id)
        case review_keyboards.OTHER:
            await desk.ask_class(tap.id)
        case review_keyboards.BACK:
            await desk.show(tap.id)
        case review_keyboards.REJECT:
            await desk.decide(tap.id, None)
        case _:
            await _choose(desk, tap)


async def _choose(desk: Desk, tap: keyboards.Tap) -> None:
    """Decide for the class that a button stands for."""
    waiting = await desk.services.store.queue.find(tap.id)
    if waiting is None:
        await desk.move_on(tap.id)
    elif tap.verb == APPROVE:
        await desk.decide(tap.id, next(each.said.label for each in waiting.labels if each.id == tap.id))
    else:
        options = texts.choices(await desk.answer(waiting))
        if 1 <= tap.number <= len(options):
            await desk.decide(tap.id, options[tap.number - 1])


async def on_text(update: Update, context: Context) -> bool:
    """Understand words about a picture of /review; False if they are not about one.

    A reply to such a picture is, and so is what an admin writes while it is the newest answer in the chat.
    """
    message, user = asked(update)
    if not context.services.settings.is_admin(user.id) or not is_private(message):
        return False
    said = " ".join((message.text or "").casefold().strip(" .!").split())
    showing = await _meant(context, message, user.id, undoing=said == "undo")
    if showing is None:
        return False
    desk = Desk(context.services, context.bot, user, message.chat_id, showing.message_id, aloud=True)
    match said:
        case "undo":
            undone = showing.decision_id is not None and await desk.undo(showing.decision_id)
            await reply(message, review_texts.UNDONE if undone else review_texts.NOTHING_TO_UNDO)
        case "skip":
            await desk.skip(showing.label_id)
        case "stop":
            await desk.stop(showing.label_id)
        case "reject":
            await desk.decide(showing.label_id, None)
        case _:
            await _name(desk, message, said, showing.label_id)
    return True


async def _meant(context: Context, message: Message, user_id: int, *, undoing: bool) -> Showing | None:
    """Find the message of /review that a text is about."""
    store, replied = context.services.store, message.reply_to_message
    if replied:
        return await store.showings.of_message(message.chat_id, replied.message_id)
    newest = await store.showings.newest(message.chat_id)
    answered = await store.predictions.last(message.chat_id, user_id)
    if newest is None or (answered and (answered.answer_message_id or 0) > newest.message_id):
        return None
    showings = store.showings
    return await (showings.last_decided if undoing else showings.current)(message.chat_id)


async def _name(desk: Desk, message: Message, said: str, label_id: int) -> None:
    """Decide for the class that words name."""
    waiting = await desk.services.store.queue.find(label_id)
    if waiting is None:
        await desk.move_on(label_id)
        return
    stored, locale = await desk.answer(waiting), locale_of(desk.user)
    options = texts.choices(stored)
    if said in _OTHER_WORDS:
        await reply(message, review_texts.which_class(stored, locale))
        return
    if said in _APPROVE_WORDS:
        meant = waiting.classes
    elif said.isdecimal():
        meant = tuple(options[int(said) - 1 : int(said)]) if int(said) else ()
    else:
        known = await asyncio.to_thread(desk.services.dataset.labels)
        meant = parse(said, tuple(dict.fromkeys([*options, *known])), locale)
    if len(meant) == 1:
        await desk.decide(label_id, meant[0])
    elif meant:
        await reply(message, answer_texts.which_one(meant, locale))
    else:
        await reply(message, review_texts.NOT_UNDERSTOOD)
