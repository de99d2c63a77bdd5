"""Contract: after calibration, confidence is the share of right answers, and "sure" keeps its promise."""

import numpy as np
import pytest

from model.calibration import softmax
from training.calibrate import DEFAULT_SURE_AT, MIN_PICTURES, RIGHT_WHEN_SURE, calibrate


def drawn(count: int, overconfidence: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are `overconfidence` times too large for how often they are right."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 4, (count, 4))
    truth = np.array([rng.choice(4, p=row) for row in softmax(logits)])
    return logits * overconfidence, truth


@pytest.mark.parametrize("overconfidence", [0.5, 1.0, 5.0])
def test_the_temperature_undoes_overconfidence(overconfidence: float) -> None:
    found = calibrate(*drawn(4000, overconfidence))
    assert found.temperature == pytest.approx(overconfidence, rel=0.15)


def test_stated_answers_are_right_as_often_as_promised() -> None:
    found = calibrate(*drawn(4000, 3.0))
    logits, truth = drawn(4000, 3.0, seed=1)
    probabilities = softmax(logits, found.temperature)
    stated = probabilities.max(axis=1) >= found.sure_at
    right = probabilities.argmax(axis=1) == truth
    assert right[stated].mean() > RIGHT_WHEN_SURE - 0.02
    assert stated.mean() > 0.1


def test_a_coin_toss_is_never_stated_as_a_fact() -> None:
    logits = np.tile([0.0, -0.01], (200, 1))
    assert calibrate(logits, np.zeros(200, int)).sure_at >= 0.5


def test_hopeless_answers_are_hardly_ever_stated() -> None:
    rng = np.random.default_rng(0)
    assert calibrate(rng.normal(0, 1, (300, 4)), rng.integers(0, 4, 300)).sure_at >= 0.4


def test_too_few_pictures_change_nothing() -> None:
    found = calibrate(*drawn(MIN_PICTURES - 1, 5.0))
    assert (found.temperature, found.sure_at) == (1.0, DEFAULT_SURE_AT)
