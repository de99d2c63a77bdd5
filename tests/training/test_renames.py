"""A class whose pictures all stand under one new name was renamed; anything less was not."""

from pathlib import Path

import numpy as np
import pytest

from model.prediction import NONE
from training.data.folders import Example
from training.fitting.memory import Memory
from training.gate.renames import renames


def remembers(*rows: tuple[str, str], shipped: str = "", blanked: str = "") -> Memory:
    """Rows of (sha256, label); those named in `shipped` came without a picture."""
    keys, labels = (np.array(column, np.str_) for column in zip(*rows, strict=True))
    full = np.array([key not in blanked for key in keys.tolist()])
    return Memory(
        keys,
        labels,
        np.array(["train"] * len(rows)),
        np.array([key in shipped for key in keys.tolist()]),
        np.ones((len(rows), 2), np.float16) * full[:, None].astype(np.float16),
    )


def there(*pictures: tuple[str, str]) -> list[Example]:
    return [Example(Path(f"{sha256}.jpg"), label, "train", "chat") for sha256, label in pictures]


TOYS = remembers(("a", "Toys"), ("b", "Toys"), ("c", "EUR"), shipped="c")


def test_a_class_that_moved_as_a_whole_was_renamed() -> None:
    assert renames(TOYS, there(("a", "Game"), ("b", "Game"), ("n", "Game"))) == {"Toys": "Game"}


def test_what_was_taken_back_or_emptied_since_does_not_count() -> None:
    assert renames(TOYS, there(("a", "Game"))) == {"Toys": "Game"}
    emptied = remembers(("a", "Toys"), ("b", "Toys"), blanked="b")
    assert renames(emptied, there(("a", "Game"), ("b", "EUR"))) == {"Toys": "Game"}


@pytest.mark.parametrize(
    "now",
    [
        [("a", "Game"), ("b", "Toys")],
        [("a", "Game"), ("b", "Game"), ("n", "Toys")],
        [("a", "Game"), ("b", "Play")],
        [("a", "EUR"), ("b", "EUR")],
        [("a", NONE), ("b", NONE)],
        [],
    ],
    ids=["in part", "still filled", "split up", "joined to a known class", "none of these", "deleted"],
)
def test_anything_less_is_no_rename(now: list[tuple[str, str]]) -> None:
    assert renames(TOYS, there(*now)) == {}


def test_what_was_shipped_keeps_its_name() -> None:
    memory = remembers(("a", "Toys"), ("b", "Toys"), shipped="b")
    assert renames(memory, there(("a", "Game"))) == {}
    assert renames(memory, there(("a", "Game"), ("b", "Game"))) == {"Toys": "Game"}


def test_two_classes_that_became_one_are_not_renamed() -> None:
    memory = remembers(("a", "Toys"), ("b", "Dolls"))
    assert renames(memory, there(("a", "Game"), ("b", "Game"))) == {}


def test_what_was_none_of_these_has_not_become_a_class() -> None:
    assert renames(remembers(("a", NONE)), there(("a", "Game"))) == {}
