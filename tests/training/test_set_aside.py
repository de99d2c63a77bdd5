"""Contract: what the base holds as none of these stays out of the way of a class that it shows."""

from pathlib import Path

import numpy as np

from model.prediction import NONE
from training.data.folders import Example
from training.fitting.memory import Memory
from training.fitting.set_aside import set_aside as set_aside_of
from training.fitting.young import came_along

WIDTH = 16


def rows(label: str, axis: int, count: int, *, shipped: bool, split: str = "train") -> list[tuple]:
    """Pictures that look alike: embeddings near one axis."""
    rng = np.random.default_rng((axis, count))
    alike = np.eye(WIDTH)[axis] + 0.05 * rng.normal(size=(count, WIDTH))
    return [(label, split, shipped, row) for row in alike]


def memory(*parts: list[tuple]) -> Memory:
    label, split, shipped, embedding = zip(*(row for part in parts for row in part), strict=True)
    names = np.array([f"{number:064x}" for number in range(len(label))])
    return Memory(names, np.array(label), np.array(split), np.array(shipped), np.array(embedding, np.float16))


def set_aside(known: Memory) -> np.ndarray:
    return set_aside_of(known, came_along(known, []))


BASE = [rows("EUR", 0, 20, shipped=True), rows(NONE, 1, 20, shipped=True)]
BAHT_AS_NONE = rows(NONE, 2, 8, shipped=True, split="test")


def test_what_shows_a_new_class_is_found() -> None:
    known = memory(*BASE, BAHT_AS_NONE, rows("THB", 2, 10, shipped=False))
    aside = set_aside(known)
    assert set(np.flatnonzero(aside)) <= set(range(40, 48))
    assert aside.sum() >= 4


def test_nothing_is_set_aside_for_a_class_that_the_base_knows() -> None:
    assert not set_aside(memory(*BASE, rows("THB", 2, 10, shipped=True), BAHT_AS_NONE)).any()


def test_what_people_call_none_of_these_counts() -> None:
    said = rows(NONE, 2, 8, shipped=False)
    assert not set_aside(memory(*BASE, said, rows("THB", 2, 10, shipped=False))).any()


def test_what_looks_more_like_another_class_stays() -> None:
    dollars_as_none = rows(NONE, 3, 4, shipped=True)
    loose = [
        (label, split, shipped, row + 0.9 * np.eye(WIDTH)[3])
        for label, split, shipped, row in rows("THB", 2, 10, shipped=False)
    ]
    known = memory(*BASE, rows("USD", 3, 20, shipped=True), dollars_as_none, loose)
    assert not set_aside(known).any()


def test_one_picture_says_nothing_of_what_a_class_looks_like() -> None:
    assert not set_aside(memory(*BASE, BAHT_AS_NONE, rows("THB", 2, 1, shipped=False))).any()


def test_a_class_that_was_renamed_is_no_younger() -> None:
    known = memory(*BASE, BAHT_AS_NONE, rows("THB", 2, 10, shipped=True))
    called = memory(*BASE, BAHT_AS_NONE, rows("Baht", 2, 10, shipped=False))
    assert set_aside_of(called, came_along(known, [])).any()
    assert not set_aside_of(called, came_along(known.renamed({"THB": "Baht"}), [])).any()


def test_where_nothing_was_shipped_what_was_imported_counts() -> None:
    known = memory(*(replaced(part) for part in (*BASE, BAHT_AS_NONE)), rows("THB", 2, 10, shipped=False))
    examples = [
        Example(Path(f"{sha256}.jpg"), label, "train", "chat" if label == "THB" else "pile", group)
        for sha256, label in zip(known.sha256.tolist(), known.label.tolist(), strict=True)
        for group in [None if label == "THB" else "pile"]
    ]
    assert set(np.flatnonzero(set_aside_of(known, came_along(known, examples)))) <= set(range(40, 48))
    assert set_aside_of(known, came_along(known, examples)).any()


def replaced(part: list[tuple]) -> list[tuple]:
    return [(label, split, False, row) for label, split, _, row in part]
