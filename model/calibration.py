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


def to_prediction(logits: Floats, card: Card) -> Prediction:
    """Turn the logits (classes,) of one picture into the answer of a version."""
    probabilities = softmax(logits, card.temperature)
    order = np.argsort(-probabilities, kind="stable")
    best = int(order[0])
    label = card.labels[best]
    confidence = float(probabilities[best])
    known = float(known_score(probabilities, card.labels))
    return Prediction(
        label=label,
        confidence=confidence,
        known=known,
        sure=confidence >= card.sure_at and (label == NONE or known >= card.known_at),
        scores={card.labels[i]: float(probabilities[i]) for i in order},
        model=card.version,
    )
