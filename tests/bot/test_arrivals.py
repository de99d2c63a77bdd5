"""Contract: an update is done once, also when Telegram repeats it or the bot is killed meanwhile."""

import asyncio
import itertools

import pytest
import sqlalchemy as sa
from telegram import Update

from bot.store import updates
from bot.store.store import Store
from bot.store.updates import Arrived
from bot.wire import arrivals
from bot.wire.arrivals import Arrivals
from bot.wire.ordering import ChatOrder

NUMBERS = itertools.count(1)


USER = 5


def update(text: str = "/help", *, photo: bool = False) -> Update:
    file = {"file_id": "a", "file_unique_id": "b", "width": 9, "height": 9}
    message = {
        "message_id": 1,
        "date": 0,
        "chat": {"id": USER, "type": "private"},
        "from": {"id": USER, "first_name": "Ada", "is_bot": False},
    } | ({"photo": [file]} if photo else {"text": text})
    return Update.de_json({"update_id": next(NUMBERS), "message": message}, None)


async def _put(queue: Arrivals, *items: object) -> list[object]:
    for item in items:
        await queue.put(item)
    return _waiting(queue)


def _waiting(queue: Arrivals) -> list[object]:
    return [queue.get_nowait() for _ in range(queue.qsize())]


async def _next_life(store: Store) -> tuple[Arrivals, list[object], list[Update]]:
    queue = Arrivals(store)
    left_to_people = await queue.take_up(None)
    return queue, _waiting(queue), left_to_people


async def test_what_telegram_repeats_is_taken_once(store: Store) -> None:
    queue, one, other = Arrivals(store), update("/undo"), update("/undo")
    assert await _put(queue, one, one, other) == [one, other]
    await queue.done(one)
    assert await _put(queue, one, "no update") == ["no update"]


async def test_what_telegram_repeats_after_a_crash_is_taken_once(store: Store) -> None:
    done, cut_off = update(photo=True), update(photo=True)
    queue = Arrivals(store)
    await _put(queue, done, cut_off)
    await queue.done(done)
    queue, taken, _ = await _next_life(store)
    assert taken == [cut_off]
    assert await _put(queue, done, cut_off) == []


async def test_the_memory_of_updates_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "REMEMBERED", 3)
    monkeypatch.setattr(updates, "REMEMBERED", 3)
    queue, many = Arrivals(store), [update() for _ in range(9)]
    assert await _put(queue, *many, many[-1]) == many
    for each in many:
        await queue.done(each)
    assert len(queue._received) == 3
    assert (await store.updates.left()).numbers == [each.update_id for each in many[-4:]]


async def test_what_is_about_what_happened_last_is_left_to_people(store: Store) -> None:
    photo, words = update(photo=True), update("undo")
    await _put(Arrivals(store), words, photo)
    queue, taken, left = await _next_life(store)
    assert (taken, left) == ([photo], [words])
    await queue.done(words)
    assert (await _next_life(store))[1:] == ([photo], [])


async def test_what_is_cut_off_again_and_again_is_left_to_people(store: Store) -> None:
    poison, patient = update(photo=True), update(photo=True)
    await _put(Arrivals(store), poison, patient)
    for _ in range(arrivals.REPEATS):
        queue, taken, left = await _next_life(store)
        assert (taken, left) == ([poison, patient], [])
        await queue.begun(poison)  # the other one never gets its turn
        await queue.begun(poison)
    assert (await _next_life(store))[1:] == ([patient], [poison])


