"""/classes: what there is to know, and how it grows: open, add, rename."""

import re
import shlex

from telegram import CallbackQuery, Message, Update, User
from telegram.constants import ParseMode

from bot import texts
from bot.answers import naming
from bot.classes import keyboards as class_keyboards
from bot.classes import listing as class_list
from bot.classes import texts as class_texts
from bot.classes.keyboards import LEAVE, OPEN, RENAME, SHOW
from bot.context import Context, asked, is_private, locale_of
from bot.keyboards import Tap, read_tap
from bot.labels import reclassing
from bot.rights import admins_only, admins_tap
from bot.store.rows import Class
from bot.wire.sending import acknowledge, edit, edit_caption, say
from model.errors import DataError
from model.labels import currencies, parse
from model.prediction import NONE

VERBS = f"^({SHOW}|{OPEN}|{RENAME}|{LEAVE}):"

_QUOTES = str.maketrans("“”„«»", 5 * '"')


@admins_only
async def classes(update: Update, context: Context) -> None:
    """List the classes, or prepare to add or rename one."""
    message, user = asked(update)
    action, *names = _words(message.text or "")[1:] or ["list"]
    match action.lower(), names:
        case "list", []:
            await _list(context, message, user)
        case "add", [_, *_]:
            await _ask_to_add(context, message, user, " ".join(names))
        case "rename", [old, new]:
            await _ask_to_rename(context, message, user, old, new)
        case "without", numbers:
            await _leave_out(context, message, numbers)
        case _:
            await say(message, class_texts.HOW)


@admins_tap
async def on_class_tap(query: CallbackQuery, context: Context) -> None:
    """Show what waits for a class, and do what an admin approves."""
    tap, message = read_tap(query.data), query.message
    if tap is None or not isinstance(message, Message):
        await acknowledge(query, texts.OLD_BUTTON)
        return
    if tap.verb != SHOW and not message.is_accessible:  # a text or a picture? They are edited differently.
        await acknowledge(query, texts.OLD_BUTTON)
        return
    if tap.verb == LEAVE:
        await acknowledge(query)
        await _close(context, query, class_texts.LEFT)
        return
    chosen = await context.services.store.classes.find(tap.id)
    if chosen is None or await _is_outdated(context, tap, chosen):
        await acknowledge(query, texts.OLD_BUTTON)
        return
    await acknowledge(query)
    match tap.verb:
        case class_keyboards.SHOW:
            if not await _show(context, message, query.from_user, chosen):
                await say(message, class_texts.NOTHING_WAITS)
        case class_keyboards.OPEN:
            await _open(context, query, chosen, tap)
        case class_keyboards.RENAME:
            await _rename(context, query, chosen, tap)


async def _list(context: Context, message: Message, user: User) -> None:
    locale = locale_of(user)
    rows, inbox = await class_list.rows(context.services), await class_list.inbox(context.services)
    await say(message, class_texts.overview(rows, inbox, locale), class_keyboards.overview(inbox, locale))


async def _show(context: Context, message: Message, user: User, chosen: Class) -> bool:
    """Send a contact sheet of what waits for a class, and ask whether to take it; False if nothing does.

    In a group it is refused: those are other people's pictures.
    """
    inbox = await class_list.inbox(context.services)
    found = next((each for each in inbox if each.proposal.id == chosen.id), None)
    waiting = await context.services.store.suggestions.waiting(chosen.id)
    if found is None or not waiting:
        return False
    if not is_private(message):
        await say(message, class_texts.PRIVATE_ONLY)
        return True
    picture, shown = await class_list.sheet(context.services, texts.plain_name(chosen.name, "en"), waiting)
    if not shown:
        return False
    locale = locale_of(user)
    await message.reply_photo(
        picture,
        caption=class_texts.preview(found, len(shown), locale),
        parse_mode=ParseMode.HTML,
        reply_markup=class_keyboards.preview(found, len(shown), shown[-1].suggestion_id),
    )
    return True


async def _is_outdated(context: Context, tap: Tap, chosen: Class) -> bool:
    """Say whether a class was renamed since a button was shown, so that pressing it would undo that."""
    store = context.services.store.classes
    now = await store.current(chosen.name)
    if tap.verb == RENAME:
        new = await store.find(tap.number)
        return new is not None and not {now, await store.current(new.name)} <= {chosen.name, new.name}
    return tap.verb == OPEN and tap.number > 0 and now != chosen.name


