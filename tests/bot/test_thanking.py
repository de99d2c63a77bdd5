"""Contributors are told once that their pictures help, at most once a day, and only if they want it."""

import asyncio
import logging

import numpy as np
import pytest
import sqlalchemy as sa
from telegram.error import NetworkError

from bot import texts
from bot.labels import labelling
from bot.models import thanking
from bot.store.rows import Answer, Photo
from model.prediction import Prediction
from tests.bot.conftest import STRANGER, TRUSTED, Bot, Start
from tests.bot.doubles import make_version, picture
from tests.bot.test_corrections import buttons, tap_as
from training.fitting.memory import Memory, write_memory


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thanking, "PAUSE_SECONDS", 0.0)


async def contributed(bot: Bot, number: int, user_id: int = TRUSTED, by: int = TRUSTED) -> Answer:
    """Let somebody say of a person's photo that it is a euro."""
    photo = Photo(user_id, user_id, number, 1_700_000_000, "file", f"unique{number}")
    scores = {"EUR": 0.9, "JPY": 0.1}
    stored = await bot.services.store.predictions.add(
        photo, Prediction("EUR", 0.9, 0.9, True, scores, "base")
    )
    await labelling.save(bot.services, stored, "EUR", by, picture("green", number))
    return stored


async def learned(bot: Bot, version: str, *numbers: int, split: str = "train") -> None:
    """Let a version that learned from what was contributed answer from now on."""
    names = []
    for number in numbers:
        label = await bot.services.store.labels.of(number)
        assert label
        names.append(label.sha256)
    root = bot.services.registry.root
    make_version(root, version)
    count = len(names)
    write_memory(
        Memory(
            np.array(names, np.str_),
            np.array(["EUR"] * count),
            np.array([split] * count),
            np.zeros(count, np.bool_),
            np.ones((count, 4), np.float16),
        ),
        root / version,
    )
    bot.services.registry.promote(version, "test")


async def told(bot: Bot, version: str) -> list[str]:
    """Tell everybody and return what the contributors read."""
    bot.sandbox.calls.clear()
    await thanking.tell(bot.services, bot.app.bot, version)
    return [call.parameters.text("text") for call in bot.sandbox.calls.of("sendMessage")]


async def a_day_passes(bot: Bot) -> None:
    async with bot.services.store.writing() as db:
        await db.execute(sa.text("UPDATE users SET thanked_at = '2020-01-01'"))


@pytest.fixture
async def met(bot: Bot) -> Bot:
    """A bot that both people have written to."""
    for person in (bot.traveller, bot.stranger):
        await person.send("/start")
        await person.reply()
    return bot


async def test_everybody_is_told_once_how_many_of_theirs_helped(met: Bot) -> None:
    for number in (1, 2, 3):
        await contributed(met, number)
    await contributed(met, 4, STRANGER)
    await learned(met, "v1", 1, 2, 3, 4)
    assert await told(met, "v1") == [
        "3 of your pictures helped: model <b>v1</b> answers now. Thank you!",
        "1 of your pictures helped: model <b>v1</b> answers now. Thank you!",
    ]
    assert buttons(met.traveller.last) == ["No such messages"]
    assert await told(met, "v1") == []
    await a_day_passes(met)
    assert await told(met, "v1") == []


async def test_only_what_teaches_counts(met: Bot) -> None:
    await contributed(met, 1)
    await contributed(met, 2, STRANGER, by=STRANGER)
    await learned(met, "v1", 1, split="test")
    assert await told(met, "v1") == []
    await learned(met, "v2", 2)  # it waits for review: another picture of the same bytes was learned from
    assert await told(met, "v2") == []


async def test_once_a_day_and_only_with_something_new(met: Bot) -> None:
    await contributed(met, 1)
    await learned(met, "v1", 1)
    assert len(await told(met, "v1")) == 1
    await contributed(met, 2)
    await learned(met, "v2", 1, 2)
    assert await told(met, "v2") == []
    await a_day_passes(met)
    assert await told(met, "v2") == ["2 of your pictures helped: model <b>v2</b> answers now. Thank you!"]
    await a_day_passes(met)
    await learned(met, "v3", 1, 2)
    assert await told(met, "v3") == []


