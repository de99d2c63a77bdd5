"""Every photo gets exactly one answer that quotes it; whatever is no photo gets one clear sentence."""

import asyncio
import io

import pytest
from PIL import Image

from bot import texts
from bot.answers import texts as answer_texts
from bot.sandbox.faults import DOWNLOAD
from bot.store.rows import Photo
from bot.wire import sending
from model.errors import StoreError
from model.prediction import Prediction
from tests.bot.conftest import TRUSTED, Bot, Start
from tests.bot.doubles import picture


def buttons(message: dict) -> list[str]:
    return [b["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", []) for b in row]


async def only_reply(bot: Bot) -> dict:
    """Return the bot's next message, and make sure that none follows it."""
    reply = await bot.traveller.reply()
    await asyncio.sleep(0.1)
    with pytest.raises(TimeoutError):
        await bot.traveller.reply(timeout_s=0.05)
    return reply


async def test_sure_answer_quotes_the_photo(bot: Bot) -> None:
    sent = await bot.traveller.send_photo(picture("green"))
    reply = await only_reply(bot)
    assert reply["text"] == "Euro — 97 % sure"
    assert reply["reply_to_message"]["message_id"] == sent["message_id"]
    assert buttons(reply) == ["Right", "Wrong", "Why?"]


async def test_doubtful_answer_names_the_best_three(bot: Bot) -> None:
    await bot.traveller.send_photo(picture("red"))
    reply = await only_reply(bot)
    assert reply["text"] == (
        "I am not sure. Euro 48 %, British Pound 31 %, Japanese Yen 12 %. Which one is it?"
    )
    assert buttons(reply) == ["1. Euro", "2. British Pound", "3. Japanese Yen", "Something else", "Why?"]


async def test_unknown_money_is_admitted(bot: Bot) -> None:
    await bot.traveller.send_photo(picture("blue"))
    reply = await only_reply(bot)
    assert reply["text"] == (
        "This is none of the currencies I know — 93 % sure\n\n"
        "I know: Euro, British Pound, Japanese Yen, US Dollar."
    )
    assert buttons(reply) == ["Right", "It is …", "Why?"]


async def test_names_follow_the_language_of_the_person(bot: Bot) -> None:
    await bot.stranger.send_photo(picture("red"))
    assert "Britisches Pfund 31 %" in (await bot.stranger.reply())["text"]


@pytest.mark.parametrize("name", ["note.jpg", "note.PNG", "note"])
async def test_picture_sent_as_a_file_is_answered(bot: Bot, name: str) -> None:
    kind = "image/png" if name == "note" else None
    await bot.traveller.send_document(picture("green", format="PNG"), name, mime_type=kind)
    assert (await only_reply(bot))["text"] == "Euro — 97 % sure"


async def test_each_photo_of_an_album_is_answered(bot: Bot) -> None:
    sent = await bot.traveller.send_album([picture("green", n) for n in range(4)])
    replies = await bot.traveller.replies(4)
    assert [r["reply_to_message"]["message_id"] for r in replies] == [m["message_id"] for m in sent]
    assert {r["text"] for r in replies} == {"Euro — 97 % sure"}


def gif() -> bytes:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def huge_png() -> bytes:
    buffer = io.BytesIO()
    Image.new("1", (12000, 12000)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"this is only text", "note.jpg", "no picture I can read"),
        (b"%PDF-1.7", "note.pdf", answer_texts.NOT_A_PICTURE),
        (picture("green", size=(1200, 900))[:-2000], "cut.jpg", "damaged or cut off"),
        (b"\0" * (25 * 1024 * 1024), "big.jpg", "larger than 20 MB"),
        (picture("green", size=(1, 1), format="BMP"), "dot.bmp", "too small"),
        (gif(), "moving.gif", "animation"),
        (huge_png(), "huge.png", "million pixels"),
    ],
    ids=["text", "pdf", "truncated", "25 MB", "1 x 1", "animated", "12000 x 12000"],
)
async def test_bad_file_gets_one_sentence_and_the_next_photo_its_answer(
    bot: Bot, data: bytes, name: str, says: str
) -> None:
    await bot.traveller.send_document(data, name)
    assert says in (await only_reply(bot))["text"]
    await bot.traveller.send_photo(picture("green"))
    assert (await bot.traveller.reply())["text"] == "Euro — 97 % sure"


async def test_photo_waits_for_the_model_but_a_command_does_not(bot: Bot) -> None:
    gate = asyncio.Event()
    predict = bot.predictor.predict

    async def slow(data: bytes) -> object:
        await gate.wait()
        return await predict(data)

    bot.predictor.predict = slow  # type: ignore[method-assign, assignment]
    await bot.traveller.send_photo(picture("green"))
    await bot.traveller.send("/start")
    assert (await bot.traveller.reply())["text"].startswith("Send me a photo")
    gate.set()
    assert (await bot.traveller.reply())["text"] == "Euro — 97 % sure"


@pytest.mark.parametrize("method", ["getFile", DOWNLOAD, "sendMessage"])
async def test_photo_is_answered_once_when_telegram_refuses_for_the_moment(bot: Bot, method: str) -> None:
    if method == "sendMessage":
        bot.sandbox.faults.too_many_requests(method, retry_after=1)
    bot.sandbox.faults.server_error(method)
    await bot.traveller.send_photo(picture("green"))
    assert (await only_reply(bot))["text"] == "Euro — 97 % sure"


