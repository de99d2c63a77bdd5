"""Candidate against model in use, on the same held-out pictures: may it take over?

A pure function of both models' scores. Few pictures are held out, so a rule on bare points would stop
every candidate at the first unlucky picture: each rule leaves one picture of slack.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from training.gate.report import Flip, Report, Share

Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]
Names = npt.NDArray[np.object_]

SIGNIFICANT = 0.05
"""Below this probability of chance, a loss counts as real."""

MAX_LOSS = 0.01
"""How much accuracy a candidate may lose, and as much again for each class that it adds: the version in use
takes nothing for a class that it does not know."""

MAX_CLASS_LOSS = 0.10
"""How much recall any one class may lose."""

MIN_CLASS = 5
"""Held-out pictures from which the recall of a class is compared; with fewer, it only must not collapse."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two models, with its answers to the same n pictures.

    Attributes:
        version: Its name.
        labels: Its c classes.
        probabilities: Scores, (n, c).
    """

    version: str
    labels: tuple[str, ...]
    probabilities: Floats

    @property
    def answers(self) -> Names:
        """What it takes each picture for, (n,)."""
        if not len(self.probabilities):
            return np.array([], object)
        answers: Names = np.array(self.labels, object)[self.probabilities.argmax(axis=1)]
        return answers


def compare(
    candidate: Side,
    current: Side | None,
    truth: Sequence[str],
    pictures: Sequence[str],
    doubt: Mapping[str, Mapping[str, Share]] | None = None,
) -> Report:
    """Compare two models on the same n pictures.

    The candidate passes when all of this holds:

    - something was measured;
    - it knows every class that the version in use knows;
    - on the pictures of those classes its accuracy is at most `MAX_LOSS` (or one picture) lower, and as much
      again for each class that it adds and recognises;
    - of all pictures, those of the added classes included, it does not get fewer right beyond chance (exact
      McNemar test on the pictures that only one gets right; Q. McNemar, Psychometrika 12, 1947, pages 153
      to 157);
    - no class with `MIN_CLASS` held-out pictures loses more than `MAX_CLASS_LOSS` recall (or one
      picture), and none with fewer loses more than half of what was recognised (and more than one picture).

    Args:
        candidate: Who wants to take over.
        current: The version in use; None when there is none.
        truth: True class of each picture, n names.
        pictures: SHA-256 of each picture, n.
        doubt: What the report says of that; decides nothing.
    """
    names = np.array(truth, dtype=object)  # (n,)
    right_new = np.asarray(candidate.answers == names, np.bool_)  # (n,)
    right_old = np.asarray(current.answers == names, np.bool_) if current else np.zeros_like(right_new)
    shared = known_to(current, truth)
    flips = _flips(candidate, current, names, pictures, shared) if current else ()
    fixed = sum(flip.fixed for flip in flips)
    broken = len(flips) - fixed
    accuracy = {
        "candidate": _mean(right_new[shared]),
        "current": _mean(right_old[shared]) if current else None,
    }
    recalls: dict[str, dict[str, float | int | None]] = {}
    for label in sorted(set(truth)):
        chosen = names == label
        recalls[label] = {
            "count": int(chosen.sum()),
            "candidate": _mean(right_new[chosen]) if label in candidate.labels else None,
            "current": _mean(right_old[chosen]) if current and label in current.labels else None,
        }
    gained = int(right_new[~shared].sum())
    p_value = mcnemar(fixed + gained, broken)
    added = len(set(names[~shared & right_new]))
    bearable = max(MAX_LOSS * (1 + added) * int(shared.sum()), 1)
    forgotten = [label for label in (current.labels if current else ()) if label not in candidate.labels]
    against = [
        *_gaps(len(truth), forgotten),
        *_losses(fixed, gained, broken, p_value, bearable, int(shared.sum())),
        *_class_losses(recalls),
    ]
    return Report(
        candidate=candidate.version,
        current=current.version if current else None,
        held_out=len(truth),
        accuracy=accuracy,
        recalls=recalls,
        fixed=fixed,
        broken=broken,
        p_value=p_value,
        passed=not against,
        reasons=tuple(against) or (_approval(accuracy, fixed, broken, int(shared.sum()), gained),),
        flips=flips,
        doubt=doubt or {},
    )


def known_to(current: Side | None, truth: Sequence[str]) -> Bools:
    """Say which pictures the two can be compared on, (n,): the version in use knows their class."""
    if current is None:
        return np.ones(len(truth), np.bool_)
    return np.array([label in current.labels for label in truth], np.bool_)


def mcnemar(fixed: int, broken: int) -> float:
    """Return the two-sided exact McNemar probability, 0 to 1; 1 when nothing changed."""
    flips = fixed + broken
    return float(binomtest(fixed, flips).pvalue) if flips else 1.0


def _gaps(held_out: int, forgotten: Sequence[str]) -> Iterator[str]:
    if not held_out:
        yield "There is no held-out picture to measure on yet; label a few more pictures first."
        return
    for label in forgotten:
        yield f"It no longer knows the class {label}; promote it all the same if two classes were joined."


def _losses(
    fixed: int, gained: int, broken: int, p_value: float, bearable: float, shared: int
) -> Iterator[str]:
    if broken - fixed > bearable:
        yield f"It gets {broken - fixed} pictures fewer right out of {shared}."
    elif broken > fixed + gained and p_value < SIGNIFICANT:
        yield f"It breaks {broken} pictures and fixes {fixed}, which is more than chance."


def _class_losses(recalls: Mapping[str, Mapping[str, float | int | None]]) -> Iterator[str]:
    for label, row in recalls.items():
        count, new, old = row["count"], row["candidate"], row["current"]
        if count is None or new is None or old is None:
            continue
        lost = round((old - new) * count)
        if lost > max(MAX_CLASS_LOSS * count, 1) and (count >= MIN_CLASS or new < old / 2):
            yield f"It recognises {label} in {_percent(new)} of its pictures instead of {_percent(old)}."


def _approval(accuracy: Mapping[str, float | None], fixed: int, broken: int, shared: int, gained: int) -> str:
    new, old = accuracy["candidate"], accuracy["current"]
    if new is None:
        return "All it is measured on is new, so there is nothing to compare it with."
    if old is None:
        return f"It gets {_percent(new)} of {shared} held-out pictures right, and no model is in use yet."
    if fixed == broken == 0:
        return f"It gets the same {_percent(new)} of {shared} held-out pictures right as the model in use."
    told = f"It fixes {fixed} and breaks {broken} of {shared} held-out pictures"
    if broken <= fixed:
        return f"{told}."
    if gained:
        return f"{told}, and recognises {gained} of a class that is new."
    return f"{told}, no more than chance explains."


def _flips(
    candidate: Side, current: Side, names: Names, pictures: Sequence[str], shared: Bools
) -> tuple[Flip, ...]:
    rows = zip(pictures, names, current.answers, candidate.answers, shared, strict=True)
    flips = [
        Flip(sha256, str(label), str(before), str(after))
        for sha256, label, before, after, counts in rows
        if counts and (before == label) != (after == label)
    ]
    return tuple(sorted(flips, key=lambda flip: (flip.fixed, flip.label)))


def _mean(right: npt.NDArray[np.bool_]) -> float | None:
    return float(right.mean()) if len(right) else None


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
