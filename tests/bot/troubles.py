"""The fault matrix: what goes wrong, how it is brought about, and what the bot does then.

Every row is carried out by `test_troubles`, through real HTTP, with faults that the sandbox injects.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from bot import running, texts
from bot.models import retraining
from bot.sandbox.errors import Json
from bot.sandbox.faults import DOWNLOAD, UPDATE
from bot.store import database
from bot.wire import client, sending
from model.prediction import Prediction
from model.predictor import Predictor
from tests.bot.conftest import Bot, Start
from tests.bot.doubles import make_version, picture
from training.data import dataset

SURE = "Euro — 97 % sure"


@dataclass(frozen=True, slots=True)
class Scene:
    """What a row may use.

    Attributes:
        start: Starts the bot.
        patch: Changes it for the time of the row.
        log: What it logged.
    """

    start: Start
    patch: pytest.MonkeyPatch
    log: pytest.LogCaptureFixture


@dataclass(frozen=True, slots=True)
class Trouble:
    """One row.

    Attributes:
        what: What goes wrong.
        how: How it is brought about.
        behaviour: What the bot does then.
        check: Brings it about and looks.
    """

    what: str
    how: str
    behaviour: str
    check: Callable[[Scene], Awaitable[None]] = field(repr=False)


async def eventually(holds: Callable[[], Any]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(15):
        while not holds():  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.02)


def answers(bot: Bot) -> list[Json]:
    """The bot's messages in the traveller's chat."""
    return [message for message in bot.traveller.messages if message["from"]["is_bot"]]


async def ask_and_confirm(bot: Bot, number: int = 0) -> None:
    """Send a photo, press Right, and see that it was answered and kept exactly once."""
    before = len(answers(bot))
    sent = await bot.traveller.send_photo(picture("green", number))
    await eventually(lambda: len(answers(bot)) > before)
    [answer] = answers(bot)[before:]
    assert answer["text"] == SURE
    assert answer["reply_to_message"]["message_id"] == sent["message_id"]
    await bot.traveller.press("Right", message=answer)
    await bot.traveller.until(lambda m: m["message_id"] == answer["message_id"] and "Saved as" in m["text"])
    await asyncio.sleep(0.2)
    assert len(answers(bot)) == before + 1
    assert len(bot.files()) == number + 1


async def delivered_twice(scene: Scene) -> None:
    async with scene.start() as bot:
        bot.sandbox.faults.repeat(times=2)
        await ask_and_confirm(bot)


async def cut_off_while_it_answers(scene: Scene) -> None:
    """Let the bot end with a photo in its hands, and begin anew."""
    scene.patch.setattr(running, "HANDLER_SECONDS", 0.05)
    async with scene.start() as bot:
        scene.patch.setattr(bot.services, "at_once", asyncio.Semaphore(0))
        await bot.traveller.send_photo(picture("green"))
        await eventually(lambda: bot.app.update_processor.current_concurrent_updates)
    assert not answers(bot)
    async with scene.start() as bot:
        await eventually(lambda: answers(bot))
    assert "was cut off and is done now" in scene.log.text
    async with scene.start() as bot:
        await ask_and_confirm(bot)
    assert len(answers(bot)) == 2


async def out_of_reach_while_it_answers(scene: Scene) -> None:
    """The photo is with the network when the connection goes; the answer waits until it is back."""
    scene.patch.setattr(sending, "BETWEEN", 0.2)
    asked, may_answer = asyncio.Event(), asyncio.Event()
    async with scene.start() as bot:
        predict = bot.predictor.predict

        async def slow(data: bytes) -> Prediction:
            asked.set()
            await may_answer.wait()
            return await predict(data)

        scene.patch.setattr(bot.predictor, "predict", slow)
        await bot.traveller.send_photo(picture("green"))
        await asked.wait()
        async with bot.sandbox.outage():
            may_answer.set()
            await bot.traveller.send_photo(picture("green", 1))
            # More often than anything else is repeated.
            while scene.log.text.count("sendMessage failed") <= sending.ATTEMPTS:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        for answer in await bot.traveller.replies(2):
            assert answer["text"] == SURE


async def late_and_out_of_order(scene: Scene) -> None:
    async with scene.start() as bot:
        bot.sandbox.faults.delay(UPDATE, 0.5)
        late = await bot.traveller.send_photo(picture("green"))
        soon = await bot.traveller.send_photo(picture("red"))
        replies = await bot.traveller.replies(2)
        quoted = {reply["reply_to_message"]["message_id"]: reply["text"] for reply in replies}
        assert quoted[late["message_id"]] == SURE
        assert quoted[soon["message_id"]].startswith("I am not sure. Euro 48 %")


async def turned_down(scene: Scene, status: int, methods: Sequence[str]) -> None:
    async with scene.start() as bot:
        for number, method in enumerate(methods):
            if status == 429:
                bot.sandbox.faults.too_many_requests(method, retry_after=1)
            else:
                bot.sandbox.faults.server_error(method, status=status, description="Bad day")
            await ask_and_confirm(bot, number)


async def too_slow(scene: Scene, method: str) -> None:
    scene.patch.setattr(client, "ANSWER_SECONDS", 0.4)
    async with scene.start() as bot:
        bot.sandbox.faults.delay(method, 1.0)
        await ask_and_confirm(bot)


async def cut(scene: Scene, methods: Sequence[str], *, after: bool) -> None:
    async with scene.start() as bot:
        for number, method in enumerate(methods):
            bot.sandbox.faults.drop(method, after=after)
            await ask_and_confirm(bot, number)


async def lost_before_it_was_sent(scene: Scene) -> None:
    async with scene.start() as bot:
        bot.sandbox.faults.drop("sendMessage")
        await bot.traveller.send_photo(picture("green"))
        await eventually(lambda: "sendMessage was perhaps carried out" in scene.log.text)
        assert answers(bot) == []
        await ask_and_confirm(bot)


async def too_long_a_ban(scene: Scene) -> None:
    async with scene.start() as bot:
        bot.sandbox.faults.too_many_requests("getFile", retry_after=3600)
        await bot.traveller.send_photo(picture("green"))
        assert (await bot.traveller.reply())["text"] == texts.NOT_REACHED
        await eventually(lambda: "RetryAfter" in scene.log.text)


async def second_poller(scene: Scene) -> None:
    async with scene.start() as bot:
        bot.sandbox.faults.server_error("getUpdates", status=409, description="Conflict: terminated by other")
        await ask_and_confirm(bot)
        await ask_and_confirm(bot, 1)
        assert "Another program receives this bot's updates (409)" in scene.log.text


async def no_polls(scene: Scene) -> None:
    async with scene.start() as bot:
        bot.sandbox.faults.server_error("getUpdates")
        bot.sandbox.faults.drop("getUpdates")
        for number in range(3):
            await ask_and_confirm(bot, number)
        assert "Telegram cannot be reached" in scene.log.text


async def locked_database(scene: Scene) -> None:
    scene.patch.setattr(database, "BUSY_SECONDS", 0)
    async with scene.start() as bot:
        await ask_and_confirm(bot)
        path = bot.services.settings.data_dir / "currency-bot.db"
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await bot.traveller.send_photo(picture("green", 1))
        await eventually(lambda: len(answers(bot)) == 2)
        assert "cannot be written just now; please try again" in answers(bot)[-1]["text"]
        await bot.traveller.press("Undo")
        await eventually(lambda: len(answers(bot)) == 3)
        assert "cannot be written just now; please try again" in answers(bot)[-1]["text"]
        assert len(bot.files()) == 1
        other.close()
        await ask_and_confirm(bot, 1)


async def full_disk(scene: Scene) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with scene.start() as bot:
        await bot.traveller.send_photo(picture("green"))
        await eventually(lambda: answers(bot))
        with scene.patch.context() as patch:
            patch.setattr(dataset, "replace_file", full)
            await bot.traveller.press("Right")
            await eventually(lambda: len(answers(bot)) == 2)
        assert answers(bot)[-1]["text"] == texts.DISK  # and no folder of the server
        assert bot.files() == {}
        await bot.traveller.press("Right")
        await bot.traveller.until(lambda message: "Saved as" in message["text"])
        assert len(bot.files()) == 1


async def no_model(scene: Scene) -> None:
    async with scene.start() as bot:
        bot.services.predictor = Predictor(bot.services.registry)  # the base has a card and no weights
        await bot.traveller.send_photo(picture("green"))
        said = (await bot.traveller.reply(timeout_s=30))["text"]
        assert "There is no model that can answer" in said
        assert "currency-bot doctor" in said
        await bot.traveller.send("/help")
        assert "Asking" in (await bot.traveller.reply())["text"]
        assert "model base does not load" in scene.log.text
        await bot.services.predictor.close()


async def damaged_version(scene: Scene) -> None:
    async with scene.start() as bot:
        make_version(bot.services.settings.models_dir, "v1")
        (bot.services.settings.models_dir / "v1" / "card.json").write_text("{")
        for text in ("m:v1", "m:v9"):
            await bot.admin.send("/models")
            message = await bot.admin.reply()
            await tap(bot, message, text)
            assert "odel version" in (await bot.admin.reply())["text"]
        assert bot.predictor.version == "base"
        await ask_and_confirm(bot)


async def tap(bot: Bot, message: Json, data: str) -> None:
    """Let the admin press what the message does not offer."""
    from telegram import Update

    user = bot.admin.persona.user()
    query = {"id": "1", "from": user, "chat_instance": "1", "data": data, "message": message}
    await bot.app.process_update(Update.de_json({"update_id": 9, "callback_query": query}, bot.app.bot))


async def training(scene: Scene, does: str, says: str) -> None:
    if does == "last":
        scene.patch.setattr(retraining, "LONGEST_SILENCE", 1.0)
    scene.patch.setattr(retraining, "GRACE_SECONDS", 2.0)
    async with scene.start(does) as bot:
        bot.services.dataset.add(picture("green", 30), "EUR")
        await bot.admin.send("/retrain")
        await bot.admin.until(lambda message: says in message["text"], timeout_s=20)
        run = await bot.services.store.runs.find(1)
        assert run and run.status == "failed"
        assert bot.services.registry.in_use() == bot.predictor.version == "base"
        await eventually(lambda: not bot.services.background)
        bot.services.retraining.claim()  # another run may start


_REPEATED = ("getFile", "sendMessage", "answerCallbackQuery", "editMessageText")
_HARMLESS = ("getFile", "answerCallbackQuery", "editMessageText")

TROUBLES = (
    Trouble(
        "Telegram delivers a photo and a tap twice",
        "each update twice",
        "one answer, one label, one file",
        delivered_twice,
    ),
    Trouble(
        "the bot ends with a photo in its hands",
        "stopped before its turn at the network, then started twice",
        "the photo is answered at the next start, once",
        cut_off_while_it_answers,
    ),
    Trouble(
        "the network is down for a while",
        "no connection can be made while a photo is being answered",
        "the answer waits for it, up to ten minutes; what was sent meanwhile is answered, too",
        out_of_reach_while_it_answers,
    ),
    Trouble(
        "updates come late and out of order",
        "the first of two photos half a second late",
        "each is answered once, quoting its own photo",
        late_and_out_of_order,
    ),
    *(
        Trouble(
            f"Telegram turns requests down ({status})",
            f"{status} once for {', '.join(_REPEATED)}",
            "repeated after a while; one answer, one label",
            partial(turned_down, status=status, methods=_REPEATED),
        )
        for status in (429, 500, 502, 504)
    ),
    Trouble(
        "Telegram bans the bot for an hour",
        "429 with retry_after 3600 for getFile",
        "the person is asked to try again later, the log says why",
        too_long_a_ban,
    ),
    *(
        Trouble(
            f"{method} takes too long",
            "an answer behind the client's patience",
            behaviour,
            partial(too_slow, method=method),
        )
        for method, behaviour in (
            ("getFile", "repeated; one answer"),
            ("sendMessage", "not repeated, for it may have arrived; one answer"),
        )
    ),
    Trouble(
        "the connection drops before a request is carried out",
        f"once for {', '.join(_HARMLESS)} and the download",
        "repeated; one answer, one label",
        partial(cut, methods=(*_HARMLESS, DOWNLOAD), after=False),
    ),
    Trouble(
        "the connection drops after a request was carried out",
        f"once for {', '.join(_REPEATED)}",
        "nothing is posted twice; one answer, one label",
        partial(cut, methods=_REPEATED, after=True),
    ),
    Trouble(
        "the connection drops before an answer is sent",
        "once for sendMessage",
        "not repeated, for it may have arrived; the log says so",
        lost_before_it_was_sent,
    ),
    Trouble(
        "another program polls with the same token (409)",
        "409 for getUpdates",
        "the log says what to do; polling goes on",
        second_poller,
    ),
    Trouble(
        "no updates can be fetched",
        "502 and a dropped connection for getUpdates",
        "the log says so; polling goes on and misses nothing",
        no_polls,
    ),
    Trouble(
        "the database is locked",
        "another program holds its write lock",
        "one sentence asks to try again; nothing half done; then all works again",
        locked_database,
    ),
    Trouble(
        "the disk is full",
        "writing a picture fails",
        "one sentence; the person is not thanked; the next try is kept once",
        full_disk,
    ),
    Trouble(
        "there is no model that loads",
        "weights that are not there",
        "one sentence names `doctor`; commands are answered",
        no_model,
    ),
    Trouble(
        "a model version is damaged or gone",
        "a broken card; a version that does not exist",
        "one sentence; the model in use goes on answering",
        damaged_version,
    ),
    Trouble(
        "the training process dies",
        "it ends with code 1",
        "the run is marked as failed, the chat is told, another may start",
        partial(training, does="crash", says="ended unexpectedly (code 1)"),
    ),
    Trouble(
        "the training process hangs",
        "no event for longer than is patient",
        "it is ended, the run is marked as failed, another may start",
        partial(training, does="last", says="gave no sign of life"),
    ),
)
