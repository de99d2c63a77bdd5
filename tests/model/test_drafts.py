"""What a dead writer left is swept away; what a living one writes is left alone."""

import multiprocessing
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

from model.drafts import drafting, sweep


def _write(root: Path, ready: Connection) -> None:
    with drafting(root, "v3") as folder:
        (folder / "v3").mkdir()
        ready.send(folder.name)
        signal.pause()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[tuple[SpawnProcess, str]]:
    """A process that writes a version for ever, and the name of its draft."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_write, args=(tmp_path, there))
    process.start()
    yield process, here.recv()
    process.kill()
    process.join()


def test_a_living_writer_is_left_alone_and_a_killed_one_swept(
    tmp_path: Path, writer: tuple[SpawnProcess, str]
) -> None:
    process, name = writer
    assert sweep(tmp_path) == []
    assert (tmp_path / name).is_dir()
    process.kill()
    process.join()
    assert sweep(tmp_path) == [name]
    assert list(tmp_path.iterdir()) == []


def test_a_base_that_was_being_replaced_comes_back(tmp_path: Path) -> None:
    draft = tmp_path / ".base-abcd1234"
    (draft / "base").mkdir(parents=True)
    (draft / "replaced").mkdir()
    (draft / "replaced" / "card.json").write_text("{}")
    assert sweep(tmp_path) == [".base-abcd1234"]
    assert (tmp_path / "base" / "card.json").is_file()


def test_only_drafts_are_swept(tmp_path: Path) -> None:
    for name in ("base", ".git", ".my-settings", ".v1-abcd1234"):
        (tmp_path / name).mkdir()
    (tmp_path / ".v1-abcd1234" / "notes.txt").write_text("mine")
    (tmp_path / ".v2-abcd1234").write_text("a file")
    before = sorted(tmp_path.iterdir())
    assert sweep(tmp_path) == []
    assert sorted(tmp_path.iterdir()) == before


def test_where_there_is_no_model_there_is_nothing_to_sweep(tmp_path: Path) -> None:
    assert sweep(tmp_path / "models") == []
