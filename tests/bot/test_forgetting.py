"""/forget leaves nothing of a person: no picture, no row, no embedding, wherever the picture is by now."""

from pathlib import Path

import numpy as np
import pytest

from bot.everyone import texts as everyone_texts
from bot.labels import labelling
from bot.models import runs
from bot.store.rows import Label
from model.registry import Registry
from tests.bot.conftest import ADMIN, STRANGER, TRUSTED, Bot
from tests.bot.doubles import make_version, picture
from tests.bot.test_labelling import predicted
from training.fitting.memory import FILE, Memory, read_memory, write_memory
from training.gate.report import Report, write_report


async def learned(bot: Bot, *labels: Label, shipped: str = "5" * 64) -> list[Path]:
    """Let two versions remember the pictures of labels, and one that the base was shipped with."""
    keys = [*(label.sha256 for label in labels), shipped]
    folders = []
    for version in ("v1", "v2"):
        make_version(bot.services.settings.models_dir, version)
        folders.append(bot.services.registry.folder(version))
        write_memory(
            Memory(
                np.array(keys),
                np.array(["EUR"] * len(keys)),
                np.array(["train"] * len(keys)),
                np.array([key == shipped for key in keys]),
                np.ones((len(keys), 4), np.float16),
            ),
            folders[-1],
        )
    return folders


def rows(folder: Path) -> list[float]:
    """The sum of each row that a version remembers."""
    return read_memory(folder).embedding.sum(axis=1).tolist()


async def labelled(bot: Bot, number: int, user_id: int = TRUSTED, picture_number: int | None = None) -> Label:
    stored = await predicted(bot, number, user_id)
    data = picture("green", number if picture_number is None else picture_number)
    return await labelling.save(bot.services, stored, "EUR", TRUSTED, data)


async def test_embeddings_are_blanked_in_every_version_and_others_stay(bot: Bot) -> None:
    mine, other = await labelled(bot, 1), await labelled(bot, 2, STRANGER)
    folders = await learned(bot, mine, other)
    assert await labelling.forget(bot.services, TRUSTED) == (1, 1)
    assert [rows(folder) for folder in folders] == [[0.0, 4.0, 4.0]] * 2


async def test_chat_of_a_private_run_is_forgotten_too(bot: Bot) -> None:
    runs = bot.services.store.runs
    over, going_on = [await runs.start(ADMIN, ADMIN, "head") for _ in range(2)]
    await runs.end(over, "failed")
    await labelling.forget(bot.services, ADMIN)
    chats = [run.chat_id for run in [await runs.find(over), await runs.find(going_on)] if run]
    assert chats == [0, ADMIN]


async def test_next_model_is_due_and_learns_without_them(bot: Bot) -> None:
    mine = await labelled(bot, 1)
    await learned(bot, mine)
    Registry(bot.services.settings.models_dir).promote("v2", "Admin")
    assert (await runs.news(bot.services)).gone == 0
    await labelling.forget(bot.services, TRUSTED)
    assert (await runs.news(bot.services)).gone == 1


async def test_picture_that_comes_back_after_it_was_forgotten_is_new(bot: Bot) -> None:
    await learned(bot, await labelled(bot, 1))
    Registry(bot.services.settings.models_dir).promote("v2", "Admin")
    await labelling.forget(bot.services, TRUSTED)
    await labelled(bot, 2, picture_number=1)
    found = await runs.news(bot.services)
    assert (found.new, found.gone) == ({"EUR": 1}, 0)


async def test_picture_that_somebody_else_sent_too_keeps_its_row(bot: Bot) -> None:
    mine = await labelled(bot, 1, picture_number=7)
    await labelled(bot, 2, STRANGER, picture_number=7)
    folders = await learned(bot, mine)
    assert await labelling.forget(bot.services, TRUSTED) == (1, 0)
    assert rows(folders[0]) == [4.0, 4.0]


async def test_picture_that_was_moved_since_is_found(bot: Bot) -> None:
    stored = await predicted(bot)
    label = await labelling.save(bot.services, stored, "EUR", STRANGER, picture("green"))
    assert label.place == "pending"
    new = bot.services.dataset.path(label.sha256, "JPY")
    new.parent.mkdir(parents=True)
    bot.services.dataset.path(label.sha256, "EUR", place="pending").rename(new)
    assert await labelling.forget(bot.services, TRUSTED) == (1, 1)
    assert bot.files() == bot.files("pending") == {}


@pytest.mark.parametrize("passed", [True, False])
async def test_what_is_forgotten_while_a_version_is_trained_is_blanked_once_it_is_there(
    bot: Bot, passed: bool
) -> None:
    mine, other = await labelled(bot, 1), await labelled(bot, 2, STRANGER)
    store, run_id = bot.services.store, await bot.services.store.runs.start(ADMIN, ADMIN, "head")
    await store.runs.writes(run_id, "v1")
    await labelling.forget(bot.services, TRUSTED)
    folder, _ = await learned(bot, mine, other)  # it had read the pictures before
    write_report(Report("v1", "base", 0, {}, {}, 0, 0, 1.0, passed, (), run=run_id), folder)
    await runs.settle_cut_off(bot.services, bot.app.bot, await store.runs.running())
    assert bot.predictor.version == ("v1" if passed else "base")
    assert rows(folder) == [0.0, 4.0, 4.0]


async def test_memory_that_cannot_be_read_does_not_keep_anybody(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    folders = await learned(bot, await labelled(bot, 1))
    (folders[0] / FILE).write_bytes(b"damaged")
    assert await labelling.forget(bot.services, TRUSTED) == (1, 1)
    assert rows(folders[1]) == [0.0, 4.0]
    assert "nothing can be taken out of model v1" in caplog.text


async def test_nothing_of_a_forgotten_person_is_left_in_the_database_file(bot: Bot) -> None:
    await bot.traveller.send_photo(picture("green"))
    answer = await bot.traveller.reply()
    await bot.traveller.press("Right", message=answer)
    await bot.traveller.until(lambda message: "Saved as" in message["text"])
    stored = await bot.services.store.predictions.last(TRUSTED, TRUSTED)
    assert stored
    await labelling.forget(bot.services, TRUSTED)
    async with bot.services.store.writing() as db:
        await db.exec_driver_sql("UPDATE users SET first_seen = first_seen")
    await bot.services.store.close()  # which empties the journal into the file
    data = (bot.services.settings.data_dir / "currency-bot.db").read_bytes()
    assert stored.file_id.encode() not in data


def test_privacy_says_what_stays_and_until_when() -> None:
    for said in ("kept until you send /forget", "the rows of numbers", "without your id", "your name stays"):
        assert said in everyone_texts.PRIVACY
