"""A kept picture always has a row that says whose it is: nothing is left behind that /forget cannot find."""

import asyncio

import pytest

from bot.labels import deciding, labelling
from bot.store.rows import Answer, Photo
from model.errors import CurrencyBotError, StoreError
from model.prediction import Prediction
from tests.bot.conftest import ADMIN, STRANGER, TRUSTED, Bot
from tests.bot.doubles import picture


async def predicted(bot: Bot, number: int = 1, user_id: int = TRUSTED) -> Answer:
    photo = Photo(user_id, user_id, number, 1_700_000_000, "file", f"unique{number}")
    scores = {"EUR": 0.9, "JPY": 0.1}
    return await bot.services.store.predictions.add(photo, Prediction("EUR", 0.9, 0.9, True, scores, "base"))


async def test_label_that_comes_after_forget_keeps_nothing(bot: Bot) -> None:
    stored = await predicted(bot)
    await labelling.forget(bot.services, TRUSTED)
    with pytest.raises(CurrencyBotError, match="send the photo again"):
        await labelling.save(bot.services, stored, "EUR", TRUSTED, picture("green"))
    assert bot.files() == {}


async def test_label_that_is_not_written_keeps_no_picture(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    async def locked(row_id: int, **_: object) -> None:
        raise StoreError("The database cannot be written just now.")

    stored = await predicted(bot)
    await labelling.save(bot.services, stored, "JPY", TRUSTED, picture("green"))
    monkeypatch.setattr(bot.services.store.labels, "hold", locked)
    with pytest.raises(StoreError):
        await labelling.save(bot.services, stored, "EUR", TRUSTED, picture("green"))
    with pytest.raises(StoreError):
        await labelling.save(bot.services, stored, "JPY", TRUSTED, picture("green"))
    assert bot.classes() == ["JPY"]


async def test_what_two_people_say_at_once_leaves_one_picture(bot: Bot) -> None:
    stored = await predicted(bot)
    said = [(TRUSTED, "EUR"), (ADMIN, "JPY"), (TRUSTED, "GBP")]
    await asyncio.gather(
        *(labelling.save(bot.services, stored, label, who, picture("green")) for who, label in said)
    )
    label = await bot.services.store.labels.of(stored.id)
    assert label
    assert bot.classes() == [label.label]
    assert await labelling.forget(bot.services, TRUSTED) == (1, 1)
    assert bot.files() == {}


async def test_same_file_is_kept_under_the_last_class_alone(bot: Bot) -> None:
    first, second, other = [await predicted(bot, number) for number in range(3)]
    await labelling.save(bot.services, first, "EUR", TRUSTED, picture("green"))
    await labelling.save(bot.services, other, "EUR", TRUSTED, picture("green", 1))
    await labelling.save(bot.services, second, "GBP", TRUSTED, picture("green"))
    assert (bot.classes(), bot.classes("pending")) == (["EUR", "GBP"], [])
    assert await bot.services.store.labels.of(first.id) is None
    await labelling.save(bot.services, first, "GBP", TRUSTED, picture("green"))
    assert await labelling.undo(bot.services, second, TRUSTED)
    assert bot.classes() == ["EUR", "GBP"]  # both photos hold it, and one still does


async def test_what_others_said_of_the_same_file_waits_and_is_not_lost(bot: Bot) -> None:
    first, second = await predicted(bot, 1, STRANGER), await predicted(bot, 2)
    await labelling.save(bot.services, first, "EUR", STRANGER, picture("green"))
    (waits,) = await bot.services.store.labels.on(first.id)
    await deciding.decide(bot.services, waits.id, "EUR", ADMIN)
    await labelling.save(bot.services, second, "GBP", TRUSTED, picture("green"))
    assert (bot.classes(), bot.classes("pending")) == (["GBP"], ["EUR"])
    waiting = await bot.services.store.queue.next()
    assert waiting and (waiting.labels, waiting.kept, waiting.disputed) == ((waits,), ("GBP",), True)
    await labelling.undo(bot.services, second, TRUSTED)
    assert (bot.classes(), bot.classes("pending")) == ([], ["EUR"])
    await deciding.decide(bot.services, waits.id, "EUR", ADMIN)
    assert (bot.classes(), bot.classes("pending")) == (["EUR"], [])


async def test_what_somebody_said_since_waits_alone(bot: Bot) -> None:
    first, second = await predicted(bot, 1, STRANGER), await predicted(bot, 2)
    await labelling.save(bot.services, first, "EUR", ADMIN, picture("green"))
    await labelling.save(bot.services, first, "JPY", STRANGER, picture("green"))
    await labelling.save(bot.services, second, "GBP", TRUSTED, picture("green"))
    assert (bot.classes(), bot.classes("pending")) == (["GBP"], ["JPY"])
    label = await bot.services.store.labels.of(first.id)
    assert label and (label.label, label.beside) == ("JPY", None)


async def test_what_others_said_stays_where_the_label_that_contradicts_it_is_not_written(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(row_id: int, **_: object) -> None:
        raise StoreError("The database cannot be written just now.")

    first, second = await predicted(bot, 1), await predicted(bot, 2)
    await labelling.save(bot.services, first, "EUR", ADMIN, picture("green"))
    monkeypatch.setattr(bot.services.store.labels, "hold", locked)
    with pytest.raises(StoreError):
        await labelling.save(bot.services, second, "GBP", TRUSTED, picture("green"))
    assert (bot.classes(), bot.classes("pending")) == (["EUR"], [])


async def test_what_waits_on_another_photo_of_the_file_still_waits(bot: Bot) -> None:
    first, second = await predicted(bot, 1, STRANGER), await predicted(bot, 2)
    await labelling.save(bot.services, first, "EUR", STRANGER, picture("green"))
    await labelling.save(bot.services, second, "GBP", TRUSTED, picture("green"))
    assert (bot.classes(), bot.classes("pending")) == (["GBP"], ["EUR"])


async def test_forget_does_not_read_the_manifest_for_every_picture(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        stored = await predicted(bot, number)
        await labelling.save(bot.services, stored, "EUR", TRUSTED, picture("green", number))
    reads, records = [], bot.services.dataset.records
    monkeypatch.setattr(bot.services.dataset, "records", lambda: reads.append(1) or records())
    assert await labelling.forget(bot.services, TRUSTED) == (3, 3)
    assert len(reads) == 2  # to look where pictures lie, and to see which are the owner's
