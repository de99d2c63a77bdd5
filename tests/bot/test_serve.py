"""The commands that serve: what they refuse, and that they stop when told to."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from bot.cli.main import app
from bot.cli.sandboxed import bring_base_model, settings
from bot.sandbox.server import SandboxServer
from bot.sandbox.world import Persona
from bot.settings import Settings
from model.errors import ModelError, SettingsError
from tests.bot.doubles import make_version


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_run_without_a_token_says_how_to_get_one() -> None:
    result = CliRunner().invoke(app, ["run"])
    assert isinstance(result.exception, SettingsError)
    assert "@BotFather" in str(result.exception)


def test_demo_without_a_model_says_where_it_looked() -> None:
    result = CliRunner().invoke(app, ["demo", "--no-browser"])
    assert isinstance(result.exception, ModelError)
    assert "models/base" in str(result.exception)


def test_demo_keeps_to_its_own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BOT_TOKEN", "123456:the-real-one-of-the-owner")
    monkeypatch.setenv("DATABASE_URL", "postgresql://real/database")
    monkeypatch.setenv("WEBHOOK_URL", "https://example.org/hook")
    found = settings(tmp_path / "demo", 8080)
    assert found.token != "123456:the-real-one-of-the-owner"
    assert found.webhook_url is None
    assert {found.data_dir, found.models_dir} == {tmp_path / "demo", tmp_path / "demo" / "models"}
    assert found.database == f"sqlite+aiosqlite:///{tmp_path / 'demo' / 'currency-bot.db'}"


def test_base_model_is_copied_once_and_again_when_it_changed(tmp_path: Path) -> None:
    make_version(tmp_path / "models", "base")
    for _ in range(2):
        bring_base_model(tmp_path / "models", tmp_path / "demo")
    card = tmp_path / "models" / "base" / "card.json"
    card.write_text(card.read_text().replace("0.94", "0.95"))
    bring_base_model(tmp_path / "models", tmp_path / "demo")
    assert (tmp_path / "demo" / "base" / "card.json").read_bytes() == card.read_bytes()
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["base"]


def test_demo_serves_until_it_is_told_to_stop(tmp_path: Path, unused_tcp_port: int) -> None:
    """The model's card fits no weights: the chat has to be there all the same."""
    make_version(tmp_path / "models", "base")
    program = "from bot.cli.main import main; main()"
    command = [sys.executable, "-c", program, "demo", "--no-browser", "--port", str(unused_tcp_port)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "200"}
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as demo:
        try:
            assert demo.stdout
            line = demo.stdout.readline()
            assert f"http://127.0.0.1:{unused_tcp_port}/" in line
            assert httpx.get(f"http://127.0.0.1:{unused_tcp_port}/", trust_env=False).status_code == 200
            demo.send_signal(signal.SIGTERM)
            assert demo.wait(20) == 0
        finally:
            demo.kill()


def test_taken_port_is_named_with_a_way_out(tmp_path: Path) -> None:
    make_version(tmp_path / "models", "base")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["demo", "--no-browser", "--port", str(port)])
    assert isinstance(result.exception, SettingsError)
    assert re.search(rf"Port {port} is taken.*--port {port + 1}", str(result.exception))


async def test_run_answers_until_it_is_told_to_stop(tmp_path: Path) -> None:
    make_version(tmp_path / "models", "base")
    async with SandboxServer("123456:TEST-token", [Persona(1, "Ada")]) as sandbox:
        bot = await started(sandbox, BOT_TOKEN="123456:TEST-token")
        try:
            ada = sandbox.person(1)
            await ada.send("/help")
            assert "Asking" in (await ada.reply(timeout_s=60))["text"]
            bot.send_signal(signal.SIGTERM)
            _, said = await asyncio.wait_for(bot.communicate(), 20)
        finally:
            with suppress(ProcessLookupError):
                bot.kill()
    assert bot.returncode == 0
    assert b"@currency_sandbox_bot is running (polling)" in said
    assert said.strip().endswith(b"Stopped.")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"BOT_TOKEN": "999:unknown"}, b"BOT_TOKEN is unknown to Telegram"),
        (
            {
                "BOT_TOKEN": "123456:TEST-token",
                "WEBHOOK_URL": "https://example.org/hook",
                "WEBHOOK_SECRET": "a-secret-of-ours",
            },
            b"Telegram refuses WEBHOOK_URL: Bad webhook",
        ),
    ],
)
async def test_run_says_what_telegram_refuses(tmp_path: Path, given: dict[str, str], says: bytes) -> None:
    make_version(tmp_path / "models", "base")
    async with SandboxServer("123456:TEST-token", [Persona(1, "Ada")]) as sandbox:
        refused = "Bad Request: bad webhook: an HTTPS URL must be provided for webhook"
        sandbox.faults.server_error("setWebhook", status=400, description=refused)
        bot = await started(sandbox, **given)
        _, said = await asyncio.wait_for(bot.communicate(), 60)
    assert bot.returncode == 3
    assert says in said
    assert b"Traceback" not in said


async def started(sandbox: SandboxServer, **given: str) -> asyncio.subprocess.Process:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "200"}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from bot.cli.main import main; main()", "run"),
        env=environment | {"TELEGRAM_API_URL": sandbox.url} | given,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
