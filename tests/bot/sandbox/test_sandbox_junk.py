"""Whatever a bot sends, a method returns or refuses; it never breaks."""

import contextlib
from typing import Any

import pytest

from bot.sandbox.errors import BotApiError
from bot.sandbox.faults import Faults
from bot.sandbox.methods.table import METHODS
from bot.sandbox.parameters import Parameters
from bot.sandbox.people import send_text
from bot.sandbox.world import Persona, World

JUNK: list[Any] = [None, "", "x", "{", "[]", -1, 0, 1001, 1.5, True, [], [1], [[1]], [None], {}, {"a": 1}]
SHAPED: list[Any] = [
    {"inline_keyboard": [[{"text": 5, "callback_data": {}}]]},
    {"inline_keyboard": {"a": 1}},
    {"inline_keyboard": [[{"text": "x", "url": 5}], "row"]},
    {"message_id": "x", "quote": 5},
    {"type": "photo", "media": ["attach://x"]},
    [{"type": "document", "media": "attach://missing"}] * 2,
    {"type": "chat", "chat_id": []},
    [{"type": "bold", "offset": "a", "length": -1}],
]
NAMES = [
    *("text", "caption", "parse_mode", "entities", "caption_entities", "reply_markup", "reply_parameters"),
    *("photo", "document", "media", "action", "chat_id", "message_id", "callback_query_id", "file_id"),
    *("commands", "scope", "offset", "limit", "timeout", "allowed_updates", "url", "secret_token"),
]


@pytest.mark.parametrize("method", METHODS)
async def test_junk_is_refused_and_never_breaks_anything(method: str) -> None:
    here = World({"id": 1, "is_bot": True, "first_name": "Bot"}, [Persona(1001, "Traveller")], Faults())
    chat = here.chats[1001]
    send_text(here, chat, "/start")
    sent = here.post(chat, here.bot, {"text": "x"})
    good = {"chat_id": 1001, "message_id": sent["message_id"], "text": "x", "caption": "x"}
    for name in NAMES:
        for value in JUNK + SHAPED:
            with contextlib.suppress(BotApiError):
                # A poll must not wait, whatever its timeout is.
                here.updates.close()
                await METHODS[method](here, Parameters({**good, name: value}, {}))
