"""Contract: what a version remembers survives the disk and holds nothing that could run."""

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.drafts import sweep
from model.errors import ModelError
from training.data.folders import Example
from training.fitting.memory import FILE, Memory, blank, joined, read_memory, write_memory
from training.run import changes


def memory(*rows: tuple[str, str, str], shipped: bool = False) -> Memory:
    """Rows of (sha256, label, split)."""
    sha256, label, split = (np.array(column, np.str_) for column in zip(*rows, strict=True))
    embedding = np.arange(2 * len(rows), dtype=np.float16).reshape(-1, 2)
    return Memory(sha256, label, split, np.full(len(rows), shipped), embedding)


ROWS = memory(("a", "EUR", "train"), ("b", "EUR", "test"), ("c", "USD", "train"))


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_memory(ROWS, tmp_path)
    back = read_memory(tmp_path)
    for name in Memory.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(back, name), getattr(ROWS, name))


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no archive"])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / FILE).write_bytes(damage)
    with pytest.raises(ModelError, match="cannot be read"):
        read_memory(tmp_path)


def test_a_pickle_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(pickle.dumps({"sha256": ["a"]}))
    with pytest.raises(ModelError, match="cannot be read"):
        read_memory(tmp_path)


def test_rows_are_blanked_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    folder = tmp_path / "v1"
    folder.mkdir()
    write_memory(ROWS, folder)
    with monkeypatch.context() as broken, pytest.raises(OSError, match="No space"):
        broken.setattr("training.fitting.memory.sync", full)
        blank(folder, {"b"})
    assert not read_memory(folder).blanked().any()
    assert list(tmp_path.iterdir()) == [folder]
    blank(folder, {"b"})
    assert read_memory(folder).blanked().tolist() == [False, True, False]
    assert list(tmp_path.iterdir()) == [folder]


def test_what_a_kill_leaves_of_blanking_is_swept(tmp_path: Path) -> None:
    left = tmp_path / ".v1-abcdefgh" / "v1"
    left.mkdir(parents=True)
    write_memory(ROWS, left)
    assert sweep(tmp_path) == [".v1-abcdefgh"]


def test_counts_and_splits() -> None:
    assert ROWS.counts("train") == {"EUR": 1, "USD": 1}
    assert ROWS.counts("test") == {"EUR": 1}
    assert ROWS.labels() == ("EUR", "USD")
    assert ROWS.splits() == {"a": "train", "b": "test", "c": "train"}
    assert len(joined([ROWS, ROWS])) == 6


def example(sha256: str, label: str) -> Example:
    return Example(Path(f"{sha256}.jpg"), label, "train", "chat")


def test_only_what_has_no_row_is_new() -> None:
    there = [example("a", "EUR"), example("b", "EUR"), example("c", "USD"), example("d", "USD")]
    known, new = changes(ROWS, there)
    assert len(known) == 3
    assert [each.path.stem for each in new] == ["d"]


def test_what_left_the_data_set_is_forgotten_unless_it_was_shipped() -> None:
    known, new = changes(ROWS, [example("a", "EUR")])
    assert (known.sha256.tolist(), new) == (["a"], [])
    shipped = memory(("a", "EUR", "train"), ("b", "EUR", "test"), shipped=True)
    known, new = changes(shipped, [])
    assert (known.sha256.tolist(), new) == (["a", "b"], [])


def test_what_comes_back_after_its_row_was_emptied_is_new() -> None:
    empty = replace(ROWS, embedding=ROWS.embedding * np.array([[0], [1], [1]], np.float16))
    known, new = changes(empty, [example("a", "EUR"), example("b", "EUR"), example("c", "USD")])
    assert known.sha256.tolist() == ["b", "c"]
    assert [each.path.stem for each in new] == ["a"]


def test_a_corrected_label_replaces_the_shipped_one() -> None:
    shipped = memory(("a", "EUR", "train"), shipped=True)
    known, new = changes(shipped, [example("a", "USD")])
    assert len(known) == 0
    assert [each.label for each in new] == ["USD"]
