"""Candidate against model in use, on the same held-out pictures: may it take over?

A pure function of both models' scores. Few pictures are held out, so a rule on bare points would stop
every candidate at the first unlucky picture: each rule leaves one picture of slack.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]

SIGNIFICANT = 0.05
"""Below this probability of chance, a loss counts as real."""

MAX_LOSS = 0.01
"""How much accuracy a candidate may lose. Adding a class costs the old ones about a point."""

MAX_CLASS_LOSS = 0.10
"""How much recall any one class may lose."""

MIN_CLASS = 5
"""Held-out pictures from which the recall of a class says anything."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the comparison found.

    Attributes:
        candidate: Version that wants to take over.
        current: Version in use; None when there is none.
        held_out: Pictures that both were measured on, new classes included.
        accuracy: Share of right answers, 0 to 1, of "candidate" and "current", on the pictures whose
            class the version in use knows; None where nothing could be measured.
        recalls: For each class its held-out "count" and the recall of "candidate" and "current", 0 to 1;
            None for a model that does not know the class.
        fixed: Pictures, of the classes the version in use knows, that only the candidate gets right.
        broken: Those that only the version in use gets right.
        p_value: Exact McNemar test, two-sided: how likely chance alone makes such a difference.
        passed: Whether the candidate may take over.
        reasons: Why, as sentences for the chat.
    """

    candidate: str
    current: str | None
    held_out: int
    accuracy: Mapping[str, float | None]
    recalls: Mapping[str, Mapping[str, float | int | None]]
    fixed: int
    broken: int
    p_value: float
    passed: bool
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Report":
        """Read what `to_dict` wrote."""
        return cls(**{**values, "reasons": tuple(values["reasons"])})


def compare(
    candidate_probs: Floats,
    candidate_labels: Sequence[str],
    current_probs: Floats | None,
    current_labels: Sequence[str],
    truth: Sequence[str],
    candidate: str,
    current: str | None,
) -> Report:
    """Compare two models on the same n pictures.

    The candidate passes when all of this holds:

    - something was measured;
    - it knows every class that the version in use knows;
    - on the pictures of those classes its accuracy is at most `MAX_LOSS` (or one picture) lower;
    - and not lower beyond chance (exact McNemar test on the pictures that only one gets right;
      Q. McNemar, Psychometrika 12, 1947, pages 153 to 157);
    - no class with `MIN_CLASS` held-out pictures loses more than `MAX_CLASS_LOSS` recall (or one
      picture).

    Args:
        candidate_probs: Scores of the candidate, (n, classes of the candidate).
        candidate_labels: Its classes.
        current_probs: Scores of the version in use, (n, its classes); None when there is none.
        current_labels: Its classes; empty when there is none.
        truth: True class of each picture, n names.
        candidate: Name of the candidate.
        current: Name of the version in use, if any.
    """
    names = np.array(truth, dtype=object)  # (n,)
    right_new = _right(candidate_probs, candidate_labels, names)  # (n,)
    right_old = _right(current_probs, current_labels, names)  # (n,)
    shared = np.isin(names, list(current_labels)) if current_labels else np.ones(len(names), np.bool_)
    fixed = int((right_new & ~right_old & shared).sum()) if current_labels else 0
    broken = int((~right_new & right_old & shared).sum())
    accuracy = {
        "candidate": _mean(right_new[shared]),
        "current": _mean(right_old[shared]) if current_labels else None,
    }
    recalls: dict[str, dict[str, float | int | None]] = {}
    for label in sorted(set(truth)):
        chosen = names == label
        recalls[label] = {
            "count": int(chosen.sum()),
            "candidate": _mean(right_new[chosen]) if label in candidate_labels else None,
            "current": _mean(right_old[chosen]) if label in current_labels else None,
        }
    p_value = mcnemar(fixed, broken)
    forgotten = [label for label in current_labels if label not in candidate_labels]
    against = _objections(len(truth), int(shared.sum()), forgotten, fixed, broken, p_value, recalls)
    return Report(
        candidate=candidate,
        current=current,
        held_out=len(truth),
        accuracy=accuracy,
        recalls=recalls,
        fixed=fixed,
        broken=broken,
        p_value=p_value,
        passed=not against,
        reasons=tuple(against) or (_approval(accuracy, fixed, broken, int(shared.sum())),),
    )


def mcnemar(fixed: int, broken: int) -> float:
    """Return the two-sided exact McNemar probability, 0 to 1; 1 when nothing changed."""
    flips = fixed + broken
    tail = sum(math.comb(flips, k) for k in range(min(fixed, broken) + 1))
    return min(1.0, 2 * tail / (1 << flips))  # whole numbers up to here: 2.0 ** flips would overflow


def _objections(
    held_out: int,
    shared: int,
    forgotten: Sequence[str],
    fixed: int,
    broken: int,
    p_value: float,
    recalls: Mapping[str, Mapping[str, float | int | None]],
) -> list[str]:
    if not held_out:
        return ["There is no held-out picture to measure on yet; label a few more pictures first."]
    found = [f"It no longer knows the class {label}." for label in forgotten]
    loss = broken - fixed
    if loss > max(MAX_LOSS * shared, 1):
        found.append(f"It gets {loss} pictures fewer right out of {shared}.")
    elif loss > 0 and p_value < SIGNIFICANT:
        found.append(f"It breaks {broken} pictures and fixes {fixed}, which is more than chance.")
    for label, row in recalls.items():
        count, new, old = row["count"], row["candidate"], row["current"]
        if count is None or new is None or old is None or count < MIN_CLASS:
            continue
        if round((old - new) * count) > max(MAX_CLASS_LOSS * count, 1):
            found.append(
                f"It recognises {label} in {_percent(new)} of its pictures instead of {_percent(old)}."
            )
    return found


def _approval(accuracy: Mapping[str, float | None], fixed: int, broken: int, shared: int) -> str:
    new, old = accuracy["candidate"], accuracy["current"]
    if new is None:
        return "All it is measured on is new, so there is nothing to compare it with."
    if old is None:
        return f"It gets {_percent(new)} of {shared} held-out pictures right, and no model is in use yet."
    if fixed == broken == 0:
        return f"It gets the same {_percent(new)} of {shared} held-out pictures right as the model in use."
    chance = ", no more than chance explains" if broken > fixed else ""
    return f"It fixes {fixed} and breaks {broken} of {shared} held-out pictures{chance}."


def _right(
    scores: Floats | None, labels: Sequence[str], truth: npt.NDArray[np.object_]
) -> npt.NDArray[np.bool_]:
    if scores is None or not len(truth):
        return np.zeros(len(truth), np.bool_)
    answers = np.array(labels, dtype=object)[scores.argmax(axis=1)]  # (n,)
    return np.asarray(answers == truth, np.bool_)


def _mean(right: npt.NDArray[np.bool_]) -> float | None:
    return float(right.mean()) if len(right) else None


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
