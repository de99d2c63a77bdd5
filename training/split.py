"""Which picture teaches and which one tests, decided once.

A picture that was ever tested on must not teach the next version, or the gate compares a pupil who has
seen the questions with one who has not. So a decision is remembered by the caller and handed back here.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

HELD_OUT_EVERY = 5
"""The first four new groups of a class teach, the fifth tests: a fifth is held out in the long run, and
the first corrections of a class are learned from at once."""


@dataclass(frozen=True, slots=True)
class Member:
    """A picture to be assigned.

    Attributes:
        key: Its SHA-256.
        label: Its class.
        group: What it must not be separated from: twins, one source. Its own key if it stands alone.
    """

    key: str
    label: str
    group: str


def assign(
    members: Sequence[Member], known: Mapping[str, str], given: Collection[str] = frozenset()
) -> dict[str, str]:
    """Decide what every picture is for.

    Args:
        members: Every picture there is, oldest first, those already decided included.
        known: Earlier decisions by key; they never change.
        given: Keys in `known` whose split came with the data (an imported tree, a base model) instead of
            from here. They do not count towards "every fifth".

    Returns:
        For each key "train", "validation" or "test". A group of which any part was already decided
        follows it (held out, if it was decided both ways: what was tested on must not teach).
    """
    decided: dict[str, str] = {}  # by group
    counts: Counter[str] = Counter()  # groups decided here, by class
    for member in members:
        split = known.get(member.key)
        if split is None:
            continue
        if member.group not in decided and member.key not in given:
            counts[member.label] += 1
        if decided.get(member.group, "train") == "train":
            decided[member.group] = split
    result: dict[str, str] = {}
    for member in members:
        if member.group not in decided:
            counts[member.label] += 1
            held_out = counts[member.label] % HELD_OUT_EVERY == 0
            decided[member.group] = "test" if held_out else "train"
        result[member.key] = known.get(member.key, decided[member.group])
    return result
