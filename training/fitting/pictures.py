"""Labelled pictures in memory, ready to be shown to a network."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from model.errors import PictureError
from model.pictures import SEEN_SIDE, decode, seen
from model.prediction import NONE
from training.data.dataset import as_stored
from training.data.folders import Example
from training.events import OnEvent, Progress

NONE_WEIGHT = 2.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture and what is known of it.

    Attributes:
        image: What networks are shown of it, as `model.pictures.seen` returns it.
        label: Its class.
        split: "train" or "test".
        sha256: Of the file that the data set keeps of it, in hexadecimal.
        path: Its file, which holds more of it than `image`.
    """

    image: Image.Image
    label: str
    split: str
    sha256: str
    path: Path


def read(examples: Sequence[Example], splits: Sequence[str], report: OnEvent) -> list[Picture]:
    """Decode pictures from disk, several at a time.

    Args:
        examples: What to read.
        splits: The split of each.
        report: Where progress goes, stage "reading".

    Returns:
        The pictures in order, without those that cannot be read.
    """
    pictures: list[Picture] = []
    # As many as there are cores: Pillow lets go of the interpreter lock while it decodes.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done, picture in enumerate(pool.map(_read, examples, splits), 1):
            if picture is not None:
                pictures.append(picture)
            report(Progress("reading", done, len(examples)))
    return pictures


def _read(example: Example, split: str) -> Picture | None:
    try:
        stored = as_stored(example.path)
        image = seen(decode(stored.data, SEEN_SIDE))
    except (PictureError, OSError):  # damaged, or taken back since it was listed
        return None
    return Picture(image, example.label, split, stored.sha256, example.path)


def batches(count: int, size: int) -> Iterator[slice]:
    """Cut `count` things into slices of at most `size`."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def class_weights(targets: np.ndarray, labels: Sequence[str]) -> np.ndarray:
    """Weigh classes so that a thin one counts nearly as much as a thick one, and `NONE` for all it covers.

    Args:
        targets: Class indices (n,).
        labels: The classes.

    Returns:
        Weights (classes,), 1 on average over the pictures: proportional to 1 / sqrt(count), since equal
        weights would drown thin classes and 1 / count would let ten pictures shout down a thousand.
        `NONE` gets twice that: it stands for everything else in the world, and a wrong currency is worse
        than "I do not know this one".
    """
    counts = np.bincount(targets, minlength=len(labels))
    weights = 1 / np.sqrt(np.maximum(counts, 1))
    if NONE in labels:
        weights[labels.index(NONE)] *= NONE_WEIGHT
    return np.asarray(weights * counts.sum() / (weights * counts).sum())
