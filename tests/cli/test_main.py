"""Whatever goes wrong on the command line is one sentence on stderr and the promised exit code."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from bot.cli import registry
from bot.cli.main import app
from tests.cli.running import Run


def commands() -> dict[str, str]:
    """Every command as it is typed, those of groups included → what its help says first."""
    found = {}
    for name, command in typer.main.get_command(app).commands.items():
        found[name] = command.help
        found |= {f"{name} {each}": its.help for each, its in getattr(command, "commands", {}).items()}
    return {name: (text or "").partition("\n")[0] for name, text in found.items()}


@pytest.mark.parametrize(("command", "sentence"), commands().items(), ids=commands())
def test_every_command_explains_itself(run: Run, command: str, sentence: str) -> None:
    done = run(*command.split(), "--help")
    assert done.code == 0
    assert re.search(
        rf"Usage: .*\b{command} ", done.out
    )  # the program's name is that of whoever runs the tests
    assert sentence
    assert sentence in done.out


def test_help_starts_neither_tensorflow_nor_telegram() -> None:
    program = (
        "import sys\n"
        "from bot.cli.main import main\n"
        "sys.argv = ['currency-bot', '--help']\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "print([name for name in ('tensorflow', 'keras', 'telegram', 'sklearn') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("arguments", [("nonsense",), ("dataset", "import"), ("predict",), ("run", "--x")])
def test_wrong_use_ends_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).code == 2


def test_a_wrong_setting_is_named_and_ends_with_3(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_IDS", "me")
    done = run("models", "list")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("ADMIN_IDS is wrong")
    assert done.err.count("\n") == 1


def test_a_missing_folder_is_one_sentence(run: Run) -> None:
    done = run("dataset", "check", "nowhere")
    assert (done.code, done.err) == (3, "There is no folder 'nowhere'; name one that holds class folders.\n")


def test_ctrl_c_ends_with_130_and_no_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(registry, "load_settings", interrupted)
    done = run("models", "list")
    assert done.code == 130
    assert "Traceback" not in done.err


def test_a_reader_that_stops_early_is_no_traceback(tmp_path: Path) -> None:
    command = f"{sys.executable} -c 'from bot.cli.main import main; main()' models list | true"
    environment = {**os.environ, "MODELS_DIR": str(tmp_path)}
    done = subprocess.run(  # noqa: S602
        command, shell=True, capture_output=True, text=True, env=environment, check=True
    )
    assert "Traceback" not in done.stderr
