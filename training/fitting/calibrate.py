"""Make confidence mean something: a temperature, an offset for `NONE`, and from where an answer is stated."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from model.calibration import is_sure, softmax
from model.prediction import NONE

RIGHT_WHEN_SURE = 0.97
"""Share of stated answers that must be right on held-out pictures."""

LEAST_SURE_AT = 0.9
"""What is right fewer than 9 times in 10 is put as a question, and calibrated confidence is that share."""

MOST_SURE_AT = 0.99
"""Where no confidence keeps the promise, hardly anything is stated."""

KNOWN_AT = 0.5
MIN_PICTURES = 30
"""Held-out pictures below which chance, not the network, would set the figures."""

TEMPERATURE_SPREAD = 0.5
"""Standard deviation of the logarithm of the temperature that is expected before any picture is seen, around
a temperature of 1. Where none of a few pictures is mistaken, their likelihood rises for ever as the
temperature falls, and every answer would be certain. Each picture counts against it: of 519 with a few
mistakes it moves the temperature by 0.001."""

FOLDS = 5

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Calibration:
    """How logits become confidence.

    Attributes:
        temperature: Divides the logits, above 0.
        none_offset: Added to the logit of `NONE` before that.
        sure_at: Confidence from which the chat states the answer, 0 to 1.
    """

    temperature: float
    none_offset: float
    sure_at: float


def calibrate(logits: Floats, truth: Ints, labels: tuple[str, ...]) -> Calibration:
    """Fit all three to held-out pictures.

    Temperature and offset minimise the negative log-likelihood (Guo, Pleiss, Sun and Weinberger, "On
    Calibration of Modern Neural Networks", ICML 2017, section 4.2; the offset is one entry of the bias of
    their vector scaling), the temperature near its prior. A network meets far fewer kinds of "none of these"
    than the world holds, so it is too slow to say so; the offset mends just that. Pictures of `NONE` weigh
    as much as all others together, however many of either happen to be held out.

    Args:
        logits: (n, classes).
        truth: Index of the true class, (n,).
        labels: The classes.

    Returns:
        The calibration; that of an untouched softmax where fewer than `MIN_PICTURES` are held out, and
        no offset where fewer than `MIN_PICTURES` of `NONE` or of the others are.
    """
    if len(truth) < MIN_PICTURES:
        return Calibration(1.0, 0.0, LEAST_SURE_AT)
    none = labels.index(NONE) if NONE in labels else -1
    is_none = truth == none
    weights = np.full(len(truth), 1 / len(truth))
    offset_fits = min(is_none.sum(), (~is_none).sum()) >= MIN_PICTURES
    if offset_fits:
        weights = np.where(is_none, 0.5 / is_none.sum(), 0.5 / (~is_none).sum())

    def loss(parameters: Floats) -> float:
        log_temperature, offset = parameters[0], parameters[1] if offset_fits else 0.0
        probabilities = softmax(shifted(logits, labels, offset), float(np.exp(log_temperature)))
        likelihood = (weights * np.log(probabilities[np.arange(len(truth)), truth].clip(1e-12))).sum()
        return float((log_temperature / TEMPERATURE_SPREAD) ** 2 / (2 * len(truth)) - likelihood)

    found = minimize(loss, np.zeros(2 if offset_fits else 1), method="Nelder-Mead").x
    temperature, offset = float(np.exp(found[0].clip(-3, 3))), float(found[1]) if offset_fits else 0.0
    probabilities = softmax(shifted(logits, labels, offset), temperature)
    return Calibration(temperature, offset, _sure_at(probabilities, truth, weights))


def shifted(logits: Floats, labels: tuple[str, ...], offset: float) -> Floats:
    """Add an offset to the logit of `NONE` in logits (…, classes)."""
    if NONE not in labels:
        return logits
    return np.asarray(logits + offset * (np.array(labels) == NONE))


def cross_calibrated(
    logits: Floats, truth: Ints, labels: tuple[str, ...]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Calibrate each picture by others: what calibration is worth on pictures that it was not fitted to.

    Args:
        logits: (n, classes).
        truth: Index of the true class, (n,).
        labels: The classes.

    Returns:
        Probabilities (n, classes), and which answers would be stated as sure (n,): every `FOLDS`-th
        picture by a calibration on the rest.
    """
    probabilities = np.zeros(logits.shape)
    sure = np.zeros(len(truth), np.bool_)
    for fold in range(FOLDS):
        here = np.arange(len(truth)) % FOLDS == fold
        found = calibrate(logits[~here], truth[~here], labels)
        probabilities[here] = softmax(shifted(logits[here], labels, found.none_offset), found.temperature)
        sure[here] = is_sure(probabilities[here], labels, found.sure_at, KNOWN_AT)
    return probabilities, sure


def _sure_at(probabilities: Floats, truth: Ints, weights: Floats) -> float:
    """Find the lowest confidence from which enough of the answers above it are right."""
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence)
    right = (probabilities.argmax(axis=1) == truth)[order]
    share = np.cumsum(right * weights[order]) / np.cumsum(weights[order])
    enough = np.flatnonzero(share >= RIGHT_WHEN_SURE)
    lowest = confidence[order][enough[-1]] if len(enough) else MOST_SURE_AT
    return float(np.clip(lowest, LEAST_SURE_AT, MOST_SURE_AT))
