"""Buttons and replies below an answer become labels."""

import asyncio
import logging
from collections.abc import Mapping

from telegram import MaybeInaccessibleMessage, Message, Update, User

from bot import keyboards, texts
from bot.answers import naming, naming_texts
from bot.answers import texts as answer_texts
from bot.answers.photos import download, reply_with_answer
from bot.context import Context, asked, is_private, locale_of
from bot.keyboards import BACK, CHOOSE, NAME, NO_MONEY, RIGHT, UNDO, UNKNOWN, WRONG, Tap
from bot.labels import labelling
from bot.review import handlers as review
from bot.store.rows import Answer, Label, Suggestion
from bot.wire.sending import acknowledge, edit, edit_pressed, reply
from model.errors import StoreError
from model.labels import currency_code, parse
from model.prediction import NONE, Verdict

log = logging.getLogger(__name__)

VERBS = f"^(?:[{RIGHT}{WRONG}{CHOOSE}{BACK}{UNDO}]|{NAME}|{UNKNOWN}|{NO_MONEY}):"

_RIGHT_WORDS = frozenset({"right", "yes", "correct", "true", "ok"})
_WRONG_WORDS = frozenset({"wrong", "no", "false", "incorrect"})
_DENIALS = frozenset({"not", "isn't", "isnt", "never"})

MANY_WORDS = 8
"""A longer text is about something else, unless it replies to an answer."""


async def on_tap(update: Update, context: Context) -> None:
    """Do what a button below an answer says."""
    query = update.callback_query
    if query is None:
        return
    tap = keyboards.read_tap(query.data)
    stored = await context.services.store.predictions.find(tap.id) if tap else None
    if tap is None or stored is None:
        await acknowledge(query, texts.OLD_BUTTON)
        return
    if not may(query.from_user, stored, context):
        await acknowledge(query, texts.NOT_YOURS)
        return
    names = tap.verb in (keyboards.NAME, keyboards.UNKNOWN, keyboards.NO_MONEY)
    said = await _pressed_name(context, stored, tap) if names else None
    await acknowledge(query, texts.OLD_BUTTON if names and said is None else None)
    locale = locale_of(query.from_user)
    match tap.verb:
        case keyboards.WRONG:
            text, markup = answer_texts.question(stored, locale), keyboards.choices(stored, locale)
            await edit_pressed(context.bot, query, text, markup)
        case keyboards.UNDO:
            await labelling.undo(context.services, stored, query.from_user.id, tap.number)
            await _show_state(context, stored, query.message, locale)
        case keyboards.BACK:
            await _show_state(context, stored, query.message, locale)
        case keyboards.NAME | keyboards.UNKNOWN | keyboards.NO_MONEY:
            if said:
                await _suggest(context, stored, said, query.from_user)
            await _show_state(context, stored, query.message, locale)
        case _:
            options = texts.choices(stored)
            number = tap.number if tap.verb == CHOOSE else options.index(stored.label) + 1
            if 1 <= number <= len(options):
                await _save(context, stored, options[number - 1], query.from_user)
            await _show_state(context, stored, query.message, locale)


async def on_text(update: Update, context: Context) -> None:
    """Understand a reply to an answer ("yen", "JPY", "2", "right", "wrong", "undo"), or help."""
    if await review.on_text(update, context):
        return
    message, user = asked(update)
    private, replied = is_private(message), message.reply_to_message
    author = replied.from_user if replied else None
    if not private and (author is None or author.id != context.bot.id):
        return  # people talking to each other
    if replied:
        stored = await context.services.store.predictions.of_message(message.chat_id, replied.message_id)
    else:
        stored = await context.services.store.predictions.last(message.chat_id, user.id)
    if stored is None:
        if private:
            await reply(message, answer_texts.NO_ANSWER_THERE if replied else answer_texts.SEND_PHOTO)
        return
    if not may(user, stored, context):
        await reply(message, texts.NOT_YOURS)
        return
    await _obey(context, message, user, stored, said_below=replied is not None)


async def _obey(context: Context, message: Message, user: User, stored: Answer, *, said_below: bool) -> None:
    locale = locale_of(user)
    said = " ".join((message.text or "").casefold().strip(" .!").replace("’", "'").split())
    if said == "undo":
        if await labelling.undo(context.services, stored, user.id):
            await _confirm(context, message, stored, locale)
        else:
            await reply(message, answer_texts.NOTHING_TO_UNDO)
        return
    label = await context.services.store.labels.of(stored.id)
    asked = label is not None and label.label == NONE
    options = texts.choices(stored)
    renamed = await context.services.store.classes.renamed(options)
    if said not in _RIGHT_WORDS | _WRONG_WORDS:
        named = await asyncio.to_thread(  # the names of all currencies are read the first time
            naming.understand,
            message.text or "",
            [*options, *renamed],
            locale,
            asked=asked,
            replied=said_below,
        )
        if named:
            await _keep_name(context, message, user, stored, named)
            return
    meant = _meant(said, stored, renamed, locale)
    if meant and not said_below and len(said.split()) > MANY_WORDS:
        meant = ()  # talk that happens to mention money
    denied = meant != (NONE,) and _DENIALS & set(said.split())
    if len(meant) == 1 and not denied:
        await _save(context, stored, meant[0], user)
        await _confirm(context, message, stored, locale)
    elif len(meant) > 1:
        await mention(context, stored, await reply(message, answer_texts.which_one(meant, locale)))
    elif meant or said in _WRONG_WORDS | _RIGHT_WORDS:
        markup = keyboards.choices(stored, locale)
        await mention(context, stored, await reply(message, answer_texts.question(stored, locale), markup))
    else:
        help = naming_texts.UNFIT_NAME if asked else answer_texts.not_understood(stored, locale)
        await reply(message, help if said_below else answer_texts.SEND_PHOTO)


