"""Logits to calibrated scores to what the chat says."""

import numpy as np
import numpy.typing as npt

from model.card import Card
from model.prediction import NONE, Prediction

Floats = npt.NDArray[np.floating]


def softmax(logits: Floats, temperature: float = 1.0) -> npt.NDArray[np.float64]:
    """Turn logits (…, classes) into probabilities that sum to 1 along the last axis.

    Args:
        logits: Any real numbers.
        temperature: Divides the logits, above 0; larger is less certain. Temperature scaling of Guo,
            Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
    """
    scaled = np.asarray(logits, np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def known_score(probabilities: Floats, labels: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """Say how surely pictures show one of the known currencies.

    Args:
        probabilities: (…, classes), summing to 1.
        labels: The classes in that order.

    Returns:
        (…), 0 to 1: what is not given to `NONE`; the largest probability of a model without `NONE`.
    """
    if NONE in labels:
        return np.asarray(1.0 - probabilities[..., labels.index(NONE)])
    return np.asarray(probabilities.max(axis=-1))


def is_sure(
    probabilities: Floats, labels: tuple[str, ...], sure_at: float, known_at: float
) -> npt.NDArray[np.bool_]:
    """Say which answers the chat states without a question mark.

    Args:
        probabilities: (…, classes), summing to 1.
        labels: The classes in that order.
        sure_at: Confidence from which an answer is stated, 0 to 1.
        known_at: Score from which a picture counts as a known currency, 0 to 1.
    """
    confident = probabilities.max(axis=-1) >= sure_at
    known = known_score(probabilities, labels) >= known_at
    none = probabilities.argmax(axis=-1) == (labels.index(NONE) if NONE in labels else -1)
    return np.asarray(confident & (known | none))


def to_prediction(logits: Floats, card: Card) -> Prediction:
    """Turn the logits (classes,) of one picture into the answer of a version."""
    probabilities = softmax(logits, card.temperature)
    order = np.argsort(-probabilities, kind="stable")
    best = int(order[0])
    return Prediction(
        label=card.labels[best],
        confidence=float(probabilities[best]),
        known=float(known_score(probabilities, card.labels)),
        sure=bool(is_sure(probabilities, card.labels, card.sure_at, card.known_at)),
        scores={card.labels[i]: float(probabilities[i]) for i in order},
        model=card.version,
    )
