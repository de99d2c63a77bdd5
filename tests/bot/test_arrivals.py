"""Contract: an update is done once, also when Telegram repeats it or the bot is killed meanwhile."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telegram import Update

from bot.store.store import Store
from bot.wire import arrivals
from bot.wire.arrivals import Arrivals

NUMBERS = itertools.count(1)


def update(text: str = "/help") -> Update:
    message = {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}, "text": text}
    update = Update.de_json({"update_id": next(NUMBERS), "message": message}, None)
    assert update
    return update


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}")
    await store.open()
    yield store
    await store.close()


async def _put(queue: Arrivals, *items: object) -> list[object]:
    for item in items:
        await queue.put(item)
    return [queue.get_nowait() for _ in range(queue.qsize())]


async def test_what_telegram_repeats_is_taken_once(store: Store) -> None:
    queue, one, other = Arrivals(store), update("/undo"), update("/undo")
    assert await _put(queue, one, one, other) == [one, other]
    await queue.done(one)
    assert await _put(queue, one, "no update") == ["no update"]


async def test_the_memory_of_updates_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "REMEMBERED", 3)
    queue, many = Arrivals(store), [update() for _ in range(5)]
    assert await _put(queue, *many, many[-1], many[0]) == [*many, many[0]]


async def test_what_is_not_done_is_there_after_a_crash_and_what_is_done_is_not(store: Store) -> None:
    done, cut_off = update("/stats"), update("/undo")
    before = Arrivals(store)
    await _put(before, done, cut_off)
    await before.done(done)
    after = Arrivals(store)
    await after.put_left_over(None)
    assert await _put(after, cut_off) == [cut_off]  # and Telegram's repetition of it is left out


async def test_what_is_cut_off_again_and_again_is_left_out(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    poison = update()
    await _put(Arrivals(store), poison)
    lives = [Arrivals(store) for _ in range(4)]
    for life in lives:
        await life.put_left_over(None)
    assert [life.qsize() for life in lives] == [1, 1, 0, 0]
    assert f"update {poison.update_id} was cut off again and again" in caplog.text


async def test_an_update_that_cannot_be_written_down_is_taken_all_the_same(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await store.close()
    one = update()
    queue = Arrivals(store)
    assert await _put(queue, one) == [one]
    await queue.done(one)
    assert "is not written down" in caplog.text
