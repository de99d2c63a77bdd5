"""Closer looks: money in a hand is small in its picture, and a network reads few pixels.

Where what a network reacts to lies close together, that part is cut out of the picture as it was decoded
and shown to it once more; else two corners are, unless the look at the whole is enough. The embedding is the
weighted mean of all looks, and as long as they are. What that brings, and what it was chosen by, is in
training/EXPERIMENTS.md, "A second look" and "Corners, too".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.pictures import network_input, seen

SMALL = 0.165
"""Spread below which a part stands out and is looked at alone, as a share of the picture's side; an evenly
filled picture has 0.29."""

REACH = 3.5
"""Side of the part that stands out, in spreads."""

LEAST = 0.25
"""The same as a share of the side, at least."""

LEAST_PIXELS = 96
"""Shorter side of a part in pixels, at least: fewer would only be enlarged."""

PART_WEIGHT = 0.75
"""What the look at a part that stands out counts for; the one at the whole keeps the rest, since a part may
mislead."""

CORNER = 0.7
"""Side of a corner, as a share of the picture's."""

CORNER_WEIGHT = 0.25
"""What the look at each of two corners counts for."""

FINE = 36
"""Places along a side where evidence of several looks lies together."""

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
        weight: What a look at it counts for, 0 to 1; the one at the whole picture keeps the rest.
    """

    left: float
    top: float
    side: float
    weight: float

    def of(self, image: Image.Image) -> Image.Image | None:
        """Cut this part out of a picture; None if there is nothing more to be seen in so few pixels."""
        left, right = (round(share * image.width) for share in (self.left, self.left + self.side))
        top, bottom = (round(share * image.height) for share in (self.top, self.top + self.side))
        if min(right - left, bottom - top) < LEAST_PIXELS:
            return None
        return image.crop((left, top, right, bottom))


CORNERS = (Part(0, 0, CORNER, CORNER_WEIGHT), Part(1 - CORNER, 1 - CORNER, CORNER, CORNER_WEIGHT))
"""The upper left and the lower right one: between them they show every place but two far corners."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen of a picture.

    Attributes:
        embedding: float32 (d,).
        parts: What was looked at besides the whole.
    """

    embedding: Floats
    parts: tuple[Part, ...]


def parts_to_look_at(reaction: Floats) -> tuple[Part, ...]:
    """Find what of a picture is worth a closer look.

    Args:
        reaction: How strongly a network reacts to each place, (h, w), at least 0.

    Returns:
        The one part that all else is the background of; `CORNERS` if there is no such part; nothing if the
        network does not say where it reacts.
    """
    weights = np.square(reaction.astype(np.float64))
    if min(weights.shape) < 3 or weights.sum() <= 0:
        return ()
    weights /= weights.sum()
    rows, columns = ((np.arange(count) + 0.5) / count for count in weights.shape)
    (y, height), (x, width) = (_spread(rows, weights.sum(axis=1)), _spread(columns, weights.sum(axis=0)))
    spread = max(height, width)
    if spread >= SMALL:
        return CORNERS
    side = max(REACH * spread, LEAST)
    left, top = (float(np.clip(centre - side / 2, 0, 1 - side)) for centre in (x, y))
    return (Part(left, top, side, PART_WEIGHT),)


def look(
    run: Run,
    size: int,
    shown: Sequence[Image.Image],
    whole: Callable[[int], Image.Image | None],
    enough: Callable[[Floats], bool] | None = None,
) -> list[Looked]:
    """Look at pictures, at the whole and closer.

    Args:
        run: The network's forward pass.
        size: Side of its square input in pixels.
        shown: The n pictures, as `model.pictures.seen` returns them; at least one.
        whole: Gives one of them by its number as it was decoded, RGB; None if it is gone meanwhile.
        enough: Says by the embedding (d,) of the whole whether corners may be left out; if None, they never
            are. A part that stands out is always looked at: what is small is easily taken for nothing.

    Returns:
        What was seen of each.
    """
    embeddings, reactions = run(np.stack([network_input(image, size) for image in shown]))
    closer: list[list[tuple[Part, Pixels]]] = []
    for number, (embedding, reaction) in enumerate(zip(embeddings, reactions, strict=True)):
        parts = parts_to_look_at(reaction)
        if parts == CORNERS and enough and enough(embedding):
            parts = ()
        image = whole(number) if parts else None
        cuts = [(part, part.of(image)) for part in parts] if image else []
        closer.append([(part, network_input(seen(cut), size)) for part, cut in cuts if cut])
    pixels = [cut for each in closer for _, cut in each]
    again = iter(run(np.stack(pixels))[0] if pixels else ())
    return [
        Looked(_mean(embedding, [(part, next(again)) for part, _ in each]), tuple(part for part, _ in each))
        for embedding, each in zip(embeddings, closer, strict=True)
    ]


def laid_together(whole: Floats, closer: Sequence[tuple[Part, Floats]]) -> Floats:
    """Lay evidence that was found in parts of a picture over that of the whole.

    Args:
        whole: (h, w), of the whole picture.
        closer: Parts, and (h, w) of each.

    Returns:
        (`FINE`, `FINE`), with about the weighted mean of all sums; the evidence of the whole, if that is all.
    """
    if not closer:
        return whole
    return _weighted(
        _resized(whole, (FINE, FINE)), [(part, _placed(part, evidence)) for part, evidence in closer]
    )


def _placed(part: Part, evidence: Floats) -> Floats:
    left, right = (round(share * FINE) for share in (part.left, part.left + part.side))
    top, bottom = (round(share * FINE) for share in (part.top, part.top + part.side))
    fine = np.zeros((FINE, FINE), np.float32)
    fine[top:bottom, left:right] = _resized(evidence, (right - left, bottom - top))
    return fine


def _mean(whole: Floats, closer: Sequence[tuple[Part, Floats]]) -> Floats:
    """Average embeddings (d,) and keep their length: a shorter one would pass for doubt."""
    if not closer:
        return whole
    mean = _weighted(whole, closer)
    length = _weighted(_length(whole), [(part, _length(each)) for part, each in closer])
    return np.asarray(mean * length / np.maximum(_length(mean), 1e-9), np.float32)


def _length(embedding: Floats) -> Floats:
    return np.asarray(np.linalg.norm(embedding), np.float32)


def _weighted(whole: Floats, closer: Sequence[tuple[Part, Floats]]) -> Floats:
    mean = whole * (1 - sum(part.weight for part, _ in closer))
    return np.asarray(mean + sum(part.weight * each for part, each in closer), np.float32)


def _resized(evidence: Floats, size: tuple[int, int]) -> Floats:
    """Enlarge evidence (h, w) to a width and a height; it keeps about its sum."""
    image = Image.fromarray(evidence).resize(size, Image.Resampling.BILINEAR)
    return np.array(image) * np.float32(evidence.size / (size[0] * size[1]))


def _spread(places: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Mean and standard deviation of places with weights that sum to 1."""
    mean = float((weights * places).sum())
    return mean, float(np.sqrt((weights * np.square(places - mean)).sum()))
