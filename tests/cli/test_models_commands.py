"""`models` says what the chat says: the versions, which one is in use, who put it there and when."""

import getpass
import json
from pathlib import Path

import pytest

from model.registry import Registry
from tests.bot.doubles import make_version
from tests.cli.running import Run


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Two versions, the first in use."""
    make_version(tmp_path / "models", "base")
    make_version(tmp_path / "models", "v1", "2026-02-02T00:00:00+00:00")
    return Registry(tmp_path / "models")


def test_versions_are_listed_with_figures_dates_and_who_put_them_in_use(run: Run, registry: Registry) -> None:
    registry.promote("v1", "Ada (42)")
    done = run("models", "list")
    base, first = (line for line in done.out.splitlines() if "2026-0" in line)
    assert "in use" not in base
    for said in ("in use", "v1", "2026-02-02 00:00", "94.0 %", "51", "2.0 %", "by Ada (42)"):
        assert said in first


def test_promote_and_rollback_say_who_did_it(
    run: Run, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "ada")
    assert run("models", "promote", "v1").out == "Model v1 is in use.\n"
    assert run("models", "rollback").out == "Model base is in use again.\n"
    done = [(event.action, event.version, event.by) for event in registry.history()]
    assert done == [
        ("promote", "v1", "ada (command line)"),
        ("rollback", "base", "ada (command line)"),
    ]


def test_a_user_without_a_name_can_promote_too(
    run: Run, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert run("models", "promote", "v1").code == 0
    assert registry.history()[-1].by == "command line"


def test_show_prints_the_card_and_what_became_of_it(run: Run, registry: Registry) -> None:
    registry.promote("v1", "Ada (42)")
    shown = json.loads(run("models", "show", "v1").out)
    assert (shown["version"], shown["gate"]) == ("v1", None)
    assert [event["by"] for event in shown["history"]] == ["Ada (42)"]


@pytest.mark.parametrize("command", [("promote", "v9"), ("show", "../etc"), ("rollback",)])
def test_what_cannot_be_done_is_one_sentence(run: Run, registry: Registry, command: tuple[str, ...]) -> None:
    done = run("models", *command)
    assert (done.code, done.out, done.err.count("\n")) == (3, "", 1)
