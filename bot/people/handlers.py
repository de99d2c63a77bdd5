"""/people and /takeout: what became of people's labels, and taking out all that one person ever said."""

import re

from telegram import CallbackQuery, InlineKeyboardMarkup, Update

from bot import keyboards, texts
from bot.context import Context, Services, asked, is_private
from bot.labels import takeout
from bot.people import keyboards as people_keyboards
from bot.people import texts as people_texts
from bot.people.keyboards import ASK, KEEP, PAGE, TAKE_OUT
from bot.rights import admins_only, admins_tap
from bot.wire.sending import acknowledge, edit_pressed, say

VERBS = f"^({'|'.join((PAGE, ASK, TAKE_OUT, KEEP))}):"

PER_PAGE = 8
"""People on one page."""

_USER_ID = re.compile(r"\d{1,18}", re.ASCII)

Said = tuple[str, InlineKeyboardMarkup | None]


@admins_only
async def people(update: Update, context: Context) -> None:
    """List those who label most."""
    message, _ = asked(update)
    if is_private(message):
        await say(message, *await _page(context.services, 0))
    else:
        await say(message, people_texts.PRIVATE_ONLY)


@admins_only
async def take_out(update: Update, context: Context) -> None:
    """Ask whether to take out everything that a person said."""
    message, _ = asked(update)
    said = " ".join(context.args or ())
    if not is_private(message):
        await say(message, people_texts.PRIVATE_ONLY)
    elif _USER_ID.fullmatch(said):
        await say(message, *await _ask(context.services, int(said)))
    else:
        await say(message, people_texts.TAKE_OUT_HOW)


@admins_tap
async def on_tap(query: CallbackQuery, context: Context) -> None:
    """Turn the page, or take a person out."""
    tap, message = keyboards.read_tap(query.data), query.message
    if tap is None or message is None or not is_private(message):
        await acknowledge(query, texts.OLD_BUTTON)
        return
    await acknowledge(query)
    match tap.verb:
        case people_keyboards.PAGE:
            text, markup = await _page(context.services, tap.id)
        case people_keyboards.ASK:
            text, markup = await _ask(context.services, tap.id)
        case people_keyboards.TAKE_OUT:
            change = await takeout.take_out(context.services, tap.id, query.from_user.id)
            text, markup = people_texts.taken_out(tap.id, change), None
        case _:
            text, markup = people_texts.KEPT, None
    await edit_pressed(context.bot, query, text, markup)


async def _page(services: Services, number: int) -> Said:
    contributors, first = services.store.contributors, number * PER_PAGE
    total = await contributors.count()
    page = await contributors.top(PER_PAGE, first)
    if not page:
        return people_texts.NOBODY, None
    trusted = {each.user_id for each in page if services.settings.is_trusted(each.user_id)}
    text = people_texts.people(page, first + 1, total, trusted)
    return text, people_keyboards.people(page, number, total > first + PER_PAGE)


async def _ask(services: Services, user_id: int) -> Said:
    change = await takeout.preview(services, user_id)
    return people_texts.ask(user_id, change), people_keyboards.ask(user_id) if change else None