def _meant(said: str, stored: Answer, renamed: Mapping[str, str], locale: str) -> tuple[str, ...]:
    """The classes that a reply may mean; none for a question, or "right" where nothing was stated.

    Args:
        said: The text, tidied.
        stored: The answer that it is about.
        renamed: What the model calls classes that have another name now, by that name.
        locale: The person's language.
    """
    options = texts.choices(stored)
    if said in _RIGHT_WORDS:
        return () if stored.verdict is Verdict.UNSURE else (stored.label,)
    if said.isdecimal():
        return tuple(options[int(said) - 1 : int(said)]) if int(said) else ()
    if said.endswith("?"):
        return ()
    found = parse(said, list(dict.fromkeys([*options, *renamed])), locale)
    return tuple(dict.fromkeys(renamed.get(label, label) for label in found))


async def _keep_name(
    context: Context, message: Message, user: User, stored: Answer, named: Suggestion | tuple[str, ...]
) -> None:
    """Keep what a text says that it is, or ask which of several currencies it means."""
    locale = locale_of(user)
    if isinstance(named, Suggestion):
        await _suggest(context, stored, named, user)
        await _confirm(context, message, stored, locale)
        return
    found = [await context.services.store.classes.add(code) for code in named]
    buttons = keyboards.names(stored, found, locale)
    await mention(context, stored, await reply(message, naming_texts.which_one(named, locale), buttons))


async def _pressed_name(context: Context, stored: Answer, tap: Tap) -> Suggestion | None:
    """What a button says that it is; nothing, if it is out of date or was never there."""
    store = context.services.store
    if tap.verb == NO_MONEY:
        return Suggestion("no money")
    if tap.verb == UNKNOWN:
        label = await store.labels.of(stored.id)
        return Suggestion("unknown") if label and label.label == NONE else None
    chosen = await store.classes.find(tap.number)
    return Suggestion("name", chosen.name) if chosen and currency_code(chosen.name) == chosen.name else None


async def _suggest(context: Context, stored: Answer, said: Suggestion, user: User) -> None:
    """Keep what a person says that it is: a class to choose, or a name beside "none of these"."""
    store = context.services.store
    name = await store.classes.current(said.name) if said.kind == "name" else NONE
    options = texts.choices(stored)
    renamed = await store.classes.renamed(options)
    found = naming.option_for(name, [*options, *renamed])
    option = renamed.get(found, found) if found else None
    await _save(context, stored, option or NONE, user)
    if option in (None, NONE):
        proposed = (await store.classes.add(name)).id if said.kind == "name" else None
        await store.suggestions.add(stored.id, user.id, said.kind, proposed)


async def _save(context: Context, stored: Answer, label: str, user: User) -> None:
    held = await context.services.store.labels.of(stored.id)
    if held and held.label == label and (held.user_id == user.id or held.place == "dataset"):
        return  # a double tap
    await labelling.admit(context.services, user.id)
    async with context.services.at_once:
        picture = await download(context.bot, stored.file_id)
        await labelling.save(context.services, stored, label, user.id, picture)


async def _confirm(context: Context, message: Message, stored: Answer, locale: str) -> None:
    """Answer a text with the new state, and bring the answer that it is about up to date."""
    label = await context.services.store.labels.of(stored.id)
    await mention(context, stored, await reply_with_answer(message, stored, label, locale))
    await _show_state(context, stored, None, locale)


async def _show_state(
    context: Context, stored: Answer, where: MaybeInaccessibleMessage | None, locale: str
) -> None:
    """Show what holds now, in the message whose button was pressed and in the answer itself."""
    label: Label | None = await context.services.store.labels.of(stored.id)
    shown = {(where.chat.id, where.message_id)} if where else set()
    if stored.answer_message_id:
        shown.add((stored.chat_id, stored.answer_message_id))
    for chat_id, message_id in shown:
        text, markup = answer_texts.answer(stored, label, locale), keyboards.answer(stored, label, locale)
        await edit(context.bot, chat_id, message_id, text, markup)


async def mention(context: Context, stored: Answer, sent: Message) -> None:
    """Remember that a message of the bot is about a prediction, so that replies to it are understood."""
    try:
        await context.services.store.predictions.mention(stored.id, sent.chat_id, sent.message_id)
    except StoreError:
        # What it says was done all the same; a second message would contradict it.
        log.exception("a message about prediction %d is not recorded", stored.id)


def may(user: User, stored: Answer, context: Context) -> bool:
    """Whether a person may do what the buttons below an answer do."""
    return user.id == stored.user_id or context.services.settings.is_admin(user.id)
