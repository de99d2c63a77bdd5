"""So many photos a minute from one person, so many at once; who sends more is told, once a minute."""

from contextlib import ExitStack

import pytest

from bot import quota, texts
from bot.quota import Quota
from model.errors import BusyError
from tests.bot.conftest import Start
from tests.bot.doubles import picture


class Clock:
    """Time that passes when told to."""

    now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def send(door: Quota, user_id: int = 1) -> bool:
    with door.photo(user_id) as taken:
        return taken


def test_a_person_is_refused_told_and_let_in_again(clock: Clock) -> None:
    door = Quota(2, 10, clock)
    assert [send(door), send(door)] == [True, True]
    with pytest.raises(BusyError, match="more photos than I take from one person"):
        send(door)
    assert send(door) is False
    assert send(door, 2) is True
    clock.now += 61
    assert send(door) is True


def test_the_minute_slides(clock: Clock) -> None:
    door = Quota(2, 10, clock)
    send(door)
    clock.now += 40
    send(door)
    clock.now += 30
    assert send(door) is True
    with pytest.raises(BusyError):
        send(door)


def test_all_together_are_bounded_and_make_room_when_they_leave(clock: Clock) -> None:
    door = Quota(10, 2, clock)
    with ExitStack() as inside:
        for user_id in (1, 2):
            inside.enter_context(door.photo(user_id))
        with pytest.raises(BusyError, match="More photos are waiting"):
            send(door, 3)
    assert send(door, 4) is True


def test_a_photo_that_fails_makes_room_too(clock: Clock) -> None:
    door = Quota(10, 1, clock)
    with pytest.raises(ZeroDivisionError), door.photo(1):
        raise ZeroDivisionError
    assert send(door) is True


def test_people_who_left_are_forgotten(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "MANY_PEOPLE", 5)
    door = Quota(1, 10, clock)
    for user_id in range(20):
        clock.now += 20
        send(door, user_id)
    assert len(door._taken) <= 6


async def test_the_chat_says_it_once_and_goes_on(start: Start) -> None:
    async with start(photos_per_minute=2) as bot:
        for number in range(4):
            await bot.traveller.send_photo(picture("green", number))
        said = [reply["text"] for reply in await bot.traveller.replies(3)]
        assert said == ["Euro — 97 % sure", "Euro — 97 % sure", texts.TOO_FAST]
        await bot.stranger.send_photo(picture("green"))
        assert (await bot.stranger.reply())["text"] == "Euro — 97 % sure"
        assert len([m for m in bot.traveller.messages if m["from"]["is_bot"]]) == 3
