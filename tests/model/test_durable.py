"""Contract: a name stands for a whole file, old or new; a line once written stays; nothing else is left."""

import errno
import os
from pathlib import Path

import pytest

from model import durable
from model.durable import append_lines, make_folder, read_lines, replace_file, unfinished


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The inodes that were brought to the disk, in order."""
    inodes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: inodes.append(os.fstat(descriptor).st_ino))
    return inodes


def inodes(*paths: Path) -> list[int]:
    return [path.stat().st_ino for path in paths]


def refuse(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, b"old")
    replace_file(path, b"new")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("file", b"new")]


def test_bytes_are_on_the_disk_before_the_name_changes_hands(
    tmp_path: Path, synced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, replace, before = tmp_path / "file", Path.replace, list[int]()

    def noting(hidden: Path, target: Path) -> Path:
        before.extend(synced)
        return replace(hidden, target)

    monkeypatch.setattr(Path, "replace", noting)
    replace_file(path, b"new")
    assert before == inodes(path)
    assert synced == inodes(path, tmp_path)


def test_disk_that_refuses_leaves_the_old_file_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    replace_file(path, b"old")
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"old"]


@pytest.mark.parametrize("stop", [refuse, interrupt])
def test_failure_between_write_and_rename_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: object
) -> None:
    path = tmp_path / "file"
    replace_file(path, b"old")
    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises((OSError, KeyboardInterrupt)):
        replace_file(path, b"new")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"old"]


def test_what_a_killed_process_left_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "replace", interrupt)
    monkeypatch.setattr(Path, "unlink", lambda *_, **__: None)  # nobody tidies up after a kill
    with pytest.raises(KeyboardInterrupt):
        replace_file(tmp_path / "file", b"new")
    (tmp_path / ".hidden").touch()
    (left,) = unfinished(tmp_path)
    assert left.read_bytes() == b"new"
    assert unfinished(tmp_path / "nowhere") == []


def test_folder_is_on_the_disk_with_all_above_it(tmp_path: Path, synced: list[int]) -> None:
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert synced == inodes(tmp_path, tmp_path / "a")
    make_folder(tmp_path / "a" / "b")
    assert len(synced) == 2


def test_lines_are_added_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "lines"
    append_lines(path, ["a", "ß"])
    append_lines(path, ["c"])
    assert path.read_bytes() == "a\nß\nc\n".encode()
    assert read_lines(path) == ["a", "ß", "c", ""]


def test_line_is_on_the_disk_and_the_name_of_a_new_file_too(tmp_path: Path, synced: list[int]) -> None:
    path = tmp_path / "lines"
    append_lines(path, ["a"])
    assert synced == inodes(path, tmp_path)
    append_lines(path, ["b"])
    assert synced == inodes(path, tmp_path, path)


def test_torn_line_stays_and_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes("whole\nhalf ß".encode()[:-1])
    assert read_lines(path) == ["whole", "half \ufffd"]
    append_lines(path, ["next"])
    assert read_lines(path) == ["whole", "half \ufffd", "next", ""]


def test_disk_that_refuses_a_line_keeps_those_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lines"
    append_lines(path, ["a"])
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(os, "fsync", refuse)
        append_lines(path, ["b"])
    append_lines(path, ["c"])
    assert read_lines(path)[0] == "a"
    assert read_lines(path)[-2:] == ["c", ""]


def test_folder_that_cannot_be_synced_is_the_callers_to_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "sync", refuse)
    with pytest.raises(OSError, match="No space left"):
        replace_file(tmp_path / "file", b"new")


def test_file_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert read_lines(tmp_path / "lines") == [""]
    with pytest.raises(IsADirectoryError):
        read_lines(tmp_path)
