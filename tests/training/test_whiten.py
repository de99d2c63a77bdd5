"""Contract: whitened embeddings bring out what nobody met, and tell what is known as before."""

import numpy as np
import pytest

from training.fitting.whiten import AXES, whitening

WIDE = AXES + 40
LOUD, WITHIN, QUIET = 0, 1, 2
"""Axes: along one the known classes lie apart, along one the pictures of each, along one what is new."""


def cloud(rng: np.random.Generator, count: int, *, loud: float, quiet: float = 0.0) -> np.ndarray:
    rows = rng.normal(0, 0.3, (count, WIDE))
    rows[:, LOUD] += loud
    rows[:, WITHIN] += rng.normal(0, 6, count)
    rows[:, QUIET] += quiet
    return rows + 5  # far from zero, as averages of what a ReLU leaves are


def known(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """200 pictures each of two currencies and of other things."""
    rows = [cloud(rng, 200, loud=20), cloud(rng, 200, loud=-20), cloud(rng, 200, loud=0)]
    return np.concatenate(rows), np.repeat(["EUR", "USD", "NONE"], 200)


def directions(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """How many standard deviations two classes lie apart, on the line between them."""
    line = one.mean(axis=0) - other.mean(axis=0)
    along = [rows @ line for rows in (one, other)]
    return float(abs(along[0].mean() - along[1].mean()) / np.sqrt(along[0].var() + along[1].var()))


def test_what_is_new_comes_out_and_what_is_known_stays(rng: np.random.Generator) -> None:
    rows, labels = known(rng)
    layer = whitening(rows, labels)
    assert layer is not None
    assert layer.kernel.shape == (WIDE, AXES)
    new = cloud(rng, 200, loud=0, quiet=3)

    def seen(rows: np.ndarray) -> np.ndarray:
        return directions(rows @ layer.kernel + layer.bias)

    others = rows[labels == "NONE"]
    assert apart(seen(new), seen(others)) > 1.5 * apart(directions(new), directions(others))
    euros, dollars = rows[labels == "EUR"], rows[labels == "USD"]
    assert apart(seen(euros), seen(dollars)) > 5


def test_what_tells_the_known_apart_shall_not_drown_the_rest(rng: np.random.Generator) -> None:
    layer = whitening(*known(rng))
    assert layer is not None
    loud, within, quiet = (np.linalg.norm(layer.kernel[axis]) for axis in (LOUD, WITHIN, QUIET))
    assert max(loud, within) < 0.5 * quiet


def test_whitened_pictures_lie_around_their_middle(rng: np.random.Generator) -> None:
    rows, labels = known(rng)
    layer = whitening(rows.astype(np.float16), labels)
    assert layer is not None
    white = rows @ layer.kernel + layer.bias
    assert np.abs(white.mean(axis=0)).max() < 0.02 * white.std()


def test_only_currencies_say_what_varies_for_nothing(rng: np.random.Generator) -> None:
    """What "none of these" differs by is what the next currency will be told by."""
    rows, labels = known(rng)
    rows[labels == "NONE", QUIET] += rng.normal(0, 3, 200)
    lengths = []
    for names in (labels, np.where(labels == "NONE", "THB", labels)):
        layer = whitening(rows, names)
        assert layer is not None
        lengths.append(np.linalg.norm(layer.kernel[QUIET]) / np.linalg.norm(layer.kernel[QUIET + 1]))
    assert lengths[0] > 1.2 * lengths[1]


@pytest.mark.parametrize("euros", [0, 1, 2])
def test_currencies_of_which_all_pictures_are_alike_say_nothing(euros: int, rng: np.random.Generator) -> None:
    rows = rng.normal(0, 1, (2 * AXES, WIDE)).astype(np.float16)
    rows[:euros] = rows[0]
    labels = np.where(np.arange(2 * AXES) < euros, "EUR", "NONE")
    assert whitening(rows, labels) is None
    rows[1] += 1
    labels[:2] = "EUR"
    layer = whitening(rows, labels)
    assert layer is not None
    assert np.isfinite(layer.kernel).all()


@pytest.mark.parametrize("shape", [(AXES, WIDE), (WIDE, AXES - 1)])
def test_too_few_pictures_say_nothing(shape: tuple[int, int], rng: np.random.Generator) -> None:
    assert whitening(rng.normal(0, 1, shape), np.repeat("EUR", shape[0])) is None
