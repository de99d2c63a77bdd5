"""Where the network looked, laid over the photo, and the same in words. Pure: NumPy and Pillow.

The picture says it by brightness as well as by hue, and an outline says it a third time: what counted is
lit and orange, the rest is dark and grey. So nothing depends on telling red from green.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from model.pictures import chat_photo

SIDE = 1024
"""Longest side of the rendered picture in pixels; chats show no more of it."""

NOWHERE = "though no single place stands out"
EVERYWHERE = "over most of the picture"
SCATTERED = "in several places"

STRONG = 0.5
"""Share of the strongest place from which a place counts as looked at; the outline runs there."""

_ORANGE = np.array((255.0, 130.0, 0.0))
_DARK = 0.4  # how much light is left where nobody looked
_TINT = 0.4
_MOST = 0.45  # share of the picture
_NEAR = 0.3  # of its side, around the middle of what counted
_TOGETHER = 0.6  # share of what counted that lies there
_GRID = 60
_NAMES = (
    ("the upper left", "the upper part", "the upper right"),
    ("the left part", "the middle", "the right part"),
    ("the lower left", "the lower part", "the lower right"),
)

Heat = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a network says what it says of a picture.

    Attributes:
        picture: The photo with what counted lit up, JPEG.
        where: That place in words that continue a sentence ("mostly in the upper left of the picture").
        model: The version that was asked.
    """

    picture: bytes
    where: str
    model: str


def explanation(photo: Image.Image, evidence: Heat, model: str) -> Explanation:
    """Show evidence over the photo that it was found in.

    Args:
        photo: RGB, upright, of any size.
        evidence: (h, w), any real numbers: how much each place of the photo, stretched to that shape,
            speaks for the class (above 0) or against it.
        model: The version that was asked.
    """
    return Explanation(render(photo, evidence), where(evidence), model)


def render(photo: Image.Image, evidence: Heat) -> bytes:
    """Light up what counted and darken the rest.

    Args:
        photo: RGB, upright, of any size.
        evidence: As in `explanation`.

    Returns:
        A JPEG of the photo's proportions, at most `SIDE` pixels long, as chats take it.
    """
    shown = photo.copy()
    shown.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    colours = np.asarray(shown, np.float32)  # (h, w, 3)
    heat = spread(evidence, shown.size)[..., None]  # (h, w, 1)
    grey = np.asarray(shown.convert("L"), np.float32)[..., None] * _DARK
    lit = colours * (1 - _TINT) + _ORANGE * _TINT
    pixels = grey * (1 - heat) + lit * heat
    light, dark = _lines(heat[..., 0], max(1, round(max(shown.size) / 400)))
    pixels[light] = 255.0
    pixels[dark] = 0.0
    return chat_photo(Image.fromarray(pixels.clip(0, 255).astype(np.uint8)))


def spread(evidence: Heat, size: tuple[int, int]) -> Heat:
    """Enlarge evidence smoothly to a picture.

    Args:
        evidence: As in `explanation`.
        size: Width and height in pixels.

    Returns:
        float32 (height, width), 0 to 1; 1 at the strongest place, 0 wherever nothing speaks for the class,
        and everywhere if nothing does.
    """
    image = Image.fromarray(np.asarray(evidence, np.float32))
    heat = np.asarray(image.resize(size, Image.Resampling.BICUBIC)).clip(0, None)
    top = float(heat.max())
    return np.asarray(heat / top if top > 0 else np.zeros_like(heat), np.float32)


def where(evidence: Heat) -> str:
    """Say in words where the evidence is, for those who do not see the picture.

    Args:
        evidence: As in `explanation`.
    """
    heat = spread(evidence, (_GRID, _GRID))
    counted = np.where(heat >= STRONG, heat, 0.0)
    if not counted.any():
        return NOWHERE
    if (counted > 0).mean() > _MOST:
        return EVERYWHERE
    rows, columns = (np.mgrid[:_GRID, :_GRID] + 0.5) / _GRID  # 0 to 1 from the upper left
    weights = counted / counted.sum()
    y, x = float((weights * rows).sum()), float((weights * columns).sum())
    near = np.hypot(rows - y, columns - x) <= _NEAR
    if weights[near].sum() < _TOGETHER:
        return SCATTERED
    return f"mostly in {_NAMES[int(3 * y)][int(3 * x)]} of the picture"


def _lines(heat: Heat, width: int) -> tuple[Mask, Mask]:
    """The border of what is at least `STRONG`: a light line inside it and a dark one outside.

    One of the two stands out from any photo.
    """
    strong = Image.fromarray((heat >= STRONG).astype(np.uint8))
    inner, here, outer = (
        np.asarray(image) > 0
        for image in (
            strong.filter(ImageFilter.MinFilter(2 * width + 1)),
            strong,
            strong.filter(ImageFilter.MaxFilter(2 * width + 1)),
        )
    )
    return here & ~inner, outer & ~here