async def _open(context: Context, query: CallbackQuery, chosen: Class, tap: Tap) -> None:
    await reclassing.open_class(context.services, chosen, tap.number, query.from_user.id)
    pictures = await class_list.pictures(context.services, chosen.name)
    await _close(context, query, class_texts.is_open(chosen.name, pictures, locale_of(query.from_user)))


async def _rename(context: Context, query: CallbackQuery, old: Class, tap: Tap) -> None:
    services = context.services
    new = await services.store.classes.find(tap.number)
    if new is None or new.id == old.id:
        await _close(context, query, class_texts.LEFT)
        return
    is_begun = await services.store.classes.current(old.name) == new.name
    unfinished = {before.id for before, _ in await services.store.classes.unfinished_renames()}
    if not is_begun or old.id in unfinished:  # else it was done before
        await reclassing.rename(services, old, new, query.from_user.id)
    pictures = await class_list.pictures(services, new.name)
    await _close(
        context, query, class_texts.renamed(old.name, new.name, pictures, locale_of(query.from_user))
    )


async def _leave_out(context: Context, message: Message, numbers: list[str]) -> None:
    """Take pictures out of the inbox by the numbers that the contact sheet shows."""
    ids = {int(number) for number in numbers if re.fullmatch(r"[0-9]{1,18}", number)}
    if len(ids) < len(set(numbers)) or not ids:
        await say(message, class_texts.WITHOUT_HOW)
        return
    await say(message, class_texts.left_out(await context.services.store.suggestions.dismiss(ids)))


async def _ask_to_add(context: Context, message: Message, user: User, said: str) -> None:
    locale = locale_of(user)
    name = naming.class_name(said)
    there = [row.label for row in await class_list.rows(context.services)]
    found = naming.option_for(name, there)
    # The model goes on calling a class by its older name; what is said to be of it goes to the new one.
    if found and (await context.services.store.classes.current(found)).casefold() == found.casefold():
        await say(message, class_texts.is_there(found, locale))
        return
    added = await context.services.store.classes.add(name)
    if await _show(context, message, user, added):
        return
    await say(message, class_texts.ask_to_open(added.name, locale), class_keyboards.ask_to_open(added))


async def _ask_to_rename(context: Context, message: Message, user: User, said: str, becomes: str) -> None:
    services, locale = context.services, locale_of(user)
    there = await class_list.existing(services)
    old = naming.option_for(said, there) or naming.option_for(_code(said), there)
    if old is None:
        known_none = bool(parse(said, [NONE]))
        await say(message, class_texts.NONE_STAYS if known_none else class_texts.no_such_class(said))
        return
    name = naming.class_name(becomes)
    new = naming.option_for(name, there)
    if old == (new or name):
        await say(message, class_texts.SAME)
        return
    before, after = [await services.store.classes.add(each) for each in (old, new or name)]
    pictures = await class_list.pictures(services, old)
    into = await class_list.pictures(services, new) if new else None
    await say(
        message,
        class_texts.ask_to_rename(before.name, after.name, pictures, into, locale),
        class_keyboards.ask_to_rename(before, after, merges=new is not None),
    )


def _code(said: str) -> str:
    found = currencies(said)
    return found[0] if len(found) == 1 else said


def _words(text: str) -> list[str]:
    """Split a command as a shell does, so that names with spaces can be quoted; phones curl the quotes.

    Raises:
        DataError: A quote is not closed.
    """
    words = shlex.shlex(text.translate(_QUOTES), posix=True, punctuation_chars=False)
    words.whitespace_split, words.quotes, words.escape, words.commenters = True, '"', "", ""
    try:
        return list(words)
    except ValueError as err:
        raise DataError("A quotation mark is missing; put it and send that again, please.") from err


async def _close(context: Context, query: CallbackQuery, text: str) -> None:
    """Let the message whose button was pressed say what holds now, without buttons."""
    message = query.message
    if isinstance(message, Message):
        change = edit_caption if message.photo else edit
        await change(context.bot, message.chat_id, message.message_id, text, None)
