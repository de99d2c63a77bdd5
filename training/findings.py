"""What is wrong with a pile of labelled pictures, and which of them may be kept; pure.

Rules, in this order:

1. The same picture under two labels: nobody knows which is right, so neither is kept.
2. Exact copies: the first is kept. What is already in the data set comes first, then held-out pictures,
   so a copy of a held-out picture goes from the training side, never from the held-out one.
3. What has no split yet gets one from `training.split`, a whole group at a time.
4. Near twins of a held-out picture may not teach and are left out. Those within one side are kept, as
   one group.

Validation and test are one held-out side: a copy of one in the other is an exact copy like any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from training.duplicates import Fingerprint, near_pairs, twin_groups
from training.folders import Example
from training.split import Member, assign


class Reason(StrEnum):
    """Why a picture is left out."""

    UNREADABLE = "unreadable"
    TWO_LABELS = "under two labels"
    PRESENT = "already there"
    COPY = "exact copy"
    LEAK_COPY = "copy of a held-out picture"
    LEAK_TWIN = "near twin of a held-out picture"
    TAUGHT = "near twin of a picture that already teaches"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that could be read.

    Attributes:
        example: Where it lies and what it is.
        sha256: SHA-256 of the bytes that are, or would be, stored.
        prints: What it is compared by.
        given: Whether its split came with it; False where `training.split` has decided.
    """

    example: Example
    sha256: str
    prints: Fingerprint
    given: bool = True

    @property
    def held_out(self) -> bool:
        """Whether it tests; a picture without a split does not."""
        return self.example.split in ("validation", "test")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A picture that is not kept.

    Attributes:
        example: The picture.
        reason: Why.
        twin: The picture that it repeats or contradicts; None if it cannot be read.
        detail: The sentence of the error, for one that cannot be read.
    """

    example: Example
    reason: Reason
    twin: Example | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture that is kept.

    Attributes:
        picture: The picture.
        split: "train" or "test".
        group: What it must stay together with.
    """

    picture: Picture
    split: str
    group: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found.

    Attributes:
        kept: Pictures to keep, in the order in which they came.
        left_out: The others.
        twins: Pairs of exact or near duplicates of one class, over everything that came.
        lookalikes: Pairs of near, not exact, duplicates of two classes: often notes of one layout, at
            times a wrong label. They are for people to look at and decide nothing.
    """

    kept: tuple[Kept, ...]
    left_out: tuple[LeftOut, ...]
    twins: tuple[tuple[Picture, Picture], ...]
    lookalikes: tuple[tuple[Picture, Picture], ...]


def sift(new: Sequence[Picture], existing: Sequence[Picture] = ()) -> Findings:
    """Decide which pictures may be kept.

    Args:
        new: Pictures to judge, in a stable order.
        existing: Pictures of the data set, which stay whatever comes.

    Returns:
        What was found among `new`, in comparison with itself and with `existing`.
    """
    everything = [*existing, *sorted(new, key=lambda picture: not picture.held_out)]
    pairs = near_pairs([picture.prints for picture in everything])
    same = [(i, j) for i, j in pairs if everything[i].example.label == everything[j].example.label]
    left = _contradictions(everything, len(existing))
    _drop_copies(everything, len(existing), left)
    # The data set comes first, so a twin of something in it joins the group there.
    named = twin_groups(
        [picture.sha256 for picture in everything], [picture.example.group for picture in everything], same
    )
    splits = _splits(everything, named, left)
    _drop_leaks(everything, len(existing), same, splits, left)
    order = {id(picture): rank for rank, picture in enumerate(new)}
    kept = [i for i in range(len(existing), len(everything)) if i not in left]
    kept.sort(key=lambda i: order[id(everything[i])])
    return Findings(
        kept=tuple(Kept(everything[i], splits[everything[i].sha256], named[i]) for i in kept),
        left_out=tuple(left[i] for i in sorted(left, key=lambda i: order[id(everything[i])])),
        twins=tuple((everything[i], everything[j]) for i, j in same),
        lookalikes=tuple(
            (everything[i], everything[j])
            for i, j in pairs
            if everything[i].example.label != everything[j].example.label
            and everything[i].prints.exact != everything[j].prints.exact
        ),
    )


def _contradictions(everything: Sequence[Picture], present: int) -> dict[int, LeftOut]:
    by_pixels: dict[str, list[Picture]] = {}
    for picture in everything:
        by_pixels.setdefault(picture.prints.exact, []).append(picture)
    left: dict[int, LeftOut] = {}
    for i, picture in enumerate(everything[present:], present):
        label = picture.example.label
        others = (each.example for each in by_pixels[picture.prints.exact] if each.example.label != label)
        if (other := next(others, None)) is not None:
            left[i] = LeftOut(picture.example, Reason.TWO_LABELS, other)
    return left


def _drop_copies(everything: Sequence[Picture], present: int, left: dict[int, LeftOut]) -> None:
    first: dict[str, int] = {}
    for i, picture in enumerate(everything):
        j = first.setdefault(picture.prints.exact, i)
        if i == j or i < present or i in left:
            continue
        if j < present:
            reason = Reason.PRESENT
        elif everything[j].held_out and not picture.held_out:
            reason = Reason.LEAK_COPY
        else:
            reason = Reason.COPY
        left[i] = LeftOut(picture.example, reason, everything[j].example)


def _splits(everything: Sequence[Picture], named: Sequence[str], left: dict[int, LeftOut]) -> dict[str, str]:
    chosen = [(picture, named[i]) for i, picture in enumerate(everything) if i not in left]
    known = {
        picture.sha256: "test" if picture.held_out else "train"
        for picture, _ in chosen
        if picture.example.split is not None
    }
    counted = {picture.sha256 for picture, _ in chosen if not picture.given}
    members = [
        Member(picture.sha256, picture.example.kind or picture.example.label, group)
        for picture, group in chosen
    ]
    return assign(members, known, counted)


def _drop_leaks(
    everything: Sequence[Picture],
    present: int,
    pairs: Sequence[tuple[int, int]],
    splits: dict[str, str],
    left: dict[int, LeftOut],
) -> None:
    for i, j in pairs:
        if i in left or j in left or any(k < present and everything[k].example.split is None for k in (i, j)):
            continue  # gone, or in the data set without a split: nobody has tested on that one yet
        sides = {splits[everything[i].sha256]: i, splits[everything[j].sha256]: j}
        if len(sides) < 2:
            continue
        teaching, testing = sides["train"], sides["test"]
        # A picture that has taught cannot be unlearned, so then its new twin cannot test.
        if teaching >= present:
            left[teaching] = LeftOut(
                everything[teaching].example, Reason.LEAK_TWIN, everything[testing].example
            )
        elif testing >= present:
            left[testing] = LeftOut(everything[testing].example, Reason.TAUGHT, everything[teaching].example)
