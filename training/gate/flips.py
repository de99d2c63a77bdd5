"""The held-out pictures that a candidate fixes or breaks, as one picture for a phone.

It is drawn when it is sent and kept nowhere: a version remembers no picture, and who wants theirs
deleted shall not find it in a folder of models.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from training.data.dataset import Dataset
from training.gate.report import Flip
from training.intake.sheet import Entry, Section, drawn
from training.measuring.words import class_name

WIDE = 3
"""Pictures side by side: as wide as a phone reads without zooming."""


LONGEST_NAME = 15
"""Characters of a class below a picture."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What there is to see of the flips.

    Attributes:
        png: The contact sheet; None where none of the pictures is here.
        missing: Pictures whose file is not here: the base model came with their embeddings alone, or they
            were taken out of the data set since.
    """

    png: bytes | None
    missing: int


def flip_sheet(flips: Sequence[Flip], dataset: Dataset) -> Sheet:
    """Draw the pictures that changed sides, the broken ones first.

    Args:
        flips: Which ones.
        dataset: Where their files are, if they are here.

    Raises:
        OSError: One of them was deleted meanwhile.
    """
    here = [(flip, path) for flip in flips if (path := dataset.path(flip.sha256, flip.label)).is_file()]
    if not here:
        return Sheet(None, len(flips))
    sections = [
        Section(
            title,
            tuple(Entry((path,), _caption(flip)) for flip, path in here if flip.fixed == fixed),
            WIDE,
        )
        for title, fixed in (("Broken", False), ("Fixed", True))
    ]
    out = io.BytesIO()
    drawn(sections).save(out, "PNG")
    return Sheet(out.getvalue(), len(flips) - len(here))


def _caption(flip: Flip) -> str:
    return f"is {_name(flip.label)}\n{_name(flip.before)} > {_name(flip.after)}"


def _name(label: str) -> str:
    """Name a class so that two fit side by side."""
    name = class_name(label)
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