async def test_lost_acknowledgement_of_an_answer_does_not_make_a_second_one(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "FIRST_WAIT", 0.02)  # a second one would come at once
    bot.sandbox.faults.drop("sendMessage", after=True)
    await bot.traveller.send_photo(picture("green"))
    assert (await bot.traveller.reply())["text"] == "Euro — 97 % sure"
    await asyncio.sleep(0.2)
    assert len([m for m in bot.traveller.messages if m["from"]["is_bot"]]) == 1


async def test_photo_delivered_twice_is_answered_once(bot: Bot) -> None:
    await bot.traveller.send_photo(picture("green"))
    await bot.traveller.reply()
    await asyncio.sleep(0.1)
    sent = next(message for message in bot.traveller.messages if "photo" in message)
    from telegram import Update

    again = Update.de_json({"update_id": 999_999, "message": sent}, bot.app.bot)
    await bot.app.process_update(again)
    assert len([m for m in bot.traveller.messages if m["from"]["is_bot"]]) == 1


async def test_photo_whose_answer_a_crash_cut_off_is_not_answered_twice(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telegram import Update

    async def cut_off(*_: object) -> None:
        raise StoreError("The database cannot be written just now.")

    with monkeypatch.context() as patch:
        patch.setattr(bot.services.store.predictions, "answered", cut_off)
        sent = await bot.traveller.send_photo(picture("green"))
        await only_reply(bot)
    for update_id in (999_998, 999_999):
        await bot.app.process_update(Update.de_json({"update_id": update_id, "message": sent}, bot.app.bot))
    assert (await only_reply(bot))["text"] == answer_texts.CUT_OFF


async def test_unforeseen_failure_gets_a_sentence(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(data: bytes) -> object:
        raise ZeroDivisionError("of all things")

    bot.predictor.predict = broken  # type: ignore[method-assign, assignment]
    await bot.traveller.send_photo(picture("green"))
    assert (await only_reply(bot))["text"] == texts.WENT_WRONG
    assert "of all things" in caplog.text


async def test_webhook_serves_as_well_as_polling(start: Start, unused_tcp_port: int) -> None:
    from pydantic import SecretStr

    url = f"http://127.0.0.1:{unused_tcp_port}/hook"
    changes = {"webhook_url": url, "webhook_secret": SecretStr("s3cret"), "webhook_port": unused_tcp_port}
    async with start(**changes) as bot:
        await bot.traveller.send_photo(picture("green"))
        assert (await bot.traveller.reply())["text"] == "Euro — 97 % sure"
        assert not bot.sandbox.calls.of("getUpdates")


COMMAND = {"type": "bot_command", "offset": 0, "length": 5}
GROUP = {"id": -100, "type": "supergroup", "title": "Travellers"}
DOCUMENT = {"file_id": "f", "file_unique_id": "u", "file_name": "plan.pdf", "mime_type": "application/pdf"}


async def deliver(bot: Bot, kind: str, **content: object) -> list[str]:
    """Let the bot receive what the sandbox has no chat for; return what it tries to send."""
    from telegram import Update

    sender = {} if "channel" in kind else {"from": bot.stranger.persona.user()}
    message = {"message_id": 900, "date": 1_700_000_000, "chat": GROUP, **sender, **content}
    bot.sandbox.calls.clear()
    await bot.app.process_update(Update.de_json({"update_id": 1, kind: message}, bot.app.bot))
    return [call.method for call in bot.sandbox.calls.all() if call.method.startswith("send")]


@pytest.mark.parametrize("kind", ["channel_post", "edited_channel_post", "edited_message"])
async def test_posts_of_channels_and_edits_are_left_alone(bot: Bot, kind: str) -> None:
    assert await deliver(bot, kind, text="yen") == []
    assert await deliver(bot, kind, text="/help", entities=[COMMAND]) == []
    assert await deliver(bot, kind, document=DOCUMENT) == []


async def test_groups_are_not_told_what_every_file_is(bot: Bot) -> None:
    assert await deliver(bot, "message", document=DOCUMENT) == []
    moving = {**DOCUMENT, "width": 1, "height": 1, "duration": 1}
    assert await deliver(bot, "message", document=DOCUMENT, animation=moving) == []


async def test_groups_talk_below_a_photo_without_the_bot(bot: Bot) -> None:
    photo = Photo(TRUSTED, GROUP["id"], 5, 1, "f", "u")
    await bot.services.store.predictions.add(photo, Prediction("EUR", 0.9, 0.9, True, {"EUR": 0.9}, "base"))
    below = {"message_id": 5, "date": 1, "chat": GROUP, "from": bot.traveller.persona.user(), "text": "look"}
    assert await deliver(bot, "message", text="Lovely picture", reply_to_message=below) == []
    answer = below | {"from": {"id": bot.app.bot.id, "is_bot": True, "first_name": "Bot"}}
    assert "sendMessage" in await deliver(bot, "message", text="yen", reply_to_message=answer)
