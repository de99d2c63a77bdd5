"""Every command sees folders of its own and nothing of the machine's settings."""

import sys
from pathlib import Path

import pytest

from bot.cli.main import main
from tests.cli.running import Done, Run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    for key in ("BOT_TOKEN", "ADMIN_IDS", "TRUSTED_IDS", "DATABASE_URL", "WEBHOOK_URL"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["currency-bot", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Done(int(ended.value.code or 0), captured.out, captured.err)

    return command
