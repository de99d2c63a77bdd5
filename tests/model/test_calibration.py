"""Contract: logits become probabilities on the right scale, and "sure" means what the card says."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from model.calibration import is_sure, known_score, softmax, to_prediction
from model.card import Card
from model.prediction import Verdict

NO_WEIGHTS = hashlib.sha256().hexdigest()
"""Of a file with nothing in it."""

CARD = Card(
    version="v1",
    created="2026-01-01T00:00:00+00:00",
    architecture="seed-cnn",
    mode="full",
    parent=None,
    labels=("EUR", "NONE", "USD"),
    image_size=32,
    temperature=1.0,
    sure_at=0.8,
    known_at=0.5,
    weights_sha256=NO_WEIGHTS,
    backbone_sha256="",
    data={},
    figures={},
)


def test_probabilities_sum_to_one_however_large_the_logits() -> None:
    probabilities = softmax(np.array([[1e4, 0.0, -1e4], [0.0, 0.0, 0.0]]))
    assert probabilities.sum(axis=1) == pytest.approx([1, 1])
    assert probabilities[0, 0] == 1


def test_softmax_is_taken_once() -> None:
    # Taken twice, five classes could never exceed e / (e + 4) = 0.405.
    assert to_prediction(np.array([9.0, 0.0, 0.0]), CARD).confidence > 0.99


def test_a_higher_temperature_is_less_certain_and_keeps_the_order() -> None:
    logits = np.array([3.0, 1.0, 2.0])
    cool, warm = softmax(logits), softmax(logits, 4.0)
    assert warm.max() < cool.max()
    assert np.argsort(warm).tolist() == np.argsort(cool).tolist()


def test_scores_come_most_probable_first() -> None:
    prediction = to_prediction(np.array([0.0, 1.0, 2.0]), CARD)
    assert list(prediction.scores) == ["USD", "NONE", "EUR"]
    assert sum(prediction.scores.values()) == pytest.approx(1)
    assert prediction.label == "USD"
    assert prediction.model == "v1"


@pytest.mark.parametrize(
    ("logits", "verdict"),
    [
        ([5.0, 0.0, 0.0], Verdict.SURE),
        ([0.0, 5.0, 0.0], Verdict.NONE),
        ([0.6, 0.0, 0.5], Verdict.UNSURE),
        ([0.0, 0.6, 0.5], Verdict.UNSURE),
    ],
)
def test_a_prediction_amounts_to_sure_unsure_or_none(logits: list[float], verdict: Verdict) -> None:
    assert to_prediction(np.array(logits), CARD).verdict == verdict


def test_without_a_none_class_the_best_score_says_whether_it_is_known() -> None:
    assert known_score(np.array([0.7, 0.3]), ("EUR", "USD")) == 0.7
    card = replace(CARD, labels=("EUR", "USD"), known_at=0.95)
    assert not to_prediction(np.array([2.0, 0.0]), card).sure


def test_sure_holds_for_each_row() -> None:
    rows = np.array([[0.9, 0.05, 0.05], [0.1, 0.85, 0.05], [0.5, 0.3, 0.2]])
    assert is_sure(rows, CARD.labels, 0.8, 0.5).tolist() == [True, True, False]
