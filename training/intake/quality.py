"""Pictures that teach little: too small, too dark, blurred. They are named, not left out. Pure."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from PIL import Image

SMALL_SIDE = 96
"""Pixels of the shorter side. Less is enlarged threefold before a network sees it. Of the 1860 published
and extra pictures it names eight, all catalogue thumbnails."""

DARK = 100.0
"""Grey level, 0 to 255, that the brightest twentieth of a dark picture stays below. A note on black cloth
is not dark: its own paper is bright. Of the 1860 it names three (a clock, a scorpion and a stage at
night); the darkest picture of money has 114."""

BLURRED = 100.0
"""Variance of the Laplacian of the sharpest of 4 x 4 tiles, in squared grey levels, at 256 pixels. A
Gaussian blur of 2 pixels leaves at most 52 of it to 95 in 100 pictures, of 1 pixel 233 to the median.
Of the 1860 it names one (the clock, out of focus); the next has 216 and is a soft, legible note. Over the
whole picture instead of its sharpest tile, a sharp shirt or a plane in the sky would count as blurred."""

_SIDE = 256
_TILES = 4


class Fault(StrEnum):
    """What makes a picture poor."""

    SMALL = "small"
    DARK = "dark"
    BLURRED = "blurred"


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured on a picture.

    Attributes:
        side: Its shorter side in pixels.
        brightness: Grey level that 95 % of it stay below, 0 to 255.
        sharpness: See `BLURRED`, 0 and more.
    """

    side: int
    brightness: float
    sharpness: float

    def faults(self) -> tuple[Fault, ...]:
        """Return what is wrong with the picture; usually nothing."""
        wrong = {
            Fault.SMALL: self.side < SMALL_SIDE,
            Fault.DARK: self.brightness < DARK,
            Fault.BLURRED: self.sharpness < BLURRED,
        }
        return tuple(fault for fault, is_so in wrong.items() if is_so)


def quality(image: Image.Image) -> Quality:
    """Measure an upright RGB picture.

    Sharpness is the variance of the Laplacian (J. L. Pech-Pacheco et al., "Diatom autofocusing in
    brightfield microscopy: a comparative study", ICPR 2000) at a fixed size, since it depends on that.
    """
    scale = min(1.0, _SIDE / max(image.size))
    size = (max(2 * _TILES, round(image.width * scale)), max(2 * _TILES, round(image.height * scale)))
    grey = image.convert("L").resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    levels = np.asarray(grey, np.float32)  # (h, w)
    inner = levels[1:-1, 1:-1]
    laplacian = levels[:-2, 1:-1] + levels[2:, 1:-1] + levels[1:-1, :-2] + levels[1:-1, 2:] - 4 * inner
    tiles = [
        tile
        for band in np.array_split(laplacian, _TILES, axis=0)
        for tile in np.array_split(band, _TILES, axis=1)
    ]
    return Quality(
        side=min(image.size),
        brightness=float(np.percentile(levels, 95)),
        sharpness=max(float(tile.var()) for tile in tiles),
    )
