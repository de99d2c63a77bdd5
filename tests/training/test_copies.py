"""Embeddings propose pairs, pixels decide: similar numbers alone make no copy."""

import numpy as np
import pytest

from tests.training.test_alignment import scene
from training.intake.alignment import shrink
from training.intake.copies import copies, nearest


def quiet(done: int, total: int) -> None:
    """Nobody watches."""


def test_the_most_similar_rows_are_paired(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(40, 64))
    rows[31] = rows[3] + rng.normal(size=64) / 10
    pairs = nearest(rows, count=1)
    assert (3, 31) in pairs
    assert len(pairs) <= 40
    assert all(i < j for i, j in pairs)


def test_the_directions_of_classes_do_not_drown_the_rest(rng: np.random.Generator) -> None:
    # Two classes 60 apart; what tells pictures apart is sixty times smaller, as in a fitted network.
    rows = rng.normal(size=(60, 64)) * 0.3
    rows[:30, 0] += 60
    rows[:, 0] += rng.normal(size=60) * 6
    rows[7, 1:] = rows[3, 1:] + rng.normal(size=63) / 50
    assert (3, 7) in nearest(rows, count=1)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_rows_are_all_paired(count: int) -> None:
    rows = np.eye(3)[:count]
    assert len(nearest(rows)) == count * (count - 1) // 2


def test_equal_rows_are_no_trouble() -> None:
    assert nearest(np.ones((2, 4))) == [(0, 1)]


def test_pixels_decide() -> None:
    greys = [shrink(image) for image in (scene(1), scene(2), scene(1).rotate(90, expand=True))]
    seen: list[tuple[int, int]] = []
    same = np.ones((3, 8), np.float32)
    assert copies(same, greys, lambda done, total: seen.append((done, total))) == [(0, 2)]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert copies(same[:0], [], quiet) == []
