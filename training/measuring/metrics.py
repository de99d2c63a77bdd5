"""How well answers fit the truth: accuracy, recall, intervals, calibration, "none of these".

Pure NumPy, SciPy and scikit-learn; where a figure is not defined (no unknown picture to accept) it is None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve

from model.calibration import known_score
from model.prediction import NONE

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]

ECE_BINS = 15
"""As in Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of similar confidence.

    Attributes:
        count: How many.
        confidence: Their mean confidence, 0 to 1.
        accuracy: The share of them that was right, 0 to 1.
    """

    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured on labelled pictures. Shares are 0 to 1, intervals are 95 % (Wilson).

    Attributes:
        total: Number of pictures.
        accuracy: Share of right answers.
        accuracy_interval: Its interval.
        macro_recall: Mean of `recall` over the classes that occur.
        labels: Classes in the order of `confusion`.
        count: Pictures by class, classes without any left out, as in `recall` and `interval`.
        recall: Share of each class's pictures that was recognised.
        interval: Interval of each recall.
        confusion: Pictures by true class (row) and answer (column), (c, c).
        bins: Reliability: `ECE_BINS` bins of equal width, empty ones left out.
        ece: Expected calibration error: mean distance of confidence and accuracy over the bins.
        sure_share: Share of answers that the chat states as sure.
        sure_accuracy: Share of those that is right.
        auroc_none: Chance that a picture of a known currency has a higher `known` than one of none.
        fpr95: Share of pictures of none that pass at the threshold that 95 % of known ones pass.
        false_accept_rate: Share of pictures of none that are called a currency, as sure.
    """

    total: int
    accuracy: float
    accuracy_interval: tuple[float, float]
    macro_recall: float
    labels: tuple[str, ...]
    count: Mapping[str, int]
    recall: Mapping[str, float]
    interval: Mapping[str, tuple[float, float]]
    confusion: tuple[tuple[int, ...], ...]
    bins: tuple[Bin, ...]
    ece: float
    sure_share: float | None
    sure_accuracy: float | None
    auroc_none: float | None
    fpr95: float | None
    false_accept_rate: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values for JSON."""
        return asdict(self)


def measure(
    probabilities: Floats,
    truth: Ints,
    labels: Sequence[str],
    *,
    known: Floats | None = None,
    sure: Bools | None = None,
) -> Figures:
    """Measure answers against the truth.

    Args:
        probabilities: Scores (n, c), rows summing to 1; the answer is the largest.
        truth: Index of the true class in `labels`, (n,).
        labels: The c classes.
        known: How surely each picture shows a known currency, (n,), 0 to 1. Without it, as
            `model.calibration.known_score` derives it.
        sure: Which answers are stated as sure, (n,).

    Raises:
        ValueError: There are no pictures, or the shapes do not fit.
    """
    n, c = probabilities.shape
    if not n or c != len(labels) or truth.shape != (n,):
        raise ValueError(
            "Expected scores (n, c) with n > 0, truth (n,) and c labels. "
            f"Received: {probabilities.shape}, {truth.shape}, {len(labels)} labels"
        )
    answer = probabilities.argmax(axis=1)  # (n,)
    right = answer == truth  # (n,)
    matrix = confusion_matrix(truth, answer, labels=range(c))  # (c, c)
    counts = matrix.sum(axis=1)  # (c,)
    hits = matrix.diagonal()
    present = [i for i in range(c) if counts[i]]
    recall = {labels[i]: float(hits[i] / counts[i]) for i in present}
    bins = reliability(probabilities.max(axis=1), right)
    is_none = truth == labels.index(NONE) if NONE in labels else np.zeros(n, np.bool_)
    if known is None:
        known = known_score(probabilities, tuple(labels))
    auroc, fpr95 = separation(known, is_none)
    answers_none = answer == labels.index(NONE) if NONE in labels else np.zeros(n, np.bool_)
    return Figures(
        total=n,
        accuracy=float(right.mean()),
        accuracy_interval=wilson(int(right.sum()), n),
        macro_recall=float(np.mean(list(recall.values()))),
        labels=tuple(labels),
        count={labels[i]: int(counts[i]) for i in present},
        recall=recall,
        interval={labels[i]: wilson(int(hits[i]), int(counts[i])) for i in present},
        confusion=tuple(tuple(int(value) for value in row) for row in matrix),
        bins=bins,
        ece=sum(each.count * abs(each.confidence - each.accuracy) for each in bins) / n,
        sure_share=None if sure is None else float(sure.mean()),
        sure_accuracy=None if sure is None else _share(right, sure),
        auroc_none=auroc,
        fpr95=fpr95,
        false_accept_rate=None if sure is None else _share(sure & ~answers_none, is_none),
    )


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share (E. B. Wilson, JASA 22, 1927, pages 209 to 212).

    Args:
        hits: How often it happened, 0 to `total`.
        total: Out of how many; 0 gives (0, 1).
    """
    if total == 0:
        return 0.0, 1.0
    low, high = binomtest(hits, total).proportion_ci(confidence_level=0.95, method="wilson")
    return float(low), float(high)


def reliability(confidence: Floats, right: Bools) -> tuple[Bin, ...]:
    """Sort answers into bins of equal width by confidence, both (n,), and average each bin."""
    index = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    return tuple(
        Bin(int(inside.sum()), float(confidence[inside].mean()), float(right[inside].mean()))
        for inside in (index == number for number in range(ECE_BINS))
        if inside.any()
    )


def separation(known: Floats, is_none: Bools) -> tuple[float | None, float | None]:
    """Say how well a score tells known currencies from everything else.

    Args:
        known: The score, (n,), higher for known currencies.
        is_none: Which pictures show none of them, (n,).

    Returns:
        Area under the ROC curve and the false positive rate at 95 % true positives, 0 to 1; None for
        both unless there are pictures of either kind.
    """
    if not is_none.any() or is_none.all():
        return None, None
    # Every point of the curve counts: dropping collinear ones would step over the 95 %.
    false_rate, true_rate, _ = roc_curve(~is_none, known, drop_intermediate=False)
    return float(roc_auc_score(~is_none, known)), float(false_rate[np.argmax(true_rate >= 0.95)])


def _share(condition: Bools, among: Bools) -> float | None:
    return float(condition[among].mean()) if among.any() else None
