"""What can be wrong with a pile of labelled pictures; values only, `training.intake.sifting` finds it."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from training.data.folders import Example
from training.intake.alignment import Grey
from training.intake.duplicates import Fingerprint
from training.intake.quality import Quality


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
        quality: Whether it can teach.
        grey: What is laid onto other pictures, uint8 (h, w); see `training.intake.alignment`.
        given: Whether its split came with it; False where `training.data.split` has decided.
        embedding: What a model makes of it, (d,); None without a model.
    """

    example: Example
    sha256: str
    prints: Fingerprint
    quality: Quality
    grey: Grey
    given: bool = True
    embedding: npt.NDArray[np.float32] | None = None

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
        copies: Pairs of one class that show the same turned, cropped or photographed again; hashes have
            missed them. They share a group.
        poor: Pictures that teach little, those left out for another reason not among them.
        compared: Whether embeddings were there to find `copies` by.
    """

    kept: tuple[Kept, ...]
    left_out: tuple[LeftOut, ...]
    twins: tuple[tuple[Picture, Picture], ...]
    lookalikes: tuple[tuple[Picture, Picture], ...]
    copies: tuple[tuple[Picture, Picture], ...] = ()
    poor: tuple[Picture, ...] = ()
    compared: bool = False
