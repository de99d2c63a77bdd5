"""Make confidence mean something: a temperature, offsets of logits, and from where an answer is stated."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from model.calibration import is_sure, softmax
from model.prediction import NONE
from training.fitting.young import older

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

MOST_TAKEN = 0.005
"""Share of the held-out pictures of the others that the young classes together may take. Few pictures teach
them, and what they have in common with what nobody has shown is not known (training/EXPERIMENTS.md, "A
currency opened alone"). Of fewer than 200 that is none."""

FOLDS = 5

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Calibration:
    """How logits become confidence.

    Attributes:
        temperature: Divides the logits, above 0.
        offsets: Added to the logits before that, (classes,).
        sure_at: Confidence from which the chat states the answer, 0 to 1.
    """

    temperature: float
    offsets: npt.NDArray[np.float64]
    sure_at: float

    def scores(self, logits: Floats) -> npt.NDArray[np.float64]:
        """Return what is served for logits (n, classes): rows sum to 1."""
        return softmax(logits + self.offsets, self.temperature)


def calibrate(
    logits: Floats, truth: Ints, labels: tuple[str, ...], young: Collection[str] = ()
) -> Calibration:
    """Fit all three to held-out pictures.

    Temperature and offset of `NONE` minimise the negative log-likelihood (Guo, Pleiss, Sun and Weinberger,
    "On Calibration of Modern Neural Networks", ICML 2017, section 4.2; the offset is one entry of the bias
    of their vector scaling), the temperature near its prior. A network meets far fewer kinds of "none of
    these" than the world holds, so it is too slow to say so; the offset mends just that. Pictures of `NONE`
    weigh as much as all others together, however many of either happen to be held out.

    Young classes have next to none held out, so likelihood says nothing of them. What their few pictures
    share with what was never met would cost the others: their offsets let them take few of the others'
    pictures, and that of `NONE` is fitted as if they were not there.

    Args:
        logits: (n, classes).
        truth: Index of the true class, (n,).
        labels: The classes.
        young: Those that were opened since the base was shipped; others may be among them.

    Returns:
        The calibration; that of an untouched softmax where fewer than `MIN_PICTURES` are held out, and
        no offset of `NONE` where fewer than `MIN_PICTURES` of `NONE` or of the others are.
    """
    offsets = np.zeros(len(labels))
    if len(truth) < MIN_PICTURES:
        return Calibration(1.0, offsets, LEAST_SURE_AT)
    old = older(labels, young)
    known = old[truth]
    offsets[np.array(labels) == NONE] = _none_offset(logits[known], truth[known], labels, old)
    if not old.all():
        offsets[~old] = _bounds((logits + offsets)[known], old)
    weights = _weights(truth, labels)
    temperature, _ = _likeliest(logits + offsets, truth, weights)
    return Calibration(temperature, offsets, _sure_at(softmax(logits + offsets, temperature), truth, weights))


def cross_calibrated(
    logits: Floats, truth: Ints, labels: tuple[str, ...], young: Collection[str] = ()
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Calibrate each picture by others: what calibration is worth on pictures that it was not fitted to.

    Args:
        logits: (n, classes).
        truth: Index of the true class, (n,).
        labels: The classes.
        young: Those that were opened since the base was shipped.

    Returns:
        Probabilities (n, classes), and which answers would be stated as sure (n,): every `FOLDS`-th
        picture by a calibration on the rest.
    """
    probabilities = np.zeros(logits.shape)
    sure = np.zeros(len(truth), np.bool_)
    for fold in range(FOLDS):
        here = np.arange(len(truth)) % FOLDS == fold
        found = calibrate(logits[~here], truth[~here], labels, young)
        probabilities[here] = found.scores(logits[here])
        sure[here] = is_sure(probabilities[here], labels, found.sure_at, KNOWN_AT)
    return probabilities, sure


def _none_offset(logits: Floats, truth: Ints, labels: tuple[str, ...], old: Bools) -> float:
    """Fit the offset of `NONE` among the old classes; 0 where too few of it or of the others are held out."""
    if not _both_held_out(truth, labels):
        return 0.0
    alone = np.where(old, logits, -np.inf)
    return _likeliest(alone, truth, _weights(truth, labels), labels.index(NONE))[1]


def _bounds(logits: Floats, old: Bools) -> Floats:
    """Say what to add to the logits of young classes, at most 0, for all of them to take few pictures.

    The pictures where a young class leads by most are given up; of the rest, none may be taken.

    Args:
        logits: Of pictures of the old classes, (n, classes).
        old: Which classes are old, (classes,).

    Returns:
        One value a young class, (young,).
    """
    lead = logits[:, ~old] - logits[:, old].max(axis=1, keepdims=True)
    given_up = int(MOST_TAKEN * len(lead))
    rest = lead[np.argsort(-lead.max(axis=1))[given_up:]]
    return np.asarray(np.minimum(0.0, -rest.max(axis=0, initial=-np.inf) - 1e-6))


def _both_held_out(truth: Ints, labels: tuple[str, ...]) -> bool:
    none = int((truth == labels.index(NONE)).sum()) if NONE in labels else 0
    return min(none, len(truth) - none) >= MIN_PICTURES


def _weights(truth: Ints, labels: tuple[str, ...]) -> Floats:
    """Let `NONE` weigh as much as all others together, if there is enough of both; their sum is 1."""
    if not _both_held_out(truth, labels):
        return np.full(len(truth), 1 / len(truth))
    is_none = truth == labels.index(NONE)
    return np.asarray(np.where(is_none, 0.5 / is_none.sum(), 0.5 / (~is_none).sum()))


def _likeliest(logits: Floats, truth: Ints, weights: Floats, shift: int | None = None) -> tuple[float, float]:
    """Find the likeliest temperature and, if one is named, the offset of a class (else 0)."""

    def loss(parameters: Floats) -> float:
        log_temperature = parameters[0]
        moved = logits if shift is None else logits + parameters[1] * np.eye(logits.shape[1])[shift]
        probabilities = softmax(moved, float(np.exp(log_temperature)))
        likelihood = (weights * np.log(probabilities[np.arange(len(truth)), truth].clip(1e-12))).sum()
        return float((log_temperature / TEMPERATURE_SPREAD) ** 2 / (2 * len(truth)) - likelihood)

    found = minimize(loss, np.zeros(1 if shift is None else 2), method="Nelder-Mead").x
    return float(np.exp(found[0].clip(-3, 3))), 0.0 if shift is None else float(found[1])


def _sure_at(probabilities: Floats, truth: Ints, weights: Floats) -> float:
    """Find the lowest confidence from which enough of the answers above it are right."""
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence)
    right = (probabilities.argmax(axis=1) == truth)[order]
    share = np.cumsum(right * weights[order]) / np.cumsum(weights[order])
    enough = np.flatnonzero(share >= RIGHT_WHEN_SURE)
    lowest = confidence[order][enough[-1]] if len(enough) else MOST_SURE_AT
    return float(np.clip(lowest, LEAST_SURE_AT, MOST_SURE_AT))
