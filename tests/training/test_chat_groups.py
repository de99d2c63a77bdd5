"""Contract: photos of one note are one group, each picture is looked at once, and nothing forgotten stays."""

import json
import os
from pathlib import Path

import pytest

from tests.training.drawn import drawn, jpeg
from training.data.dataset import Dataset
from training.data.folders import Example
from training.intake import chat_groups
from training.intake.chat_groups import forget_deleted, groups_of_chat_pictures, memory_of


def _put(folder: Path, name: str, seed: int, side: int = 96, group: str | None = None) -> Example:
    path = folder / f"{name}.jpg"
    path.write_bytes(jpeg(drawn(seed, side)))
    return Example(path, "EUR", None, "chat", group)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    look = chat_groups._print

    def noting(path: Path) -> object:
        names.append(path.stem)
        return look(path)

    monkeypatch.setattr(chat_groups, "_print", noting)
    return names


def test_twins_are_a_group_and_named_after_the_oldest(tmp_path: Path) -> None:
    examples = [_put(tmp_path, "b", 1), _put(tmp_path, "a", 1, 80), _put(tmp_path, "c", 2)]
    assert groups_of_chat_pictures(examples) == {"b": "b", "a": "b", "c": "c"}


def test_a_picture_is_looked_at_once_and_again_only_beside_its_like(
    tmp_path: Path, looked_at: list[str]
) -> None:
    memory = tmp_path / chat_groups.FILE
    known = [_put(tmp_path, name, seed) for seed, name in enumerate("abcd")]
    groups_of_chat_pictures(known, memory)
    assert looked_at == ["a", "b", "c", "d"]
    looked_at.clear()
    found = groups_of_chat_pictures([*known, _put(tmp_path, "e", 2, 80), _put(tmp_path, "f", 9)], memory)
    assert sorted(looked_at) == ["c", "e", "f"]
    assert found == {"a": "a", "b": "b", "c": "c", "d": "d", "e": "c", "f": "f"}


def test_imported_pictures_alone_are_not_looked_at(tmp_path: Path, looked_at: list[str]) -> None:
    assert groups_of_chat_pictures([_put(tmp_path, "a", 1, group="g")]) == {"a": "g"}
    assert not looked_at


def test_a_photo_of_an_imported_note_joins_its_group_and_no_imported_ones_join_each_other(
    tmp_path: Path,
) -> None:
    imported = [
        _put(tmp_path, "a", 1, group="g"),
        _put(tmp_path, "b", 2, group="h"),
        _put(tmp_path, "c", 2, 80, "i"),
    ]
    found = groups_of_chat_pictures([*imported, _put(tmp_path, "d", 1, 80), _put(tmp_path, "e", 3)])
    assert found == {"a": "g", "b": "h", "c": "i", "d": "g", "e": "e"}


def test_what_is_gone_is_forgotten(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    gone, stays = (dataset.add(jpeg(drawn(seed)), "EUR") for seed in range(2))
    memory = memory_of(dataset)
    groups_of_chat_pictures(dataset.examples(), memory)
    assert set(json.loads(memory.read_text())) == {gone, stays}
    dataset.remove(gone, "EUR")
    forget_deleted(dataset)
    assert set(json.loads(memory.read_text())) == {stays}


def test_a_full_disk_keeps_the_memory_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    memory = tmp_path / "memory" / chat_groups.FILE
    memory.parent.mkdir()
    examples = [_put(tmp_path, "a", 1), _put(tmp_path, "b", 2)]
    groups_of_chat_pictures(examples[:1], memory)
    monkeypatch.setattr(os, "fsync", full)
    assert groups_of_chat_pictures(examples, memory) == {"a": "a", "b": "b"}
    assert set(json.loads(memory.read_text())) == {"a"}
    assert list(memory.parent.iterdir()) == [memory]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"a": 1}', '{"a": "x"}', '{"a": "ffffffffffffffffff"}'])
def test_a_damaged_memory_is_only_slower(tmp_path: Path, damage: str) -> None:
    memory = tmp_path / chat_groups.FILE
    memory.write_text(damage)
    examples = [_put(tmp_path, "a", 1), _put(tmp_path, "b", 1, 80)]
    assert groups_of_chat_pictures(examples, memory) == {"a": "a", "b": "a"}
