"""A second look: money in a hand is small in its picture, and a network reads few pixels.

Where what a network reacts to lies close together, that part is cut out of the picture as it was decoded
and shown to it once more. The embedding is the weighted mean of both looks, and as long as they are. What
that brings, and what it was chosen by, is in training/EXPERIMENTS.md, "A second look".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.pictures import network_input, seen

SMALL = 0.165
"""Spread below which a picture is looked at again, as a share of its side; an evenly filled one has 0.29."""

REACH = 3.5
"""Side of the part that is looked at again, in spreads."""

LEAST = 0.25
"""The same as a share of the side, at least."""

LEAST_PIXELS = 96
"""Shorter side of that part in pixels, at least: fewer would only be enlarged."""

WEIGHT = 0.75
"""What the second look counts for; the first one keeps the rest, since a part may mislead."""

FINE = 36
"""Places along a side where evidence of both looks lies together."""

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Run = Callable[[Pixels], tuple[Floats, Floats]]
"""Pixels, uint8 (n, s, s, 3) → embeddings, float32 (n, d), and how strongly the network reacts to each place,
float32 (n, h, w), at least 0."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a picture, in shares of its width and height, 0 to 1.

    Attributes:
        left: Where it begins.
        top: Where it begins.
        side: How wide and how high it is.
    """

    left: float
    top: float
    side: float

    def of(self, image: Image.Image) -> Image.Image | None:
        """Cut this part out of a picture; None if there is nothing more to be seen in so few pixels."""
        left, right = (round(share * image.width) for share in (self.left, self.left + self.side))
        top, bottom = (round(share * image.height) for share in (self.top, self.top + self.side))
        if min(right - left, bottom - top) < LEAST_PIXELS:
            return None
        return image.crop((left, top, right, bottom))

    def onto(self, whole: Floats, closer: Floats) -> Floats:
        """Lay evidence that was found in this part over that of the whole picture.

        Args:
            whole: (h, w), of the whole picture.
            closer: (h, w), of this part.

        Returns:
            (`FINE`, `FINE`), with about the weighted mean of both sums.
        """
        left, right = (round(share * FINE) for share in (self.left, self.left + self.side))
        top, bottom = (round(share * FINE) for share in (self.top, self.top + self.side))
        fine = np.zeros((FINE, FINE), np.float32)
        fine[top:bottom, left:right] = _resized(closer, (right - left, bottom - top))
        return _mean(_resized(whole, (FINE, FINE)), fine)


def part_to_look_at(reaction: Floats) -> Part | None:
    """Find the part of a picture that all else is the background of.

    Args:
        reaction: How strongly a network reacts to each place, (h, w), at least 0.

    Returns:
        The part; None if there is no such part, and one look says it all.
    """
    weights = np.square(reaction.astype(np.float64))
    if min(weights.shape) < 3 or weights.sum() <= 0:  # so coarse a map says nothing of where
        return None
    weights /= weights.sum()
    rows, columns = ((np.arange(count) + 0.5) / count for count in weights.shape)
    (y, height), (x, width) = (_spread(rows, weights.sum(axis=1)), _spread(columns, weights.sum(axis=0)))
    spread = max(height, width)
    if spread >= SMALL:
        return None
    side = max(REACH * spread, LEAST)
    left, top = (float(np.clip(centre - side / 2, 0, 1 - side)) for centre in (x, y))
    return Part(left, top, side)


def look(
    run: Run, size: int, shown: Sequence[Image.Image], whole: Callable[[int], Image.Image | None]
) -> Floats:
    """Look at pictures, at some of them twice.

    Args:
        run: The network's forward pass.
        size: Side of its square input in pixels.
        shown: The n pictures, as `model.pictures.seen` returns them; at least one.
        whole: Gives one of them by its number as it was decoded, RGB; None if it is gone meanwhile.

    Returns:
        Embeddings, float32 (n, d).
    """
    embeddings, reactions = run(np.stack([network_input(image, size) for image in shown]))
    numbers, closer = [], []
    for number, part in enumerate(map(part_to_look_at, reactions)):
        image = whole(number) if part else None
        cut = part.of(image) if part and image else None
        if cut:
            numbers.append(number)
            closer.append(network_input(seen(cut), size))
    if closer:
        again, _ = run(np.stack(closer))
        embeddings[numbers] = _between(embeddings[numbers], again)
    return embeddings


def _between(first: Floats, second: Floats) -> Floats:
    """Average embeddings (n, d) and keep their length: a shorter one would pass for doubt."""
    mean = _mean(first, second)
    lengths = [np.linalg.norm(rows, axis=1, keepdims=True) for rows in (mean, first, second)]
    return np.asarray(mean * _mean(*lengths[1:]) / np.maximum(lengths[0], 1e-9), np.float32)


def _mean(first: Floats, second: Floats) -> Floats:
    return np.asarray((1 - WEIGHT) * first + WEIGHT * second, np.float32)


def _resized(evidence: Floats, size: tuple[int, int]) -> Floats:
    """Enlarge evidence (h, w) to a width and a height; it keeps about its sum."""
    image = Image.fromarray(evidence).resize(size, Image.Resampling.BILINEAR)
    return np.array(image) * np.float32(evidence.size / (size[0] * size[1]))


def _spread(places: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Mean and standard deviation of places with weights that sum to 1."""
    mean = float((weights * places).sum())
    return mean, float(np.sqrt((weights * np.square(places - mean)).sum()))