async def test_what_another_version_wrote_down_is_left_out_and_said(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    await store.updates.keep([Arrived(7, None, {"update_id": 7, "message": {"chat": 3}})])
    queue, taken, left = await _next_life(store)
    assert (taken, left) == ([], [])
    assert "update 7 was cut off and cannot be read" in caplog.text
    await queue.done(update())
    assert not (await store.updates.left()).unfinished


async def test_without_a_database_updates_are_taken_all_the_same(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = update(photo=True), update(photo=True)
    queue = Arrivals(store)
    await store.close()
    assert await _put(queue, one, other) == [one, other]
    await queue.done(one)
    assert caplog.text.count("is not written down") == 1  # and for a while it is not tried again
    await store.open()
    await queue.done(other)
    assert not queue._done


async def test_a_database_that_does_not_answer_holds_nobody_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "PATIENCE", 0.05)
    one, other = update(photo=True), update(photo=True)
    queue = Arrivals(store)
    async with store.writing() as db, asyncio.timeout(5):
        await db.execute(sa.text("SELECT 1"))
        assert await _put(queue, one) == [one]
        await queue.done(one)
    assert await _put(queue, other) == [other]


async def test_what_came_while_the_database_was_slow_is_written_down_when_it_answers(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "PATIENCE", 0.05)
    queue, many = Arrivals(store), [update(photo=True) for _ in range(6)]
    async with store.writing() as db:
        await db.execute(sa.text("SELECT 1"))
        assert await _put(queue, *many[:4]) == many[:4]
        await queue.done(many[3])  # needs no writing down any more
    await asyncio.gather(*queue._writing)
    assert await _put(queue, many[4]) == [many[4]]  # the pause is over
    assert (await _next_life(store))[1] == [*many[:3], many[4]]


async def test_no_more_is_taken_than_may_be_lost(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "PATIENCE", 0.05)
    monkeypatch.setattr(arrivals, "MOST_OWED", 3)
    queue, many = Arrivals(store), [update(photo=True) for _ in range(4)]
    async with store.writing() as db:
        await db.execute(sa.text("SELECT 1"))
        assert await _put(queue, *many[:3]) == many[:3]
        last = asyncio.create_task(queue.put(many[3]))
        await asyncio.sleep(0.2)
        assert not last.done()
    async with asyncio.timeout(5):
        await last
    assert _waiting(queue) == [many[3]]
    assert (await _next_life(store))[1] == many


async def test_what_a_database_refuses_is_written_down_with_what_comes_after(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "PAUSE", 0.0)
    monkeypatch.setattr(arrivals, "PATIENCE", 0.5)
    queue, one, other = Arrivals(store), update(photo=True), update(photo=True)
    await store.close()
    assert await _put(queue, one) == [one]
    await store.open()
    await asyncio.sleep(0.6)
    assert await _put(queue, other) == [other]
    assert (await _next_life(store))[1] == [one, other]


async def test_what_is_kept_late_is_crossed_out_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "PATIENCE", 0.05)
    kept, free, queue, late = asyncio.Event(), asyncio.Event(), Arrivals(store), update()
    keep = store.updates.keep

    async def keep_late(*what: object) -> None:
        await free.wait()
        await keep(*what)
        kept.set()

    monkeypatch.setattr(store.updates, "keep", keep_late)
    assert await _put(queue, late) == [late]
    await queue.done(late)
    free.set()
    async with asyncio.timeout(5):
        await kept.wait()
        for _ in range(2):  # keeping it, and crossing it out
            await asyncio.gather(*queue._writing)
    left = await store.updates.left()
    assert (left.numbers, left.unfinished) == ([late.update_id], [])


async def test_what_arrives_while_the_bot_stops_waits_for_its_next_start(store: Store) -> None:
    late = update(photo=True)
    queue = Arrivals(store)
    queue.close()
    assert await _put(queue, late, "the library's own sign to stop") == ["the library's own sign to stop"]
    assert (await _next_life(store))[1] == [late]


async def test_what_is_done_is_crossed_out_although_the_bot_stops(store: Store) -> None:
    one = update(photo=True)
    queue = Arrivals(store)
    order = ChatOrder(queue.begun, queue.done)
    await _put(queue, one)

    async def act() -> None:
        pass

    working = asyncio.create_task(order.process_update(one, act()))
    while not queue._writing:  # noqa: ASYNC110 - until it is being crossed out
        await asyncio.sleep(0)
    order.cut_off()
    await working
    assert not (await store.updates.left()).unfinished


async def test_forget_lets_go_of_what_waits(store: Store) -> None:
    photo = update(photo=True)
    await _put(Arrivals(store), photo)
    await store.people.forget(USER)
    assert (await _next_life(store))[1:] == ([], [])
