"""Health notices a stuck worker, a missing model, a database nobody can write, a bot that is gone."""

import asyncio
import time
from pathlib import Path
from threading import Event

import pytest
from telegram.error import TimedOut
from telegram.ext import ExtBot
from typer.testing import CliRunner

from bot import health
from bot.cli.main import app
from bot.health import Health
from model.errors import DataError, StoreError
from model.predictor import Predictor
from tests.bot.conftest import Bot


async def test_running_bot_is_well_and_says_so(bot: Bot) -> None:
    data_dir = bot.services.settings.data_dir
    async with asyncio.timeout(5):
        while not (data_dir / health.FILE).exists():  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.02)
    assert health.read(data_dir, time.time()) == ()


async def test_stuck_worker_is_noticed(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.1)
    stuck, predictor = Event(), Predictor(bot.services.registry)
    bot.services.predictor = predictor
    assert (await health.look(bot.services, bot.app.bot)).problems == ("no model is loaded yet",)
    monkeypatch.setattr(Predictor, "is_ready", True)
    predictor._worker.submit(stuck.wait)
    assert (await health.look(bot.services, bot.app.bot)).problems == (
        "the worker thread has not answered for 0 s",
    )
    stuck.set()
    await predictor.close()


async def test_unwritable_database_is_noticed(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse() -> None:
        raise StoreError("The database cannot be written just now.")

    monkeypatch.setattr(bot.services.store, "write_nothing", refuse)
    assert (await health.look(bot.services, bot.app.bot)).problems == ("the database cannot be written",)


async def test_silence_of_telegram_is_noticed_and_told(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A network that drops what it is given refuses nothing: the library asks again and logs nothing."""

    async def unanswered(*_: object, **__: object) -> None:
        raise TimedOut

    async def problems() -> tuple[str, ...]:
        return (await health.look(bot.services, bot.app.bot)).problems

    monkeypatch.setattr(health, "UNANSWERED", 1.0)
    with monkeypatch.context() as patch:
        patch.setattr(ExtBot, "get_updates", unanswered)
        await bot.traveller.send("/start")  # ends the poll that goes on
        async with asyncio.timeout(30):
            while "Telegram cannot be reached (it did not answer in time)" not in caplog.text:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            while not await problems():  # noqa: ASYNC110 - nobody tells when
                await asyncio.sleep(0.1)
    async with asyncio.timeout(30):
        while await problems():  # noqa: ASYNC110 - nobody tells when
            await bot.traveller.send("/start")
            await asyncio.sleep(0.2)


async def test_health_that_cannot_be_written_down_stops_nothing(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(health, "EVERY", 0.01)
    monkeypatch.setattr(health, "_write", full)
    watching = asyncio.create_task(health.watch(bot.services, bot.app.bot))
    async with asyncio.timeout(15):
        while caplog.text.count("health cannot be written down") < 2:  # noqa: ASYNC110 - nobody tells when
            await asyncio.sleep(0.02)
    assert not watching.done()
    watching.cancel()


async def test_only_trouble_is_worth_a_warning(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    found = [(health.LOADING,), (), ("the database cannot be written",), ()]
    looks = iter(found)

    async def look(*_: object) -> Health:
        return Health(0.0, next(looks, ()))

    monkeypatch.setattr(health, "EVERY", 0.01)
    monkeypatch.setattr(health, "look", look)
    monkeypatch.setattr(health, "_write", lambda *_: None)
    watching = asyncio.create_task(health.watch(bot.services, bot.app.bot))
    await asyncio.sleep(0.3)
    watching.cancel()
    warnings = [record.getMessage() for record in caplog.records if record.name == "bot.health"]
    assert [text for text in warnings if "well" not in text] == ["health: the database cannot be written"]


def test_silence_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="start it, or see DATA_DIR"):
        health.read(tmp_path, 0)
    (tmp_path / health.FILE).write_text("{")
    with pytest.raises(DataError):
        health.read(tmp_path, 0)
    health._write(tmp_path / health.FILE, Health(1000.0, ()))
    assert health.read(tmp_path, 1010) == ()
    assert health.read(tmp_path, 1200) == ("the bot has given no sign of life for 200 s",)


@pytest.mark.parametrize(("problems", "code"), [((), 0), (("no model is loaded",), 1)])
def test_command_tells_by_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problems: tuple[str, ...], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    health._write(tmp_path / health.FILE, Health(time.time(), problems))
    result = CliRunner().invoke(app, ["health"])
    assert result.exit_code == code
    assert (problems[0] if problems else "well") in result.output
