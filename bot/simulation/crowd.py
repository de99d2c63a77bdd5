"""People who say what pictures show, truly or not. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

OPINIONS = 3
"""People, of those not trusted, who send the same picture."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The people of a simulation; they are numbered from 1.

    Attributes:
        users: How many.
        liars: How many of them never say the truth, each a wrong class by chance.
        trusted: Whether the settings trust them all.
    """

    users: int
    liars: int
    trusted: bool


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one person says of a picture."""

    user: int
    label: str


def opinions(
    crowd: Crowd, truth: str, labels: Sequence[str], chance: np.random.Generator
) -> tuple[Opinion, ...]:
    """Let some of a crowd say what a picture shows.

    Args:
        crowd: Who there is.
        truth: What it shows.
        labels: What they can say.
        chance: Who sends it, and what liars say.
    """
    senders = 1 if crowd.trusted else min(OPINIONS, crowd.users)
    wrong = [label for label in labels if label != truth]
    said = []
    for user in chance.permutation(crowd.users)[:senders]:
        lies = user < crowd.liars and bool(wrong)
        said.append(Opinion(int(user) + 1, str(chance.choice(wrong)) if lies else truth))
    return tuple(said)
