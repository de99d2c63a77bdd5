"""Pictures as phones take them, made from pictures as people collect them.

A web photo of a note fills its frame; a note in a hand is small, turned, seen from the side, partly
covered and badly lit. Every view here is drawn in one perspective warp straight to the network's
input, then goes through light, colour, blur, noise and JPEG. Never mirrored: a mirrored note exists
nowhere.
"""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

Pixels = npt.NDArray[np.uint8]
Corners = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far a view may stray from its picture; probabilities are 0 to 1.

    Attributes:
        paste: Probability of setting the picture small onto another one.
        paste_area: Smallest and largest share of the frame that a pasted picture fills.
        crop_area: Smallest share of the picture that is kept when it is not pasted.
        any_angle: Probability of turning it through any angle instead of up to 20 degrees.
        fold: Probability of showing only one end of a pasted picture, as of a note that is folded or held.
        perspective: Largest shift of a corner, as a share of the side.
        cover: Probability of covering a part (fingers, things lying on it).
        degrade: Probability of each of blur, noise and JPEG artefacts.
    """

    paste: float = 0.4
    paste_area: tuple[float, float] = (0.06, 0.7)
    crop_area: float = 0.5
    any_angle: float = 0.45
    fold: float = 0.1
    perspective: float = 0.12
    cover: float = 0.25
    degrade: float = 0.25


def view(
    image: Image.Image,
    background: Image.Image | None,
    size: int,
    rng: np.random.Generator,
    recipe: Augmentation,
) -> Pixels:
    """Draw one random view of a picture.

    Args:
        image: The picture, RGB.
        background: What a pasted picture lies on, RGB; None never pastes.
        size: Side of the square result in pixels.
        rng: Where chance comes from: the same state draws the same view.
        recipe: How far to stray.

    Returns:
        Pixels, uint8 (size, size, 3).
    """
    if background is not None and rng.random() < recipe.paste:
        shown = _folded(image, rng) if rng.random() < recipe.fold else image
        frame = _pasted(shown, background, size, rng, recipe)
    else:
        frame = _cropped(image, size, rng, recipe)
    if rng.random() < recipe.cover:
        frame = _covered(frame, rng)
    return np.asarray(_degraded(_lit(frame, rng), rng, recipe.degrade))


def _cropped(image: Image.Image, size: int, rng: np.random.Generator, recipe: Augmentation) -> Image.Image:
    """Fill the frame with a turned, tilted part of the picture."""
    area = rng.uniform(recipe.crop_area, 1.1)
    stretch = np.exp(rng.uniform(-0.25, 0.25))
    half = 0.5 * np.sqrt(area) * np.array([stretch, 1 / stretch])
    slack = np.abs(0.5 - half)
    centre = 0.5 + rng.uniform(-slack, slack)
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float64)
    shaken = square + rng.uniform(-recipe.perspective, recipe.perspective, (4, 2))
    corners = (centre + _turned(shaken * half, _angle(rng, recipe), image)) * image.size
    fill = tuple(int(value) for value in rng.integers(0, 256, 3))
    return _warped(image, corners, size, fill)


def _pasted(
    image: Image.Image, background: Image.Image, size: int, rng: np.random.Generator, recipe: Augmentation
) -> Image.Image:
    """Set the picture small, turned and tilted onto a part of another one."""
    low, high = recipe.paste_area
    area = np.exp(rng.uniform(np.log(low), np.log(high)))
    aspect = np.sqrt(image.width / image.height)
    half = 0.5 * np.sqrt(area) * np.array([aspect, 1 / aspect])
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float64)
    angle = np.deg2rad(_angle(rng, recipe))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shaken = square + rng.uniform(-recipe.perspective, recipe.perspective, (4, 2))
    corners = (shaken * half) @ turn.T
    slack = np.maximum(0.5 - np.abs(corners).max(axis=0), 0.05)
    target = (0.5 + rng.uniform(-slack, slack) + corners) * size

    frame = _random_part(background, size, rng)
    source = np.array([(0, 0), (image.width, 0), (image.width, image.height), (0, image.height)], np.float64)
    coefficients = _homography(target, source)
    shrunk = _shrunk_for(image, target)
    scale = shrunk.width / image.width
    coefficients[:6] *= scale
    note = shrunk.transform(
        (size, size), Image.Transform.PERSPECTIVE, tuple(coefficients), Image.Resampling.BILINEAR
    )
    mask = Image.new("L", (size, size), 0)
    ImageDraw.Draw(mask).polygon([tuple(point) for point in target], fill=255)
    frame.paste(note, mask=mask.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2))))
    return frame


def _folded(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Keep one end of the picture, along its longer side."""
    share = rng.uniform(0.45, 0.8)
    width, height = image.size
    across = width >= height
    kept = round(share * (width if across else height))
    start = 0 if rng.random() < 0.5 else (width if across else height) - kept
    return image.crop((start, 0, start + kept, height) if across else (0, start, width, start + kept))


