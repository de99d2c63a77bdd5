"""Contract: the page says what the card holds, mistakes included."""

from dataclasses import replace

import numpy as np

from tests.model.test_calibration import CARD
from training.measuring.describe import describe
from training.measuring.metrics import measure

LABELS = ("EUR", "NONE", "USD")


def figures() -> dict[str, object]:
    probabilities = np.array([[0.8, 0.1, 0.1], [0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.1, 0.7]])
    truth = np.array([0, 1, 1, 2])
    return measure(probabilities, truth, LABELS, sure=np.array([True, False, True, True])).to_dict()


def test_it_names_classes_counts_and_mistakes() -> None:
    data = {"train": {"EUR": 3, "USD": 4}, "test": {"EUR": 1, "NONE": 2, "USD": 1}}
    page = describe(replace(CARD, data=data, figures=figures()))
    assert "| Euro | 3 | 1 |" in page
    assert "| all | 7 | 4 |" in page
    assert "accuracy | 75.0 %" in page
    assert "- none of these called Euro: 1 of 2" in page
    assert "genuine" in page


def test_a_version_that_was_never_measured_claims_nothing() -> None:
    page = describe(replace(CARD, data={"train": {"EUR": 3, "USD": 4}, "test": {}}))
    assert "How well" not in page
    assert "| US Dollar | 4 | 0 |" in page


def test_a_version_without_mistakes_stays_modest() -> None:
    perfect = measure(np.eye(3), np.arange(3), LABELS, sure=np.ones(3, bool)).to_dict()
    assert "expect some on others" in describe(replace(CARD, data={}, figures=perfect))
