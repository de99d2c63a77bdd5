"""Bytes from strangers to upright RGB pictures to network input: the one decoder of the project.

Serving, training and measuring all read pictures through this module, so that the network sees in a
chat exactly what it saw while it learned.
"""

import io
import math
import struct
import zlib
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pi_heif
from PIL import Image, ImageOps

from model import jpeg
from model.errors import PictureError

MAX_PIXELS = 64_000_000
"""Largest JPEG or HEIC that is decoded: above what phones take (50 megapixels), far below what fills
memory."""

MAX_DRAWN_PIXELS = 36_000_000
"""Largest picture of any other format, a page scanned at 600 dpi: decoding takes up to 24 bytes a pixel."""

MAX_READS = 250_000
"""Most reads of one file. A hostile one has a million empty parts, which take Pillow minutes."""

LONGEST_STRIP = 20
"""How many times as long as wide a chat's photo may be (Bot API, sendPhoto)."""

MIN_SIDE = 24
"""Shortest side that is decoded, in pixels. Nobody can tell a note in a smaller picture."""

SEEN_SIDE = 384
"""Longer side of what networks are shown, in pixels: a third more than they read."""

SEEN_QUALITY = 78
"""Quality of the JPEG that every picture becomes before a network sees it, 1 to 95."""

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "GIF", "BMP", "TIFF")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".gif", ".bmp", ".tif", ".tiff"})

# What Pillow's decoders raise on damaged bytes, beyond OSError.
_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    SyntaxError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_JPEGS = frozenset({"JPEG", "MPO"})
_CAMERAS = _JPEGS | {"HEIF"}


def decode(data: bytes, side: int | None = None) -> Image.Image:
    """Decode a picture fully.

    Args:
        data: The file's bytes, of any origin.
        side: Pixels per side that the caller will shrink it to. A JPEG is then decoded at a half, a
            quarter or an eighth of its size where that leaves at least twice as much.

    Returns:
        The picture in RGB, upright (EXIF orientation applied), transparency on white.

    Raises:
        PictureError: The bytes are no picture, damaged, animated, too small or too large.
    """
    try:
        image = _open(data)
        if side is not None:
            image.draft("RGB", (2 * side, 2 * side))
        image.load()
        _turn_upright(image)
        return _rgb(image)
    except _BOMB as err:
        raise _too_large(MAX_PIXELS) from err
    except _DAMAGED as err:
        raise PictureError("The picture is damaged or cut off; please send it again.") from err


def seen(image: Image.Image) -> Image.Image:
    """Make of a picture what every network is shown of it: small, and compressed like all others.

    What a camera or a web page left of grain, sharpness and block edges tells sources apart, not currencies.
    What that brought, and how little it proves, is in training/EXPERIMENTS.md, "What a network is shown".

    Args:
        image: RGB, as `decode` returns it for `SEEN_SIDE`.

    Returns:
        The picture in RGB, at most `SEEN_SIDE` pixels long.
    """
    small = image.copy()
    small.thumbnail((SEEN_SIDE, SEEN_SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    small.info = {}
    out = io.BytesIO()
    small.save(out, "JPEG", quality=SEEN_QUALITY)
    return Image.open(out).convert("RGB")


def network_input(image: Image.Image, size: int) -> npt.NDArray[np.uint8]:
    """Shrink or enlarge a picture to the square that a network reads.

    Args:
        image: An RGB picture, as `seen` returns it where a network answers or learns.
        size: Side of the square in pixels.

    Returns:
        Pixels, uint8 (size, size, 3). The picture is stretched to the square, with antialiasing.
    """
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=2.0))


def stored_jpeg(data: bytes) -> bytes:
    """Return what is kept of a picture: a JPEG that tells nothing but its pixels.

    A JPEG without metadata stays as it is, byte for byte. Anything else is turned upright and written
    anew, which drops place, time, camera and whatever else was hidden in the file.

    Raises:
        PictureError: As `decode` does.
    """
    image = decode(data)
    if _is_plain_jpeg(data):
        return data
    image.info = {}  # or Pillow would write a comment back
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def preview(data: bytes, side: int = 1280) -> bytes:
    """Return a picture as a JPEG whose longer side is at most `side` pixels, small enough for any chat.

    Raises:
        PictureError: As `decode` does.
    """
    image = decode(data, side)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    return chat_photo(image)


def chat_photo(image: Image.Image) -> bytes:
    """Return an RGB picture as a JPEG that chats take for a photo: one that is too long gets a border."""
    least = math.ceil(max(image.size) / LONGEST_STRIP)
    size = (max(image.width, least), max(image.height, least))
    image = ImageOps.pad(image, size, color="grey") if size != image.size else image
    image.info = {}
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


class _Source(io.BytesIO):
    """The bytes of a file, which may be read in so many pieces and no more."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads > MAX_READS:
            raise PictureError("The picture has too many parts to be read safely; please send it as a photo.")
        return super().read(size)


def _open(data: bytes) -> Image.Image:
    _register_heif()
    try:
        image = Image.open(_Source(data), formats=FORMATS)
    except _BOMB as err:
        raise _too_large(MAX_PIXELS) from err
    except _DAMAGED as err:
        raise PictureError(
            "That is no picture I can read; please send a photo (JPEG, PNG, WebP or HEIC)."
        ) from err
    width, height = image.size
    most = MAX_PIXELS if image.format in _CAMERAS else MAX_DRAWN_PIXELS
    if width * height > most:
        raise _too_large(most)
    if min(width, height) < MIN_SIDE:
        raise PictureError(f"The picture is too small ({width} x {height} pixels); please send a larger one.")
    if image.format in _JPEGS and jpeg.has_too_many_scans(data):
        raise PictureError("The picture has too many layers to be read safely; please send it as a photo.")
    # Some phones add a second view behind the first ("MPO"); that is no animation.
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise PictureError("That is an animation; please send a single photo.")
    return image


def _too_large(most: int) -> PictureError:
    return PictureError(
        f"The picture has more than {most // 1_000_000} million pixels; please send a smaller one."
    )


def _turn_upright(image: Image.Image) -> None:
    with suppress(*_DAMAGED):  # a picture whose notes are damaged is still a picture
        ImageOps.exif_transpose(image, in_place=True)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _from_deep_grey(image)
    if image.has_transparency_data:
        layer = image if image.mode == "RGBA" else image.convert("RGBA")
        ground = Image.new("RGB", layer.size, "white")
        ground.paste(layer, mask=layer)
        return ground
    return image if image.mode == "RGB" else image.convert("RGB")


def _from_deep_grey(image: Image.Image) -> Image.Image:
    """Scale 16-bit and floating grey to 8 bits: Pillow's own conversion clips it."""
    values: npt.NDArray[Any] = np.asarray(image)
    top = 65535.0 if np.nanmax(values) > 255 else 255.0
    shades = np.empty(values.shape, np.uint8)
    for row, shade in zip(values, shades, strict=True):  # at once, it would take ten times the picture
        shade[:] = np.nan_to_num(row.astype(np.float32)).clip(0, top) * (255 / top)
    return Image.fromarray(shades).convert("RGB")


def _is_plain_jpeg(data: bytes) -> bool:
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    profile = image.info.get("icc_profile")
    return (
        image.format == "JPEG"
        and image.mode in ("RGB", "L")
        and (profile is None or profile[36:40] == b"acsp")  # else it only calls itself one
        and jpeg.is_plain(data)
    )


@cache
def _register_heif() -> None:
    pi_heif.register_heif_opener()
