"""Which picture teaches and which one tests, decided once.

A picture that was ever tested on must not teach the next version, or the gate compares a pupil who has
seen the questions with one who has not. So a decision is remembered by the caller and handed back here.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

HELD_OUT = 5
"""One picture in five tests. The first four of a class teach, so that its first corrections are learned
from at once."""


@dataclass(frozen=True, slots=True)
class Member:
    """A picture to be assigned.

    Attributes:
        key: Its SHA-256.
        label: Its class, or a finer kind: each has a fifth of its own held out.
        group: What it must not be separated from: twins, one source. Its own key if it stands alone.
    """

    key: str
    label: str
    group: str


def assign(
    members: Sequence[Member], known: Mapping[str, str], counted: Collection[str] = frozenset()
) -> dict[str, str]:
    """Decide what every picture is for.

    Whole groups go to one side. New groups are looked at from the largest to the smallest, oldest first,
    and a group tests when the held-out share of its class stays at most a fifth with it: of single
    pictures the fifth, the tenth and so on, of sources the small ones.

    Args:
        members: Every picture there is, oldest first, those already decided included.
        known: Earlier decisions by key ("train", "validation" or "test"); they never change.
        counted: Keys in `known` that this function decided and that count towards the fifth. Leave out
            what came with its split (an imported tree, a base model): it would owe its own fifth, and
            the next pictures would all be held out to pay it.

    Returns:
        The split of each key. A group of which any part was already decided follows it (held out, if it
        was decided both ways: what was tested on must not teach).
    """
    by_group: dict[str, list[Member]] = {}
    for member in members:
        by_group.setdefault(member.group, []).append(member)
    taught: Counter[str] = Counter()
    tested: Counter[str] = Counter()
    decided: dict[str, str] = {}  # by group
    for name, group in by_group.items():
        splits = [known[member.key] for member in group if member.key in known]
        if splits:
            decided[name] = next((split for split in splits if split != "train"), "train")
        for member in group:
            if member.key in counted and member.key in known:
                (taught if known[member.key] == "train" else tested)[_label(group)] += 1
    new = [name for name in by_group if name not in decided]
    for name in sorted(new, key=lambda name: -len(by_group[name])):
        size, label = len(by_group[name]), _label(by_group[name])
        tests = HELD_OUT * (tested[label] + size) <= taught[label] + tested[label] + size
        decided[name] = "test" if tests else "train"
        (tested if tests else taught)[label] += size
    return {member.key: known.get(member.key, decided[member.group]) for member in members}


def _label(group: Sequence[Member]) -> str:
    """Return the class of most of a group."""
    return Counter(member.label for member in group).most_common(1)[0][0]
