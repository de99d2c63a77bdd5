"""What the gate found, as the chat shows it, the database keeps it and a version's folder holds it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from model.errors import ModelError

FILE = "gate.json"

Share = float | None


@dataclass(frozen=True, slots=True)
class Flip:
    """A held-out picture that only one of the two models gets right.

    Attributes:
        sha256: Of the picture's file, which may not be in the data set.
        label: Its class.
        before: What the version in use takes it for.
        after: What the candidate takes it for.
    """

    sha256: str
    label: str
    before: str
    after: str

    @property
    def fixed(self) -> bool:
        """Whether the candidate is the one that is right."""
        return self.after == self.label


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
        reasons: Why, and which classes nothing teaches, as sentences for the chat.
        flips: The pictures that were broken, then those that were fixed.
        doubt: How well each knows what it does not know, on the pictures that `accuracy` is about:
            "ece", "auroc_none" and "false_accept_rate" (see `training.measuring.metrics.Figures`) of
            "candidate" and "current"; None where nothing could be measured.
        set_aside: Pictures that came with the base as "none of these" and look like a class opened since;
            neither model was measured on them.
        run: Id of the run of the chat that wrote the candidate; None if the command line did.
    """

    candidate: str
    current: str | None
    held_out: int
    accuracy: Mapping[str, Share]
    recalls: Mapping[str, Mapping[str, float | int | None]]
    fixed: int
    broken: int
    p_value: float
    passed: bool
    reasons: tuple[str, ...]
    flips: tuple[Flip, ...] = ()
    doubt: Mapping[str, Mapping[str, Share]] = field(default_factory=dict)
    set_aside: int = 0
    run: int | None = None

    @property
    def shared(self) -> int:
        """How many pictures `accuracy` is about: all, but those of classes that are new."""
        if self.current is None:
            return self.held_out
        new = (row for row in self.recalls.values() if row["current"] is None)
        return self.held_out - sum(int(row["count"] or 0) for row in new)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Report":
        """Read what `to_dict` wrote."""
        flips = tuple(Flip(**flip) for flip in values.get("flips", ()))
        return cls(**{**values, "reasons": tuple(values["reasons"]), "flips": flips})


def write_report(report: Report, folder: Path) -> None:
    """Write the report into the folder of the candidate."""
    text = json.dumps(report.to_dict(), indent=1, ensure_ascii=False)
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def read_report(folder: Path) -> Report:
    """Read the report of a version.

    Raises:
        ModelError: It is missing or damaged.
    """
    try:
        return Report.from_dict(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as err:
        raise ModelError(
            f"How model version {folder.name!r} compares with the one before it cannot be read."
        ) from err
