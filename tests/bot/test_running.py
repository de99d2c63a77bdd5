"""Starting and staying up: the network may be down, another copy may poll, no chat waits for another."""

import asyncio
import itertools
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import cast

import httpx
import pytest
from telegram import Bot as TelegramBot
from telegram import Message, Update
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import Updater

from bot import failures, texts
from bot.app import build
from bot.running import running
from bot.sandbox.faults import DOWNLOAD
from bot.sandbox.server import SandboxServer
from bot.sandbox.world import Persona
from bot.settings import Settings
from bot.store.updates import Arrived
from bot.wire import sending
from bot.wire.arrivals import REPEATS
from bot.wire.ordering import ChatOrder, lane
from model.errors import PictureError
from tests.bot.conftest import TOKEN, TRUSTED, Bot, Start
from tests.bot.doubles import picture


async def test_start_waits_for_the_network(start: Start, unused_tcp_port: int) -> None:
    async def come_up_late() -> SandboxServer:
        await asyncio.sleep(0.3)
        return await SandboxServer(TOKEN, [Persona(TRUSTED, "Traveller")], port=unused_tcp_port).__aenter__()

    late = asyncio.create_task(come_up_late())
    async with start(telegram_api_url=f"http://127.0.0.1:{unused_tcp_port}"):
        server = await late
        traveller = server.person(TRUSTED)
        await traveller.send_photo(picture("green"))
        assert (await traveller.reply())["text"] == "Euro — 97 % sure"
    await server.__aexit__(None, None, None)


async def test_unknown_token_is_not_retried(settings: Settings) -> None:
    from pydantic import SecretStr

    app = build(settings.model_copy(update={"bot_token": SecretStr("999:unknown")}))
    with pytest.raises(InvalidToken):
        async with running(app):
            pass


