"""The short form of `make soak` and `make crash`: the long ones change nothing but the numbers."""

from pathlib import Path

import pytest

from tests.load.crash import crash
from tests.load.soak import Gauge, Soaked, soak, verdict


@pytest.mark.timeout(300)
async def test_every_photo_is_answered_once_and_nothing_leaks(tmp_path: Path) -> None:
    found = await soak(120, 30, 0.08, 5, tmp_path, quiet=True)
    assert found.faults > 3
    assert verdict(found) == []


@pytest.mark.timeout(450)
async def test_nothing_thanked_for_is_lost_whenever_the_bot_is_killed(tmp_path: Path) -> None:
    tally = await crash(5, 3, tmp_path, quiet=True)
    assert tally.wrong == []
    assert tally.kills == 5
    assert tally.photos > 5
    assert tally.thanked > 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"unanswered": 1}, "1 photos have no answer"),
        ({"twice": 2}, "2 photos have several answers"),
        ({"late": Gauge(107, 10, 5)}, "memory grew by 7.0%"),
        ({"late": Gauge(100, 30, 5)}, "30 open files"),
        ({"late": Gauge(100, 10, 50)}, "50 tasks"),
    ],
)
def test_what_must_not_be_is_said(changes: dict[str, object], says: str) -> None:
    sound = {"photos": 9, "faults": 1, "unanswered": 0, "twice": 0}
    sound |= {"early": Gauge(100, 10, 5), "late": Gauge(100, 10, 5)}
    [wrong] = verdict(Soaked(**(sound | changes)))
    assert says in wrong
