"""The database: tables as the migrations make them, rows as they went in, ids never used again."""

import asyncio
import gc
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from bot.store import database
from bot.store.rows import Label, Photo
from bot.store.store import Store
from bot.store.tables import metadata
from model.errors import StoreError
from model.prediction import Prediction

PREDICTION = Prediction("EUR", 0.9, 0.95, True, {"EUR": 0.9, "<b>Odd</b>": 0.1}, "base")


def photo(message_id: int, user_id: int = 1) -> Photo:
    return Photo(user_id, 5, message_id, 1_700_000_000, "file", "unique")


async def test_migrations_make_the_tables_that_the_code_expects(store: Store, tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'new' / 'bot.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


async def test_opening_twice_keeps_everything(store: Store, tmp_path: Path) -> None:
    stored = await store.predictions.add(photo(1), PREDICTION)
    again = Store(f"sqlite+aiosqlite:///{tmp_path / 'new' / 'bot.db'}")
    await again.open()
    assert await again.predictions.find(stored.id) == stored
    await again.close()


async def test_scores_keep_their_order(store: Store) -> None:
    stored = await store.predictions.add(photo(1), PREDICTION)
    assert stored.scores == (("EUR", 0.9), ("<b>Odd</b>", 0.1))
    assert await store.predictions.of_photo(photo(1)) == stored
    assert await store.predictions.of_photo(photo(2)) is None


async def test_same_photo_cannot_be_stored_twice(store: Store) -> None:
    await store.predictions.add(photo(1), PREDICTION)
    with pytest.raises(StoreError):
        await store.predictions.add(photo(1), PREDICTION)


async def test_messages_lead_to_the_newest_prediction(store: Store) -> None:
    first = await store.predictions.add(photo(1), PREDICTION)
    await store.predictions.answered(first.id, 5, 2)
    second = await store.predictions.add(photo(3), PREDICTION)
    await store.predictions.answered(second.id, 5, 2)
    found = await store.predictions.of_message(5, 2)
    assert found and found.id == second.id
    assert await store.predictions.of_message(6, 2) is None


async def test_one_explanation_in_a_while(store: Store) -> None:
    stored = await store.predictions.add(photo(1), PREDICTION)
    turns = await asyncio.gather(*(store.predictions.explain_once(stored.id, 60) for _ in range(5)))
    assert sum(turns) == 1
    await store.predictions.not_explained(stored.id)
    assert await store.predictions.explain_once(stored.id, 60)
    assert await store.predictions.explain_once(stored.id, -1)
    assert not await store.predictions.explain_once(999, 60)


async def test_ids_are_never_used_again(store: Store) -> None:
    first = await store.predictions.add(photo(1), PREDICTION)
    await store.people.forget(1)
    assert (await store.predictions.add(photo(1), PREDICTION)).id > first.id


async def test_one_label_holds_at_a_time(store: Store) -> None:
    stored = await store.predictions.add(photo(1), PREDICTION)
    euro = Label(stored.id, 1, "EUR", "aa", "dataset")

    async def give(label: Label) -> None:
        await store.labels.hold(await store.labels.plan(label))

    await asyncio.gather(*(give(euro) for _ in range(5)))
    yen = Label(stored.id, 1, "JPY", "aa", "dataset")
    planned = await store.labels.plan(yen)
    assert await store.labels.of(stored.id) == euro
    await store.labels.hold(planned)
    assert await store.labels.of(stored.id) == yen
    assert (await store.people.figures()).labels == {"dataset": 1}
    assert [await store.labels.need_file(file) for file in (euro, yen)] == [False, True]
    await store.labels.withdraw(yen)
    assert await store.labels.of(stored.id) is None


async def test_many_writers_wait_for_each_other(store: Store) -> None:
    stored = await asyncio.gather(*(store.predictions.add(photo(n, n), PREDICTION) for n in range(1, 41)))
    assert len({each.id for each in stored}) == 40
    assert (await store.people.figures()).users == 40


async def test_writers_behind_a_lock_do_not_wait_for_one_another(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TURN_SECONDS", 0.2)
    began = time.monotonic()
    async with store.writing():
        waiting = [store.write_nothing() for _ in range(20)]
        found = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(each) for each in found} == {StoreError}
    assert time.monotonic() - began < 2
    await store.write_nothing()


async def test_closing_waits_for_what_is_being_cancelled(store: Store) -> None:
    async def write() -> None:
        while True:
            await store.write_nothing()

    for milliseconds in range(20):
        task = asyncio.create_task(write())
        await asyncio.sleep(milliseconds / 1000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.close()
        gc.collect()  # a connection that is still open warns, and warnings are errors
        await store.open()


async def test_unreachable_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="DATABASE_URL"):
        await Store(f"sqlite+aiosqlite:///{tmp_path / 'file' / 'bot.db'}").open()
    (tmp_path / "broken.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="put back a copy, or move it away"):
        await Store(f"sqlite+aiosqlite:///{tmp_path / 'broken.db'}").open()
