"""Which of a pile of labelled pictures may be kept; pure.

Rules, in this order:

1. The same picture under two labels: nobody knows which is right, so neither is kept.
2. Exact copies: the first is kept. What is already in the data set comes first, then held-out pictures,
   so a copy of a held-out picture goes from the training side, never from the held-out one.
3. What has no split yet gets one from `training.data.split`, a whole group at a time.
4. Near twins of a held-out picture may not teach and are left out. Those within one side are kept, as
   one group.
5. Pairs that only `training.intake.copies` has found are kept as one group too and decide nothing else: two
   scans of one note face look the same to it.

Validation and test are one held-out side: a copy of one in the other is an exact copy like any other.
"""

from collections.abc import Iterator, Sequence

from training.data.split import Member, assign
from training.intake.duplicates import near_pairs, twin_groups
from training.intake.findings import Findings, Kept, LeftOut, Picture, Reason


def sift(
    new: Sequence[Picture],
    existing: Sequence[Picture] = (),
    alike: Sequence[tuple[Picture, Picture]] | None = None,
) -> Findings:
    """Decide which pictures may be kept.

    Args:
        new: Pictures to judge, in a stable order.
        existing: Pictures of the data set, which stay whatever comes.
        alike: Pairs among all of these that show the same by `training.intake.copies`; None if nobody looked.

    Returns:
        What was found among `new`, in comparison with itself and with `existing`.
    """
    everything = [*existing, *sorted(new, key=lambda picture: not picture.held_out)]
    pairs = near_pairs([picture.prints for picture in everything])
    same = [(i, j) for i, j in pairs if everything[i].example.label == everything[j].example.label]
    left = _contradictions(everything, len(existing))
    _drop_copies(everything, len(existing), left)
    # The data set comes first, so a twin of something in it joins the group there.
    index = {id(picture): i for i, picture in enumerate(everything)}
    hashed = set(pairs)
    more = sorted({(min(i, j), max(i, j)) for i, j in _indices(alike or (), index)} - hashed)
    copies = [(i, j) for i, j in more if everything[i].example.label == everything[j].example.label]
    named = twin_groups(
        [picture.sha256 for picture in everything],
        [picture.example.group for picture in everything],
        [*same, *copies],
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
            for i, j in sorted([*pairs, *more])
            if everything[i].example.label != everything[j].example.label
            and everything[i].prints.exact != everything[j].prints.exact
        ),
        copies=tuple((everything[i], everything[j]) for i, j in copies),
        poor=tuple(everything[i] for i in kept if everything[i].quality.faults()),
        compared=alike is not None,
    )


def _indices(pairs: Sequence[tuple[Picture, Picture]], index: dict[int, int]) -> Iterator[tuple[int, int]]:
    return ((index[id(one)], index[id(other)]) for one, other in pairs)


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
