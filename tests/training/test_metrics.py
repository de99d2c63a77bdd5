"""Figures agree with values worked out by hand or published, and are absent where they mean nothing."""

import numpy as np
import pytest

from training.measuring.metrics import measure, reliability, separation, wilson

LABELS = ("EUR", "GBP", "NONE")


def scores(*answers: int, confidence: float = 0.8) -> np.ndarray:
    """Scores whose largest is at the given answers."""
    rows = np.full((len(answers), 3), (1 - confidence) / 2)
    rows[np.arange(len(answers)), answers] = confidence
    return rows


def test_accuracy_recall_and_confusion() -> None:
    figures = measure(scores(0, 0, 1, 1, 2), np.array([0, 1, 1, 1, 1]), LABELS)
    assert figures.total == 5
    assert figures.accuracy == pytest.approx(3 / 5)
    assert figures.recall == {"EUR": 1.0, "GBP": pytest.approx(0.5)}
    assert figures.macro_recall == pytest.approx(0.75)
    assert figures.count == {"EUR": 1, "GBP": 4}
    assert figures.confusion == ((1, 0, 0), (1, 2, 1), (0, 0, 0))


def test_wilson_agrees_with_the_field_notes_and_stays_in_bounds() -> None:
    low, high = wilson(46, 51)
    assert (round(low, 2), round(high, 2)) == (0.79, 0.96)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == pytest.approx(1.0)
    assert wilson(10, 10)[1] <= 1.0
    assert wilson(0, 0) == (0.0, 1.0)


def test_calibration_error_is_the_mean_gap() -> None:
    right = np.array([True, True, True, False])
    assert measure(scores(0, 0, 0, 1, confidence=0.75), np.array([0, 0, 0, 0]), LABELS).ece == pytest.approx(
        0.0
    )
    bins = reliability(np.array([0.95, 0.95, 0.95, 0.05]), right)
    assert [(each.count, each.accuracy) for each in bins] == [(1, 0.0), (3, 1.0)]


def test_full_confidence_has_a_bin() -> None:
    assert reliability(np.array([1.0, 0.0]), np.array([True, False]))[-1].confidence == 1.0


def test_separation_of_known_from_none() -> None:
    is_none = np.array([False] * 20 + [True] * 4)
    apart = np.concatenate([np.linspace(0.5, 1, 20), np.zeros(4)])
    assert separation(apart, is_none) == (1.0, 0.0)
    # 19 of 20 known pictures score above 0.3; two of four strangers do too.
    mixed = np.array([0.1] + [0.9] * 19 + [0.2, 0.2, 0.95, 0.95])
    assert separation(mixed, is_none)[1] == pytest.approx(0.5)


def test_without_strangers_nothing_is_said_about_them() -> None:
    figures = measure(scores(0, 1), np.array([0, 1]), LABELS, sure=np.array([True, True]))
    assert (figures.auroc_none, figures.fpr95, figures.false_accept_rate) == (None, None, None)


def test_only_a_sure_currency_is_a_false_accept() -> None:
    answers, truth = scores(0, 1, 2, 0), np.array([2, 2, 2, 2])
    figures = measure(answers, truth, LABELS, sure=np.array([True, False, True, True]))
    assert figures.false_accept_rate == pytest.approx(0.5)


def test_sure_answers_are_measured_alone() -> None:
    figures = measure(scores(0, 0, 0), np.array([0, 0, 1]), LABELS, sure=np.array([True, False, True]))
    assert (figures.sure_share, figures.sure_accuracy) == (pytest.approx(2 / 3), pytest.approx(0.5))


def test_nothing_to_measure_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Received: \(0, 3\)"):
        measure(np.zeros((0, 3)), np.zeros(0, int), LABELS)
