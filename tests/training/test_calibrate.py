"""Contract: after calibration, confidence is the share of right answers, and "sure" keeps its promise."""

import numpy as np
import pytest

from model.calibration import softmax
from training.fitting.calibrate import (
    LEAST_SURE_AT,
    MIN_PICTURES,
    MOST_SURE_AT,
    MOST_TAKEN,
    RIGHT_WHEN_SURE,
    calibrate,
    cross_calibrated,
)

LABELS = ("EUR", "GBP", "JPY", "USD")
WITH_NONE = ("EUR", "GBP", "NONE", "USD")
IS_NONE = np.array([label == "NONE" for label in WITH_NONE])


def drawn(count: int, overconfidence: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are `overconfidence` times too large for how often they are right."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 4, (count, 4))
    truth = np.array([rng.choice(4, p=row) for row in softmax(logits)])
    return logits * overconfidence, truth


@pytest.mark.parametrize("overconfidence", [0.5, 1.0, 5.0])
def test_the_temperature_undoes_overconfidence(overconfidence: float) -> None:
    found = calibrate(*drawn(4000, overconfidence), LABELS)
    assert found.temperature == pytest.approx(overconfidence, rel=0.15)


def test_stated_answers_are_right_as_often_as_promised() -> None:
    found = calibrate(*drawn(4000, 3.0), LABELS)
    logits, truth = drawn(4000, 3.0, seed=1)
    probabilities = softmax(logits, found.temperature)
    stated = probabilities.max(axis=1) >= found.sure_at
    right = probabilities.argmax(axis=1) == truth
    assert right[stated].mean() > RIGHT_WHEN_SURE - 0.02
    assert stated.mean() > 0.1


def test_a_coin_toss_is_never_stated_as_a_fact() -> None:
    logits = np.tile([0.0, -0.01], (200, 1))
    assert calibrate(logits, np.zeros(200, int), ("EUR", "USD")).sure_at >= LEAST_SURE_AT


def test_no_mistake_on_few_pictures_is_no_certainty() -> None:
    truth = np.arange(MIN_PICTURES) % 4
    found = calibrate(4 * np.eye(4)[truth], truth, LABELS)
    assert 0.5 < found.temperature < 1
    many = np.arange(100 * MIN_PICTURES) % 4
    assert calibrate(4 * np.eye(4)[many], many, LABELS).temperature < found.temperature


def test_too_few_pictures_change_nothing() -> None:
    found = calibrate(*drawn(MIN_PICTURES - 1, 5.0), LABELS)
    assert (found.temperature, found.offsets.any(), found.sure_at) == (1.0, False, LEAST_SURE_AT)


def test_a_network_that_is_too_slow_to_say_none_is_helped() -> None:
    logits, truth = drawn(4000, 1.0)
    found = calibrate(logits - 3.0 * IS_NONE, truth, WITH_NONE)
    assert found.offsets[IS_NONE] > 2
    assert not found.offsets[~IS_NONE].any()
    assert not calibrate(logits, truth, LABELS).offsets.any()


def test_young_classes_together_take_few_pictures_of_the_others_and_move_nothing_among_them() -> None:
    logits, truth = drawn(4000, 1.0)
    before = calibrate(logits[truth % 2 == 0], truth[truth % 2 == 0], WITH_NONE, {"GBP", "USD"})
    kept = np.flatnonzero((truth % 2 == 0) | (np.arange(4000) % 100 == 0))  # few of their own are held out
    greedy, true = logits[kept] + [0, 1.0, 0, 2.0], truth[kept]
    found = calibrate(greedy, true, WITH_NONE, {"GBP", "USD"})
    taken = found.scores(greedy)[true % 2 == 0].argmax(axis=1) % 2
    assert taken.sum() == int(MOST_TAKEN * len(taken)) > 1
    assert (found.offsets[[1, 3]] < -1).all()
    assert found.offsets[[0, 2]] == pytest.approx(before.offsets[[0, 2]], abs=0.01)


def test_what_is_given_up_is_where_a_young_class_leads_by_most() -> None:
    truth = 2 * (np.arange(400) % 2)  # euros and none of these
    logits = 8 * np.eye(4)[truth]
    logits[[0, 1], 3] = 20  # dollars lead by far in as many as may be taken, pounds by little in a third
    logits[2, 1] = 9
    found = calibrate(logits, truth, WITH_NONE, {"GBP", "USD"})
    assert found.offsets[3] == 0
    assert found.offsets[1] == pytest.approx(-1, abs=0.01)
    assert np.flatnonzero(found.scores(logits).argmax(axis=1) % 2).tolist() == [0, 1]


def test_a_young_class_that_takes_nothing_is_left_alone() -> None:
    truth = np.arange(400) % 4
    found = calibrate(8 * np.eye(4)[truth], truth, WITH_NONE, {"USD"})
    assert found.offsets[3] == 0


def test_no_class_is_young_where_no_currency_is_older() -> None:
    logits, truth = drawn(400, 1.0)
    found = calibrate(logits, truth, WITH_NONE, {"EUR", "GBP", "USD"})
    assert not found.offsets[~IS_NONE].any()
    assert found.offsets == pytest.approx(calibrate(logits, truth, WITH_NONE).offsets)
    assert not calibrate(logits, truth, LABELS, set(LABELS)).offsets.any()


def test_each_picture_is_calibrated_by_others() -> None:
    logits, truth = drawn(400, 3.0)
    probabilities, sure = cross_calibrated(logits, truth, LABELS)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(400))
    swapped = truth.copy()
    swapped[::5] = (swapped[::5] + 1) % 4  # the first fold's own truth must not change its answers
    again, _ = cross_calibrated(logits, swapped, LABELS)
    assert np.array_equal(again[::5], probabilities[::5])
    assert not np.array_equal(again[1::5], probabilities[1::5])
    assert sure.any()


def test_a_network_that_cannot_keep_the_promise_hardly_states_anything() -> None:
    # Surest where it is wrong: no threshold leaves enough right answers above it.
    logits = np.tile([0.0, 0.0, 0.0, 0.0], (300, 1))
    logits[:, 0] = np.linspace(1, 8, 300)
    truth = np.where(np.arange(300) < 150, 0, 1)
    assert calibrate(logits, truth, LABELS).sure_at == MOST_SURE_AT