async def test_such_messages_can_be_turned_off_and_on(met: Bot) -> None:
    await contributed(met, 1)
    await learned(met, "v1", 1)
    await told(met, "v1")
    await met.traveller.press("No such messages")
    assert (await met.traveller.until(lambda m: m["text"] == texts.NO_MORE_THANKS))["reply_markup"]
    await contributed(met, 2)
    await a_day_passes(met)
    await learned(met, "v2", 1, 2)
    assert await told(met, "v2") == []
    await met.traveller.press("Send them again")
    await met.traveller.until(lambda m: m["text"] == texts.THANKS_AGAIN)
    assert len(await told(met, "v2")) == 1


async def test_other_people_turn_nothing_off(met: Bot) -> None:
    await contributed(met, 1)
    await learned(met, "v1", 1)
    await tap_as(met, STRANGER, met.traveller.last, f"tn:{TRUSTED}")
    assert len(await told(met, "v1")) == 1


async def test_people_who_left_hold_up_nobody(met: Bot) -> None:
    await contributed(met, 1)
    await contributed(met, 2, STRANGER)
    await learned(met, "v1", 1, 2)
    met.sandbox.faults.server_error(
        "sendMessage", status=403, description="Forbidden: bot was blocked by the user"
    )
    assert len(await told(met, "v1")) == 2
    assert "1 of your pictures helped" in met.stranger.last["text"]
    assert await told(met, "v1") == []


async def test_people_who_never_wrote_in_private_are_no_error(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, thanking.__name__)
    await contributed(bot, 1)
    await learned(bot, "v1", 1)
    await told(bot, "v1")
    assert f"contributor {TRUSTED} is not told: Chat not found" in caplog.messages


async def test_whoever_was_not_reached_is_told_the_next_time(
    met: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(*_: object) -> None:
        raise NetworkError("no route")

    await contributed(met, 1)
    await contributed(met, 2, STRANGER)
    await learned(met, "v1", 1, 2)
    with monkeypatch.context() as broken, pytest.raises(NetworkError):
        broken.setattr(thanking, "_send", down)
        await thanking.tell(met.services, met.app.bot, "v1")
    assert len(await told(met, "v1")) == 2


async def test_two_at_once_tell_once(met: Bot) -> None:
    await contributed(met, 1)
    await learned(met, "v1", 1)
    met.sandbox.calls.clear()
    await asyncio.gather(*(thanking.tell(met.services, met.app.bot, "v1") for _ in range(4)))
    assert len(met.sandbox.calls.of("sendMessage")) == 1


async def test_promotion_on_the_command_line_is_noticed(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thanking, "LOOK_SECONDS", 0.02)
    async with start() as bot:
        await bot.traveller.send("/start")
        await contributed(bot, 1)
        await learned(bot, "v1", 1)
        await bot.traveller.until(lambda m: "1 of your pictures helped" in m["text"])


async def test_version_that_cannot_be_read_ends_nothing(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thanking, "LOOK_SECONDS", 0.02)
    async with start() as bot:
        await bot.traveller.send("/start")
        (bot.services.registry.folder("base") / "embeddings.npz").write_bytes(b"damaged")
        await asyncio.sleep(0.1)
        await contributed(bot, 1)
        await learned(bot, "v1", 1)
        await bot.traveller.until(lambda m: "1 of your pictures helped" in m["text"])


async def test_who_was_thanked_today_is_told_later_of_the_same_version(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thanking, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(thanking, "AGAIN_SECONDS", 0.1)
    async with start() as bot:
        await bot.traveller.send("/start")
        await contributed(bot, 1)
        await learned(bot, "v1", 1)
        await bot.traveller.until(lambda m: "model v1 answers now" in m["text"])
        await contributed(bot, 2)
        await learned(bot, "v2", 1, 2)
        await asyncio.sleep(0.1)
        assert "v2" not in bot.traveller.last["text"]
        await a_day_passes(bot)
        await bot.traveller.until(lambda m: "model v2 answers now" in m["text"])
