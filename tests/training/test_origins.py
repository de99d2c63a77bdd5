"""Contract: what is said of a source is of its pictures alone, and unknowns are told apart by their sort."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.prediction import NONE
from tests.model.test_calibration import CARD
from tests.training.test_describe import figures
from training.data.folders import Example
from training.measuring.describe import describe
from training.measuring.origins import by_origin

LABELS = ("EUR", NONE)
SEED, DESK = (Example(Path(f"{name}.jpg"), "EUR", "test", name) for name in ("seed", "desk"))
NOTES, CLOTHES = (
    Example(Path(f"{kind}.jpg"), NONE, "test", "others", kind=kind)
    for kind in ("other_currency", "not_money")
)


def test_each_source_and_each_sort_of_unknown_has_its_own_figures() -> None:
    known = np.array([0.9, 0.4, 0.8, 0.6, 0.1])
    origins = [SEED, DESK, DESK, NOTES, CLOTHES]
    found = by_origin(np.stack([known, 1 - known], axis=1), np.array([0, 0, 0, 1, 1]), LABELS, origins)
    sources, unknowns = found["sources"], found["unknowns"]
    assert {name: (row["count"], row["accuracy"]) for name, row in sources.items()} == {
        "desk": (2, 0.5),
        "others": (2, 0.5),
        "seed": (1, 1.0),
    }
    assert unknowns["other_currency"]["auroc"] == pytest.approx(2 / 3)
    assert unknowns["not_money"]["auroc"] == 1.0
    page = describe(replace(CARD, data={}, figures={**figures(), **found}))
    assert page.index("| desk | 2 | 50.0 %") < page.index("| seed | 1 | 100.0 %")
    assert "| other currency | 1 | 0.667 |" in page


def test_without_unknowns_there_is_nothing_to_tell_apart() -> None:
    found = by_origin(np.array([[0.9, 0.1]]), np.array([0]), ("EUR", "USD"), [SEED])
    assert found["unknowns"] == {}
