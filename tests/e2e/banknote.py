"""Photos of banknotes that nobody ever issued, drawn from scratch: nobody's property, the same every time."""

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]

WIDTH, HEIGHT = 1000, 530
_FONTS = Path(matplotlib.get_data_path(), "fonts", "ttf")
_MARGIN = 34


@dataclass(frozen=True, slots=True)
class Note:
    """What is printed on a note.

    Args:
        value: Its number.
        words: Its unit.
        ink: Colour of lines and letters.
        paper: Colour of the ground.
    """

    value: str
    words: str
    ink: Colour
    paper: Colour


FIFTY = Note("50", "EURO", ink=(140, 70, 30), paper=(226, 150, 92))
TWENTY = Note("20", "EURO", ink=(30, 60, 130), paper=(110, 160, 215))
TEN = Note("10", "POUNDS", ink=(120, 60, 20), paper=(220, 170, 110))
THOUSAND = Note("1000", "YEN", ink=(40, 70, 90), paper=(190, 205, 190))


def photo(note: Note, number: int = 0, size: tuple[int, int] = (1280, 800)) -> bytes:
    """A note on a wooden table, as a JPEG without metadata.

    Args:
        note: What lies there.
        number: Another one lies a little differently on another table.
        size: Width and height in pixels.
    """
    rng = np.random.default_rng(number)
    picture = _table(size, rng).convert("RGBA")
    drawn = _drawn(note)
    scale = 0.8 * min(size[0] / WIDTH, size[1] / HEIGHT)
    drawn = drawn.resize((round(WIDTH * scale), round(HEIGHT * scale)), Image.Resampling.LANCZOS)
    drawn = drawn.rotate(rng.uniform(2, 7), Image.Resampling.BICUBIC, expand=True)
    left, top = (size[0] - drawn.width) // 2, (size[1] - drawn.height) // 2
    shadow = Image.new("RGBA", size)
    shadow.paste((0, 0, 0, 150), (left + 8, top + 14), drawn.getchannel("A"))
    picture.alpha_composite(shadow.filter(ImageFilter.GaussianBlur(14)))
    picture.alpha_composite(drawn, (left, top))
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def landscape(size: tuple[int, int] = (900, 600)) -> bytes:
    """Hills under a sky: a picture of no money, as a JPEG."""
    width, height = size
    picture = Image.new("RGB", size, (150, 195, 235))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((0.72 * width, 0.1 * height, 0.72 * width + 90, 0.1 * height + 90), fill=(255, 236, 150))
    for level, green in ((0.55, (110, 160, 110)), (0.68, (80, 135, 80)), (0.82, (50, 105, 55))):
        ridge = [
            (x, height * (level + 0.07 * math.sin(x / width * 7 + 9 * level))) for x in range(0, width + 9, 9)
        ]
        draw.polygon([*ridge, (width, height), (0, height)], fill=green)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def _drawn(note: Note) -> Image.Image:
    """The note itself, (WIDTH, HEIGHT), RGBA."""
    across = np.linspace(0, 3 * math.pi, WIDTH)[None, :, None]
    down = np.linspace(0, 2, HEIGHT)[:, None, None]
    wave = 0.5 + 0.5 * np.sin(across + down)  # (HEIGHT, WIDTH, 1)
    deep = np.array(note.paper, float)
    pixels = deep * (1 - wave) + (255 - (255 - deep) * 0.35) * wave  # (HEIGHT, WIDTH, 3)
    picture = Image.fromarray(pixels.astype(np.uint8))
    draw = ImageDraw.Draw(picture, "RGBA")
    for turn in range(40):
        draw.line(list(_rosette(turn)), fill=(*note.ink, 55), width=2)
    draw.rectangle((WIDTH - 150, 0, WIDTH - 120, HEIGHT), fill=(232, 236, 242, 170))
    _gate(draw, note.ink)
    for step in range(12):
        angle = step * math.pi / 6
        _star(draw, 0.3 * WIDTH + 95 * math.cos(angle), 0.43 * HEIGHT + 95 * math.sin(angle))
    draw.text((_MARGIN, 16), note.value, note.ink, _font(108))
    draw.text((WIDTH - _MARGIN, HEIGHT - 22), note.value, note.ink, _font(140), anchor="rs")
    draw.text((_MARGIN, HEIGHT - 30), note.words, note.ink, _font(54, "DejaVuSerif"), anchor="ls")
    draw.text((_MARGIN, HEIGHT - 100), "SPECIMEN", (*note.ink, 190), _font(26), anchor="ls")
    return picture.convert("RGBA")


def _rosette(turn: int) -> Iterator[tuple[float, float]]:
    for x in range(0, WIDTH, 4):
        share = x / WIDTH * math.pi
        swing = math.sin(4 * share + 0.16 * turn) * math.cos(1.3 * share + 0.05 * turn)
        yield x, HEIGHT * (0.5 + 0.42 * swing)


def _gate(draw: ImageDraw.ImageDraw, ink: Colour) -> None:
    middle, spring, stroke = 0.62 * WIDTH, 0.56 * HEIGHT, 14
    for radius in (210, 170, 130, 90):
        draw.arc((middle - radius, spring - radius, middle + radius, spring + radius), 180, 360, ink, stroke)
        for x in (middle - radius + stroke / 2, middle + radius - stroke / 2):
            draw.line((x, spring, x, HEIGHT - 40), ink, stroke)


def _star(draw: ImageDraw.ImageDraw, x: float, y: float) -> None:
    points = []
    for corner in range(10):
        radius, angle = (18, 8)[corner % 2], (corner / 5 - 0.5) * math.pi
        points.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    draw.polygon(points, fill=(250, 220, 90))


def _table(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Boards with a grain."""
    width, height = size
    grain = 12 * np.sin(np.arange(height) / 23 + rng.normal(0, 0.2, height))[:, None, None]
    noise = rng.normal(0, 6, (height, width, 1))
    pixels = np.array((118, 88, 64)) + rng.uniform(-8, 8) + grain + noise  # (height, width, 3)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2))


def _font(size: int, family: str = "DejaVuSans") -> ImageFont.FreeTypeFont:
    # Matplotlib brings them along: the same letters on every machine.
    return ImageFont.truetype(_FONTS / f"{family}-Bold.ttf", size)
