"""Whether an answer comes with a question. Pure: prediction and earlier questions in, a reason or none out.

[Right] and [Wrong] are below every answer. The question is for the few photos whose label would teach most,
and for people who do not mind: whoever leaves questions unanswered is asked half as often each time.
"""

from collections.abc import Mapping

from bot.store.rows import Past, Reason
from model.card import Card
from model.prediction import NONE, Prediction, Verdict

NEAR = 0.25
"""Of the way from a threshold to certainty: an answer in there could easily have been another one."""

THIN = 30
"""Pictures that a class was learned from; below, each further one still changes much."""

WEAK = 0.9
"""Recall on held-out pictures below which the worst class wants more of them."""

EVERY = 5
"""Photos answered from one question to the next, at least."""

PAUSE_SECONDS = 600.0
"""From one question to the next, at least."""

MOST_DOUBLINGS = 4
"""Of `EVERY` and `PAUSE_SECONDS`, once for each question in a row that was left unanswered."""


def reason(prediction: Prediction, card: Card) -> Reason | None:
    """Say why a label of this photo would teach much, if it would.

    Args:
        prediction: The answer. One that is not sure asks by itself.
        card: What the model that gave it learned from, and how well it does.
    """
    label, thresholds = prediction.label, (card.sure_at, card.known_at)
    sure, known = (at + NEAR * (1 - at) for at in thresholds)
    if prediction.verdict is Verdict.UNSURE:
        return None
    if prediction.confidence < sure:
        return "close"
    if (prediction.known > NEAR * card.known_at) if label == NONE else (prediction.known < known):
        return "new"
    if label == NONE:
        return None
    if _learned_from(card).get(label, THIN) < THIN:
        return "thin"
    return "weak" if label == _weakest(card) else None


def may_ask(past: Past) -> bool:
    """Whether a person may be asked again by now."""
    if past.photos_since is None:
        return True
    patience: int = 2 ** min(past.ignored, MOST_DOUBLINGS)
    return past.photos_since >= EVERY * patience and past.seconds_since >= PAUSE_SECONDS * patience


def _learned_from(card: Card) -> Mapping[str, int]:
    counts = card.data.get("train")
    return counts if isinstance(counts, Mapping) else {}


def _weakest(card: Card) -> str | None:
    """The class that the model is worst at, if it is bad at it."""
    recalls = card.figures.get("recall")
    shares = {
        label: share
        for label, share in (recalls.items() if isinstance(recalls, Mapping) else ())
        if share is not None and share < WEAK and label != NONE
    }
    return min(shares, key=lambda label: shares[label]) if shares else None