def _angle(rng: np.random.Generator, recipe: Augmentation) -> float:
    """Degrees: anything, or nearly level."""
    if rng.random() < recipe.any_angle:
        return float(rng.uniform(-180, 180))
    return float(rng.normal(0, 8))


def _turned(points: Corners, degrees: float, image: Image.Image) -> Corners:
    """Turn points given as shares of the picture's sides, keeping angles true in pixels."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    sides = np.array(image.size, np.float64)
    return np.asarray((points * sides) @ turn.T / sides)


def _random_part(image: Image.Image, size: int, rng: np.random.Generator) -> Image.Image:
    share = rng.uniform(0.4, 1.0, 2) * image.size
    left, top = rng.uniform(0, 1, 2) * (np.array(image.size) - share)
    box = (left, top, left + share[0], top + share[1])
    return image.resize((size, size), Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)


def _warped(image: Image.Image, corners: Corners, size: int, fill: tuple[int, ...]) -> Image.Image:
    """Stretch a quadrilateral of the picture (corners in pixels) over a square."""
    square = np.array([(0, 0), (size, 0), (size, size), (0, size)], np.float64)
    side = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1).max()
    # A warp samples single pixels: shrink first, or fine print turns into noise.
    factor = max(1.0, side / size)
    if factor > 1:
        smaller = (max(1, round(image.width / factor)), max(1, round(image.height / factor)))
        image, corners = image.resize(smaller, Image.Resampling.BILINEAR, reducing_gap=2.0), corners / factor
    coefficients = tuple(_homography(square, corners))
    return image.transform(
        (size, size), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR, fillcolor=fill
    )


def _shrunk_for(image: Image.Image, target: Corners) -> Image.Image:
    side = np.linalg.norm(target - np.roll(target, 1, axis=0), axis=1).max()
    factor = max(image.size) / max(side, 1.0)
    if factor <= 1:
        return image
    smaller = (max(1, round(image.width / factor)), max(1, round(image.height / factor)))
    return image.resize(smaller, Image.Resampling.BILINEAR, reducing_gap=2.0)


def _homography(start: Corners, end: Corners) -> npt.NDArray[np.float64]:
    """Solve for the eight coefficients with which Pillow maps `start` (4, 2) to `end` (4, 2)."""
    rows = []
    for (x, y), (u, v) in zip(start, end, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    return np.asarray(np.linalg.solve(np.array(rows), end.reshape(8)), np.float64)


def _covered(frame: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Lay up to three finger-like or flat shapes over the frame."""
    draw = ImageDraw.Draw(frame)
    for _ in range(rng.integers(1, 4)):
        centre = rng.uniform(0, frame.width, 2)
        half = rng.uniform(0.04, 0.16, 2) * frame.width
        box = (*(centre - half), *(centre + half))
        if rng.random() < 0.6:
            skin = np.array([224, 172, 140]) * rng.uniform(0.3, 1.1) + rng.normal(0, 8, 3)
            draw.ellipse(box, fill=tuple(int(value) for value in skin.clip(0, 255)))
        else:
            draw.rectangle(box, fill=tuple(int(value) for value in rng.integers(0, 256, 3)))
    return frame


def _lit(frame: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Change exposure, contrast, colour strength and the colour of the light."""
    if rng.random() < 0.15:
        return frame
    pixels = np.asarray(frame, np.float32) / 255
    cast = np.exp(rng.normal(0, 0.07, 3)) * np.exp(rng.normal(0, 0.22))
    gamma = np.exp(rng.normal(0, 0.2))
    lit = np.clip(pixels * cast.astype(np.float32), 0, 1) ** np.float32(gamma)
    if rng.random() < 0.3:  # a window at one side
        ramp = np.linspace(rng.uniform(0.4, 1), rng.uniform(0.8, 1.3), frame.width, dtype=np.float32)
        lit *= ramp[None, :, None] if rng.random() < 0.5 else ramp[:, None, None]
    frame = Image.fromarray((lit.clip(0, 1) * 255).astype(np.uint8))
    frame = ImageEnhance.Contrast(frame).enhance(float(np.exp(rng.normal(0, 0.2))))
    return ImageEnhance.Color(frame).enhance(float(np.exp(rng.normal(0, 0.25))))


def _degraded(frame: Image.Image, rng: np.random.Generator, probability: float) -> Image.Image:
    if rng.random() < probability:
        frame = frame.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 2.0)))
    if rng.random() < probability:
        noise = rng.normal(0, rng.uniform(3, 14), (frame.height, frame.width, 3))
        frame = Image.fromarray((np.asarray(frame) + noise).clip(0, 255).astype(np.uint8))
    if rng.random() < probability:
        coded = io.BytesIO()
        frame.save(coded, "JPEG", quality=int(rng.integers(25, 85)))
        frame = Image.open(coded).convert("RGB")
    return frame
