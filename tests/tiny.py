"""Drawn "notes" that differ by colour, for a network small enough to be fitted within a test run."""

import numpy as np
from PIL import Image

COLOURS = {"EUR": (40, 60, 200), "NONE": (120, 120, 120), "USD": (40, 170, 60)}
"""The classes of the tiny network."""

OTHER = (20, 210, 220)
"""A colour that it has never seen."""


def note(label: str, rng: np.random.Generator, colour: tuple[int, int, int] | None = None) -> Image.Image:
    """Draw a noisy rectangle of the colour of a class on a noisy ground."""
    pixels = rng.normal(235, 8, (60, 80, 3))
    top, left = rng.integers(3, 12, 2)
    pixels[top : top + 42, left : left + 60] = np.array(colour or COLOURS[label]) + rng.normal(
        0, 12, (42, 60, 3)
    )
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
