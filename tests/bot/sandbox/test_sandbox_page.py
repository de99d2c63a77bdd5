"""What the page relies on: the state and its changes as events, and what people do as requests."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
)

from bot.sandbox.person import Person
from tests.bot.sandbox.pictures import picture

SEND = "/api/chats/1001/messages"


async def events(http: httpx.AsyncClient) -> AsyncIterator[dict[str, Any]]:
    async with http.stream("GET", "/api/events") as response:
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


async def test_a_page_first_gets_the_whole_state(
    http: httpx.AsyncClient, bot: Bot, traveller: Person
) -> None:
    await bot.set_my_commands([BotCommand("help", "Help")])
    await traveller.send("/start")
    await bot.set_my_commands([BotCommand("stats", "Figures")], scope=BotCommandScopeChat(1001))

    async with aclosing(events(http)) as stream:
        state = (await anext(stream))["payload"]

    assert state["bot"]["first_name"] == "Currency Bot"
    assert [chat["name"] for chat in state["chats"]] == ["Traveller", "Admin"]
    assert [message["text"] for message in state["chats"][0]["messages"]] == ["/start"]
    assert [[c["command"] for c in chat["commands"]] for chat in state["chats"]] == [["stats"], ["help"]]


async def test_a_page_then_gets_every_change(http: httpx.AsyncClient, bot: Bot, traveller: Person) -> None:
    await traveller.send("/start")
    async with aclosing(events(http)) as stream:
        await anext(stream)
        await bot.send_chat_action(1001, "typing")
        sent = await bot.send_message(1001, "one", reply_markup=ForceReply())
        await bot.edit_message_text("two", 1001, sent.message_id)
        await bot.delete_message(1001, sent.message_id)
        await bot.set_my_commands([])
        await bot.get_updates()
        kinds = [(await anext(stream))["kind"] for _ in range(8)]

    assert kinds == [
        "typing",
        "message",
        "force_reply",
        "edited",
        "deleted",
        "commands",
        "commands",
        "status",
    ]


async def test_the_answer_to_a_button_comes_as_an_event(
    http: httpx.AsyncClient, bot: Bot, traveller: Person
) -> None:
    await traveller.send("/start")
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="d")]])
    sent = await bot.send_message(1001, "x", reply_markup=keyboard)
    body = {"message_id": sent.message_id, "data": "d"}
    async with aclosing(events(http)) as stream:
        await anext(stream)
        assert (await http.post("/api/chats/1001/presses", json=body)).status_code == 200
        updates = await bot.get_updates(timeout=5)
        while updates[-1].callback_query is None:
            updates = await bot.get_updates(timeout=5)
        await updates[-1].callback_query.answer("Saved")
        found = [await anext(stream) for _ in range(2)]

    answer = {"text": "Saved", "show_alert": False}
    assert found[-1] == {"kind": "answer", "chat_id": 1001, "payload": {**body, "answer": answer}}


async def test_files_are_sent_as_an_album_with_caption_and_reply(
    http: httpx.AsyncClient, traveller: Person
) -> None:
    question = await traveller.send("what are these?")
    files = [("file", (f"{n}.jpg", picture(200 + n), "image/jpeg")) for n in range(2)]
    fields = {"as": "photo", "text": "these", "reply_to": str(question["message_id"])}

    answer = await http.post(SEND, data=fields, files=files)

    assert answer.status_code == 200
    first, second = traveller.messages[1:]
    assert "photo" in first and first["media_group_id"] == second["media_group_id"]
    assert first["caption"] == "these"
    assert first["reply_to_message"]["message_id"] == question["message_id"]


async def test_a_file_goes_as_it_is(http: httpx.AsyncClient, traveller: Person) -> None:
    files = {"file": ("a.jpg", picture(), "image/jpeg")}

    await http.post(SEND, data={"as": "file"}, files=files)

    assert traveller.messages[0]["document"]["file_name"] == "a.jpg"


@pytest.mark.parametrize(
    ("path", "fields", "problem"),
    [
        (SEND, {"text": "  "}, "message text is empty"),
        (SEND, {"text": "x" * 4097}, "message is too long"),
        (SEND, {"text": "x", "reply_to": "99"}, "message to be replied not found"),
        ("/api/chats/5/messages", {"text": "x"}, "chat not found"),
    ],
)
async def test_what_cannot_be_sent_says_why(
    http: httpx.AsyncClient, path: str, fields: dict[str, str], problem: str
) -> None:
    answer = await http.post(path, data=fields)

    assert (answer.status_code, answer.json()) == (400, {"error": problem})


@pytest.mark.parametrize(
    "body", ["", "{}", "[]", '{"message_id": "x", "data": "y"}', '{"message_id": 1, "data": "y"}']
)
async def test_a_press_that_makes_no_sense_is_refused(http: httpx.AsyncClient, body: str) -> None:
    assert (await http.post("/api/chats/1001/presses", content=body)).status_code == 400


async def test_a_reply_loses_its_quote_when_the_original_goes(bot: Bot, traveller: Person) -> None:
    question = await traveller.send("what is this?")
    await bot.send_message(1001, "a note", reply_to_message_id=question["message_id"])
    assert traveller.last["reply_to_message"]["text"] == "what is this?"

    await bot.delete_message(1001, question["message_id"])

    assert "reply_to_message" not in traveller.last


async def test_waiting_in_vain_tells_what_came(bot: Bot, traveller: Person) -> None:
    await traveller.send("/start")
    await bot.send_message(1001, "hello")

    with pytest.raises(TimeoutError, match="Expected 2 messages .* Received: \\['hello'\\]"):
        await traveller.replies(2, timeout_s=0.1)
    with pytest.raises(TimeoutError, match="ends with: \\['/start', 'hello'\\]"):
        await traveller.until(lambda message: message["text"] == "bye", timeout_s=0.1)


async def test_waiting_sees_edits(bot: Bot, traveller: Person) -> None:
    await traveller.send("/start")
    sent = await bot.send_message(1001, "0 %")
    waiting = asyncio.create_task(traveller.until(lambda message: message["text"] == "100 %"))

    await bot.edit_message_text("100 %", 1001, sent.message_id)

    assert (await waiting)["message_id"] == sent.message_id
    assert [message["text"] for message in await traveller.replies(2)] == ["0 %", "100 %"]


async def test_a_button_is_found_by_its_text(bot: Bot, traveller: Person) -> None:
    await traveller.send("/start")
    row = [InlineKeyboardButton(text, callback_data=text) for text in ("US dollar", "Canadian dollar")]
    await bot.send_message(1001, "x", reply_markup=InlineKeyboardMarkup([row]))

    with pytest.raises(LookupError, match="More than one button has 'dollar'"):
        await traveller.press("dollar")
    with pytest.raises(LookupError, match="No button has 'yen'"):
        await traveller.press("yen")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(traveller.press("US"), 0.2)
