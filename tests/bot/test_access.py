"""Nobody gets in: every admin command and every button against everybody who may not, in chats and groups.

The rows are `tests.bot.access`; the bot's own table of handlers says whether one is missing.
"""

import itertools
import string
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from telegram import Update
from telegram.ext import CallbackQueryHandler, CommandHandler

from bot import texts
from bot.context import App
from bot.everyone import texts as everyone_texts
from bot.labels import labelling
from bot.sandbox.errors import Json
from bot.store.rows import Photo
from bot.store.tables import metadata
from model.prediction import Prediction
from tests.bot.access import ADMINS, ASKER, BUTTONS, COMMANDS, REFUSALS, SELF, VISITORS, Visitor
from tests.bot.conftest import ADMIN, Bot, Start
from tests.bot.doubles import make_version, picture

SCORES = {"EUR": 0.9, "JPY": 0.1}


@pytest.fixture
async def bot(start: Start) -> AsyncIterator[Bot]:
    """A bot with something to take: an admin's labelled photo, a finished run, a version to go back to."""
    async with start() as found:
        services = found.services
        make_version(services.settings.models_dir, "v1")
        services.registry.promote("v1", "Admin")
        await services.predictor.catch_up()
        photo = Photo(ADMIN, ADMIN, 1, 1, "file", "unique")
        stored = await services.store.predictions.add(
            photo, Prediction("EUR", 0.9, 0.9, True, SCORES, "base")
        )
        await labelling.save(services, stored, "EUR", ADMIN, picture("green"))
        run_id = await services.store.runs.start(ADMIN, ADMIN, "head")
        await services.store.runs.end(run_id, "finished", version="v1", report={})
        yield found


async def state(bot: Bot) -> object:
    """All that somebody could change."""
    async with bot.services.store.reading() as db:
        rows = [list(await db.execute(sa.select(table))) for table in metadata.sorted_tables]
    models = {
        path: path.read_bytes() for path in sorted(bot.services.registry.root.rglob("*")) if path.is_file()
    }
    return rows, bot.files(), bot.files("pending"), models, bot.predictor.version


def sent(bot: Bot) -> set[str]:
    """All that the bot tried to say."""
    return {
        call.parameters.text("text") or call.parameters.text("caption") or ""
        for call in bot.sandbox.calls.all()
        if call.method != "getUpdates"
    }


async def deliver(bot: Bot, kind: str, content: Json) -> None:
    bot.sandbox.calls.clear()
    await bot.app.process_update(Update.de_json({"update_id": 1, kind: content}, bot.app.bot))


async def command(bot: Bot, visitor: Visitor, text: str) -> None:
    name = text.partition(" ")[0]
    content = {"message_id": 7, "date": 1, "chat": visitor.chat(), "from": visitor.user(), "text": text}
    content["entities"] = [{"type": "bot_command", "offset": 0, "length": len(name)}]
    if visitor.speaks_for:
        content["sender_chat"] = {"id": visitor.speaks_for, "type": "channel", "title": visitor.name}
    await deliver(bot, "message", content)


async def tap(bot: Bot, visitor: Visitor, data: str) -> None:
    message = {"message_id": 7, "date": 1, "chat": visitor.chat(), "text": "x"}
    query = {"id": "1", "from": visitor.user(), "chat_instance": "1", "data": data, "message": message}
    await deliver(bot, "callback_query", query)


def handlers(app: App, kind: type) -> list:
    return [handler for group in app.handlers.values() for handler in group if isinstance(handler, kind)]


def test_every_command_has_its_row(bot: Bot) -> None:
    names = {name for handler in handlers(bot.app, CommandHandler) for name in handler.commands}
    assert names == set(COMMANDS)


def test_every_button_has_its_row(bot: Bot) -> None:
    patterns = [handler.pattern for handler in handlers(bot.app, CallbackQueryHandler) if handler.pattern]
    letters = string.ascii_letters + string.digits
    names = [*letters, *map("".join, itertools.product(letters, letters))]
    verbs = {name for name in names if any(pattern.match(f"{name}:1") for pattern in patterns)}
    assert verbs == set(BUTTONS)


@pytest.mark.parametrize("name", [name for name, who in COMMANDS.items() if who == ADMINS])
async def test_admin_command_by_anybody_else_does_nothing(bot: Bot, name: str) -> None:
    before = await state(bot)
    texts_tried = (
        f"/{name}",
        f"/{name} full",
        f"/{name}@{bot.app.bot.username}",
        f"/{name.upper()} v1 ../base",
    )
    for visitor in VISITORS:
        for text in texts_tried:
            await command(bot, visitor, text)
            assert sent(bot) == {everyone_texts.NAMELESS if visitor.speaks_for else texts.ADMINS_ONLY}, (
                visitor.who
            )
    assert await state(bot) == before
    bot.services.retraining.claim()  # nobody holds it


@pytest.mark.parametrize("name", [name for name, who in COMMANDS.items() if who != ADMINS])
async def test_command_for_everybody_tells_no_visitor_about_others(bot: Bot, name: str) -> None:
    before = await state(bot)
    for visitor in VISITORS:
        await command(bot, visitor, f"/{name}")
        said = " ".join(sent(bot))
        assert said
        assert "Everybody" not in said
        assert "/retrain" not in said
    assert await state(bot) == before


PRESSERS = [visitor for visitor in VISITORS if visitor.speaks_for is None]
"""A tap always tells who pressed, anonymous in a group or not."""


@pytest.mark.parametrize("verb", BUTTONS)
async def test_button_of_somebody_else_does_nothing(bot: Bot, verb: str) -> None:
    before, who = await state(bot), BUTTONS[verb].who
    ids = {ASKER: ["1", "1:1", "1:2"], SELF: [str(ADMIN)], ADMINS: ["1", "v1", "base", "../base", "1:1"]}[who]
    for visitor in PRESSERS:
        for thing in ids:
            await tap(bot, visitor, f"{verb}:{thing}")
            assert sent(bot) == {REFUSALS[who]}, visitor.who
    assert await state(bot) == before


STALE = [
    "999",
    "999:1",
    "0",
    "999999999999999999:9999",
    "-1",
    "1e3",
    "1 ",
    "../base",
    "\0",
    "١",
    "",
    ":",
    "x" * 62,
]


@pytest.mark.parametrize("verb", BUTTONS)
async def test_stale_or_forged_button_does_nothing_for_an_admin_either(bot: Bot, verb: str) -> None:
    before = await state(bot)
    admin = Visitor("an admin", ADMIN, "Admin")
    for thing in STALE:
        await tap(bot, admin, f"{verb}:{thing}")
        assert any(sent(bot)), thing
    assert await state(bot) == before


async def test_admin_gets_in(bot: Bot) -> None:
    """So that the rows above cannot pass because nothing works at all."""
    admin = Visitor("an admin", ADMIN, "Admin")
    await command(bot, admin, "/models")
    assert any("v1" in text for text in sent(bot))
    await tap(bot, admin, "l:base")
    assert bot.predictor.version == "base"
