"""Make confidence mean something: a temperature, and from where on the chat states an answer."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from model.calibration import softmax

RIGHT_WHEN_SURE = 0.97
"""Share of stated answers that must be right on held-out pictures."""

DEFAULT_SURE_AT = 0.9
MIN_PICTURES = 30
"""Held-out pictures below which chance, not the network, would set the figures."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How logits become confidence.

    Attributes:
        temperature: Divides the logits, above 0.
        sure_at: Confidence from which the chat states the answer, 0 to 1.
    """

    temperature: float
    sure_at: float


def calibrate(logits: npt.NDArray[np.floating], truth: npt.NDArray[np.integer]) -> Calibration:
    """Fit both to held-out pictures.

    The temperature minimises the negative log-likelihood (Guo, Pleiss, Sun and Weinberger, "On
    Calibration of Modern Neural Networks", ICML 2017, section 4.2).

    Args:
        logits: (n, classes).
        truth: Index of the true class, (n,).

    Returns:
        The calibration; that of an untouched softmax where fewer than `MIN_PICTURES` are held out.
    """
    if len(truth) < MIN_PICTURES:
        return Calibration(1.0, DEFAULT_SURE_AT)

    def loss(log_temperature: float) -> float:
        chosen = softmax(logits, float(np.exp(log_temperature)))[np.arange(len(truth)), truth]
        return float(-np.log(chosen.clip(1e-12)).mean())

    temperature = float(np.exp(minimize_scalar(loss, bounds=(-3, 3), method="bounded").x))
    return Calibration(temperature, _sure_at(softmax(logits, temperature), truth))


def _sure_at(probabilities: npt.NDArray[np.floating], truth: npt.NDArray[np.integer]) -> float:
    """Find the lowest confidence from which enough of the answers above it are right."""
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence)
    right = (probabilities.argmax(axis=1) == truth)[order]
    share = np.cumsum(right) / np.arange(1, len(right) + 1)
    enough = np.flatnonzero(share >= RIGHT_WHEN_SURE)
    lowest = confidence[order][enough[-1]] if len(enough) else DEFAULT_SURE_AT
    # Even where every held-out answer is right, a coin toss is not stated as a fact.
    return float(np.clip(lowest, 0.5, 0.99))
