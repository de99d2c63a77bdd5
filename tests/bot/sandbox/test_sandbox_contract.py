"""One session that uses every method: all requests and answers are valid Bot API."""

import json

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyParameters,
)

from bot.sandbox.methods.table import METHODS
from bot.sandbox.person import Person
from bot.sandbox.server import SandboxServer
from tests.bot.sandbox.contract import API_JSON, check_call, check_calls
from tests.bot.sandbox.pictures import picture

KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("Right", callback_data="right:1")]])


async def test_every_method_takes_and_gives_valid_objects(
    sandbox: SandboxServer, traveller: Person, bot: Bot
) -> None:
    await bot.set_my_commands([BotCommand("start", "Begin")])
    await bot.set_webhook("http://127.0.0.1:9/hook", secret_token="secret")
    await bot.get_webhook_info()
    await bot.delete_webhook()
    await traveller.send("/start https://example.org")
    await traveller.send_photo(picture(), caption="what is this?")
    await traveller.send_document(picture(format="PNG"), "note.png")
    await traveller.send_album([picture(), picture(300, 300)])
    updates = await bot.get_updates()
    photo = updates[1].message
    assert photo is not None
    await bot.set_my_commands([BotCommand("stats", "Figures")], scope=BotCommandScopeChat(1001))
    await bot.get_my_commands()
    await bot.delete_my_commands()
    await bot.send_chat_action(1001, "typing")
    quoting = ReplyParameters(photo.message_id, quote="what is")
    sent = await bot.send_message(
        1001, "<b>Euro</b> — 97 %", parse_mode="HTML", reply_markup=KEYBOARD, reply_parameters=quoting
    )
    await bot.edit_message_text("Pound", 1001, sent.message_id, reply_markup=KEYBOARD)
    await bot.edit_message_reply_markup(1001, sent.message_id)
    await bot.send_message(1001, "Which one?", reply_markup=ForceReply(input_field_placeholder="yen"))
    plot = await bot.send_photo(1001, picture(1500, 400), caption="plot", reply_markup=KEYBOARD)
    await bot.edit_message_caption(1001, plot.message_id, caption="<i>new</i>", parse_mode="HTML")
    await bot.edit_message_media(
        InputMediaPhoto(picture(20, 20)), 1001, plot.message_id, reply_markup=KEYBOARD
    )
    await bot.send_document(1001, picture(), filename="card.jpg")
    await bot.send_media_group(1001, [InputMediaPhoto(photo.photo[-1].file_id), InputMediaPhoto(picture())])
    await bot.send_media_group(1001, [InputMediaDocument(b"a", filename="a.txt"), InputMediaDocument(b"b")])
    await bot.delete_message(1001, sent.message_id)
    await bot.get_file(photo.photo[-1].file_id)
    await _press_and_answer(bot, traveller, updates[-1].update_id + 1)

    assert {call.method for call in sandbox.calls.all()} == set(METHODS)
    assert check_calls(sandbox.calls.all()) == len(sandbox.calls.all())


async def _press_and_answer(bot: Bot, person: Person, offset: int) -> None:
    import asyncio

    pressing = asyncio.create_task(person.press("Right"))
    updates = await bot.get_updates(offset=offset, timeout=5)
    query = updates[0].callback_query
    assert query is not None and query.message is not None and query.data == "right:1"
    await query.answer("Thank you", show_alert=True)
    assert await pressing == {"text": "Thank you", "show_alert": True}


async def test_refusals_are_valid_too(sandbox: SandboxServer, http) -> None:
    await http.post("/bot123456:TEST-token/sendMessage", json={"chat_id": 1, "text": "hi"})

    check_call(sandbox.calls.all()[-1])


async def test_the_check_notices_a_missing_field(sandbox: SandboxServer, traveller: Person, bot: Bot) -> None:
    await traveller.send("hello")
    await bot.send_message(1001, "hello")
    call = sandbox.calls.of("sendMessage")[0]
    del call.result["chat"]

    with pytest.raises(ValueError, match="chat"):
        check_call(call)


@pytest.mark.skipif(
    not API_JSON.exists(),
    reason=f"needs the description of the Bot API: there is no file {str(API_JSON)!r}; "
    "calls are checked against aiogram alone",
)
def test_every_method_is_documented() -> None:
    assert set(METHODS) <= set(json.loads(API_JSON.read_text())["methods"])
