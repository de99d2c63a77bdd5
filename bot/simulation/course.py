"""What a simulation came to, from one training run to the next. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RECALL = 0.90
"""Share of its held-out photos that a new class is promised to reach."""

LOSS = 0.01
"""How much recall every other class may lose for it, and how much accuracy a crowd that lies may cost."""

Hits = Mapping[str, tuple[int, int]]
"""Right answers and pictures by class."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A version that the gate did not let take over.

    Attributes:
        reasons: Why, as the gate says it.
        hits: What it would have been worth.
    """

    reasons: tuple[str, ...]
    hits: Hits


@dataclass(frozen=True, slots=True)
class Point:
    """How things stood after a number of corrections.

    Attributes:
        corrections: Pictures that people had said something about.
        learned: Pictures of these that had reached the data set.
        wrong: Of those, how many under a wrong class.
        hits: What the version in use then was worth.
        version: The version that was trained then; None where there was nothing to learn.
        seconds: From the command to the swap.
        refused: Why that version did not take over, if it did not.
    """

    corrections: int
    learned: int
    wrong: int
    hits: Hits
    version: str | None = None
    seconds: float = 0.0
    refused: Refused | None = None


def accuracy(hits: Hits) -> float:
    """Return the share of right answers over all classes."""
    return sum(right for right, _ in hits.values()) / max(sum(count for _, count in hits.values()), 1)


def recall(hits: Hits, label: str) -> float:
    """Return the share of a class that is recognised."""
    right, count = hits[label]
    return right / count


def others(hits: Hits, new: Sequence[str]) -> Hits:
    """Return the classes that are not new."""
    return {label: each for label, each in hits.items() if label not in new}


def shortfalls(course: Sequence[Point], new: Sequence[str]) -> list[str]:
    """Say which promises a course did not keep, as sentences; none if it kept all."""
    first, last = course[0].hits, course[-1].hits
    found = [
        f"{label} is recognised in {_share(last[label])} of its held-out pictures; {RECALL:.0%} is promised."
        for label in new
        if recall(last, label) < RECALL
    ]
    found += [
        f"{label} fell from {_share(first[label])} to {_share(last[label])}; a loss of one point is allowed."
        for label in others(last, new)
        if _lost(recall(first, label), recall(last, label)) > LOSS
    ]
    if not new and _lost(accuracy(first), accuracy(last)) > LOSS:
        found.append(f"Accuracy fell from {accuracy(first):.1%} to {accuracy(last):.1%}.")
    return found


def damage(honest: Sequence[Point], lying: Sequence[Point]) -> float:
    """Return how much accuracy the liars cost at the end, 0 to 1; below 0 where they cost none."""
    return _lost(accuracy(honest[-1].hits), accuracy(lying[-1].hits))


def _lost(before: float, after: float) -> float:
    return round(before - after, 9)  # 0.99 - 0.98 is more than 0.01 to a computer


def _share(hits: tuple[int, int]) -> str:
    return f"{hits[0] / hits[1]:.1%} ({hits[0]} of {hits[1]})"