async def test_second_poller_is_explained(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    text = "Conflict: terminated by other getUpdates request"
    bot.sandbox.faults.server_error("getUpdates", status=409, description=text)
    await bot.traveller.send_photo(picture("green"))
    await bot.traveller.reply()
    await bot.traveller.send_photo(picture("green", 1))
    await bot.traveller.reply()
    assert "Another program receives this bot's updates (409)" in caplog.text


async def test_polling_goes_on_after_trouble(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    bot.sandbox.faults.server_error("getUpdates")
    for number in range(2):
        await bot.traveller.send_photo(picture("green", number))
        assert (await bot.traveller.reply())["text"] == "Euro — 97 % sure"
    assert "Telegram cannot be reached" in caplog.text


async def test_everything_is_closed(start: Start) -> None:
    async with start() as bot:
        pass
    assert bot.predictor.closed
    ours = [task for task in asyncio.all_tasks() if task.get_name().startswith(("Application", "Updater"))]
    assert not ours


async def test_stop_waits_neither_for_a_slow_download_nor_for_a_training_run(start: Start) -> None:
    async with start("last") as bot:
        bot.services.dataset.add(picture("green", 30), "EUR")
        await bot.admin.send("/retrain")
        await bot.admin.until(lambda message: "Learning" in message["text"])
        bot.sandbox.faults.delay(DOWNLOAD, 60)
        await bot.traveller.send_photo(picture("green"))
        await asyncio.sleep(0.3)
        began = time.monotonic()
    assert time.monotonic() - began < 10
    assert bot.predictor.closed


NUMBERS = itertools.count(1)


def update(chat_id: int, text: str | None = None) -> Update:
    message = {"message_id": 1, "date": 0, "chat": {"id": chat_id, "type": "private"}}
    update = Update.de_json(
        {"update_id": next(NUMBERS), "message": message | ({"text": text} if text else {})}, None
    )
    assert update
    return update


async def _nothing_to_do(update: Update) -> None:
    pass


async def test_stop_leaves_behind_what_does_not_notice_it(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop = Updater.stop

    async def stubborn(updater: Updater) -> None:
        await stop(updater)
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    monkeypatch.setattr(Updater, "stop", stubborn)
    async with start():
        began = time.monotonic()
    assert time.monotonic() - began < 9
    assert "saying goodbye to Telegram took too long and was cut off" in caplog.text


async def test_a_chat_is_in_order_and_holds_up_nobody_else() -> None:
    order, done = ChatOrder(_nothing_to_do, _nothing_to_do), []
    gate = asyncio.Event()

    async def slow(name: str) -> None:
        await gate.wait()
        done.append(name)

    async def quick(name: str) -> None:
        done.append(name)

    work = [
        asyncio.create_task(order.process_update(update(1), slow("first"))),
        asyncio.create_task(order.process_update(update(1), quick("second"))),
        asyncio.create_task(order.process_update(update(2), quick("other chat"))),
        asyncio.create_task(order.process_update(update(1, "/help"), quick("command"))),
    ]
    await asyncio.sleep(0.01)
    assert done == ["other chat", "command"]
    gate.set()
    await asyncio.gather(*work)
    assert done == ["other chat", "command", "first", "second"]


async def test_an_answer_that_perhaps_arrived_is_not_followed_by_another(bot: Bot) -> None:
    bot.sandbox.faults.drop("sendMessage", after=True)
    bot.sandbox.faults.repeat()
    await bot.traveller.send_photo(picture("green"))
    assert (await bot.traveller.reply())["text"] == "Euro — 97 % sure"
    await bot.traveller.send_photo(picture("green", 1))
    await bot.traveller.reply()
    said = [each["text"] for each in bot.traveller.messages if each["from"]["is_bot"]]
    assert said == 2 * ["Euro — 97 % sure"]


async def test_words_that_were_cut_off_are_asked_for_again_once(start: Start) -> None:
    async with start() as bot:
        await bot.traveller.send("/start")
        await bot.traveller.reply()
        sent = {"message_id": 1, "date": 1, "chat": {"id": TRUSTED, "type": "private"}, "text": "undo"}
        for number, data in ((1, sent), (2, sent | {"chat": {"id": -5, "type": "group", "title": "Us"}})):
            await bot.services.store.updates.keep(
                [Arrived(number, TRUSTED, {"update_id": number, "message": data})]
            )
    for _ in range(2):
        async with start() as bot:
            await bot.traveller.until(lambda message: message["text"] == texts.INTERRUPTED)
            await asyncio.sleep(0.2)
    said = [each["text"] for each in bot.traveller.messages if each["from"]["is_bot"]]
    assert said.count(texts.INTERRUPTED) == 1


async def test_a_tap_that_was_cut_off_again_and_again_is_given_up_in_words(start: Start) -> None:
    async with start() as bot:
        await bot.traveller.send_photo(picture("green"))
        answer = await bot.traveller.reply()
        pressed = {
            "id": "1",
            "from": {"id": TRUSTED, "first_name": "Traveller", "is_bot": False},
            "chat_instance": "1",
            "message": answer,
            "data": answer["reply_markup"]["inline_keyboard"][0][0]["callback_data"],
        }
        await bot.services.store.updates.keep(
            [Arrived(1, TRUSTED, {"update_id": 1, "callback_query": pressed})]
        )
        for _ in range(REPEATS):
            await bot.services.store.updates.begun(1)
    for _ in range(2):
        async with start() as bot:
            said = await bot.traveller.until(lambda message: message["text"] == texts.INTERRUPTED)
            await asyncio.sleep(0.2)
    assert said["reply_to_message"]["message_id"] == answer["message_id"]
    assert [each.get("text") for each in bot.traveller.messages].count(texts.INTERRUPTED) == 1


def test_lanes() -> None:
    assert lane(update(1)) == lane(update(1, "yen")) != lane(update(1, "/help"))
    assert lane(object()) is None


@pytest.mark.parametrize(
    ("error", "name", "tries"),
    [
        (lambda: RetryAfter(0), "sendMessage", 3),
        (lambda: NetworkError("Bad Gateway"), "sendMessage", 3),
        (TimedOut, "getFile", 3),
        (lambda: BadRequest("no"), "getFile", 1),
        (lambda: RetryAfter(3600), "sendMessage", 1),
    ],
)
async def test_what_is_repeated(
    monkeypatch: pytest.MonkeyPatch, error: Callable[[], TelegramError], name: str, tries: int
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    monkeypatch.setattr(sending, "ATTEMPTS", 3)
    monkeypatch.setattr(sending, "FIRST_WAIT", 0.0)
    count = 0

    async def request() -> None:
        nonlocal count
        count += 1
        raise error()

    with pytest.raises(TelegramError):
        await sending.patiently(request, name)
    assert count == tries


def no_network() -> NetworkError:
    try:
        raise NetworkError("httpx.ConnectError") from httpx.ConnectError("no route")
    except NetworkError as err:
        return err


async def test_a_network_that_is_down_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "FIRST_WAIT", 0.0)
    down = sending.ATTEMPTS + 3

    async def request() -> str:
        nonlocal down
        down -= 1
        if down:
            raise no_network()
        return "through"

    assert await sending.patiently(request, "sendMessage") == "through"


async def test_a_network_that_stays_down_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "OUTAGE", 0.2)
    monkeypatch.setattr(sending, "BETWEEN", 0.02)

    async def request() -> None:
        raise no_network()

    began = time.monotonic()
    with pytest.raises(NetworkError):
        await sending.patiently(request, "sendMessage")
    assert time.monotonic() - began >= 0.15


@pytest.mark.parametrize("status", [401, 404])
async def test_a_token_that_is_refused_for_a_moment_does_not_end_polling(
    bot: Bot, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    bot.sandbox.faults.server_error("getUpdates", status=status, description="Unauthorized", times=2)
    for number in range(2):
        await bot.traveller.send_photo(picture("green", number))
        assert (await bot.traveller.reply())["text"] == "Euro — 97 % sure"
    assert "it refuses the token" in caplog.text


async def test_what_is_said_in_a_group_quotes_no_command_that_may_be_deleted() -> None:
    sent: list[dict[str, object]] = []

    class Sender:
        defaults = None

        async def send_message(self, **given: object) -> None:
            sent.append(given)

    group = {"message_id": 77, "date": 1, "chat": {"id": -5, "type": "group", "title": "Us"}, "text": "/help"}
    message = Message.de_json(group, cast(TelegramBot, Sender()))
    await sending.say(message, "Help")
    assert [each["reply_parameters"] for each in sent] == [None]


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (BadRequest("Message is not modified: specified new message content"), True),
        (BadRequest("MESSAGE_ID_INVALID"), True),
        (Forbidden("Forbidden: bot was kicked from the group chat"), True),
        (BadRequest("Can't parse entities"), False),
    ],
)
async def test_edit_of_what_is_gone_is_fine(error: TelegramError, passes: bool) -> None:
    class Gone:
        async def edit_message_text(self, *_: object, **__: object) -> None:
            raise error

    bot = cast(TelegramBot, Gone())
    if passes:
        assert await sending.edit(bot, 1, 2, "text", None) is ("not modified" in error.message)
    else:
        with pytest.raises(BadRequest):
            await sending.edit(bot, 1, 2, "text", None)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PictureError("a < b"), "a &lt; b"),
        (TimedOut(), None),
        (BadRequest("x"), texts.WENT_WRONG),
        (NetworkError("x"), texts.NOT_REACHED),
        (OSError(28, "full"), texts.DISK),
        (KeyError("x"), texts.WENT_WRONG),
    ],
)
def test_every_error_has_its_sentence(error: Exception, sentence: str | None) -> None:
    assert failures.sentence_for(error) == sentence
