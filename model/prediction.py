"""What the network says about one picture, and what that amounts to in the chat."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

NONE = "NONE"
"""The class of pictures that show none of the known currencies."""


class Verdict(StrEnum):
    """What a prediction amounts to for the person who asked."""

    SURE = "sure"
    UNSURE = "unsure"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer to one picture.

    Attributes:
        label: The most probable class, as the model's card names it ("EUR", "NONE").
        confidence: Calibrated probability of `label`, 0 to 1.
        known: How surely the picture shows one of the known currencies, 0 to 1.
        sure: Whether the chat states `label` without a question mark.
        scores: Calibrated probability of every class, most probable first; sums to 1.
        model: The version that answered.
    """

    label: str
    confidence: float
    known: float
    sure: bool
    scores: Mapping[str, float]
    model: str

    @property
    def verdict(self) -> Verdict:
        """Sure of a class (of "none of these" too), or in doubt."""
        if not self.sure:
            return Verdict.UNSURE
        return Verdict.NONE if self.label == NONE else Verdict.SURE
