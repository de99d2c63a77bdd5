"""Contract: `doctor` says all that is wrong, whatever fails on the way, and ends with 1 if anything is."""

import pytest

from bot.cli import checks
from bot.settings import Settings
from tests.cli.running import Run


async def sound(settings: Settings) -> checks.Finding:
    return checks.Finding("sound", True, "all well")


async def wrong(settings: Settings) -> checks.Finding:
    return checks.Finding("wrong one", False, "mend it like this")


async def locked(settings: Settings) -> checks.Finding:
    raise PermissionError(13, "Permission denied", "models/base")


@pytest.fixture(autouse=True)
def logging_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set up no log: that would hold for every test behind this one."""
    monkeypatch.setattr("bot.logs.configure", lambda *_: None)


@pytest.mark.parametrize(
    ("found", "code", "says"),
    [
        ([sound], 0, ["all well"]),
        ([wrong, sound], 1, ["mend it like this", "all well"]),
        ([locked, sound], 1, ["(models/base: Permission denied)", "all well"]),
    ],
)
def test_every_check_has_its_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, found: list[object], code: int, says: list[str]
) -> None:
    monkeypatch.setattr(checks, "ALL", found)
    done = run("doctor")
    assert done.code == code
    assert all(each in done.out for each in says)


def test_an_address_that_is_none_is_said_without_its_password(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://bot:p@ss:word@db/bot")
    monkeypatch.setattr(checks, "ALL", [checks.database])
    done = run("doctor")
    assert "DATABASE_URL is no address" in done.out
    assert "ss:word" not in done.out + done.err
