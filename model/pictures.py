"""Bytes from strangers to upright RGB pictures to network input: the one decoder of the project.

Serving, training and measuring all read pictures through this module, so that the network sees in a
chat exactly what it saw while it learned.
"""

import io
import struct
import zlib
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pi_heif
from PIL import Image, ImageOps

from model.errors import PictureError

MAX_PIXELS = 64_000_000
"""Above what phones take (50 megapixels) and far below what fills the memory."""

MIN_SIDE = 24
"""Pixels. Nobody can tell a note in a smaller picture."""

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
# JFIF, colour profile, Adobe's colour transform: they change how pixels look and tell nothing else.
_HARMLESS_SEGMENTS = frozenset({"APP0", "APP2", "APP14"})
_WHITE = (255, 255, 255, 255)


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
        return _rgb(_upright(image))
    except _BOMB as err:
        raise _too_large() from err
    except _DAMAGED as err:
        raise PictureError("The picture is damaged or cut off; please send it again.") from err


def network_input(image: Image.Image, size: int) -> npt.NDArray[np.uint8]:
    """Shrink or enlarge a picture to the square that a network reads.

    Args:
        image: An RGB picture.
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
    image.info = {}
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def _open(data: bytes) -> Image.Image:
    _register_heif()
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except _BOMB as err:
        raise _too_large() from err
    except _DAMAGED as err:
        raise PictureError(
            "That is no picture I can read; please send a photo (JPEG, PNG, WebP or HEIC)."
        ) from err
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise _too_large()
    if min(width, height) < MIN_SIDE:
        raise PictureError(f"The picture is too small ({width} x {height} pixels); please send a larger one.")
    # Some phones add a second view behind the first ("MPO"); that is no animation.
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise PictureError("That is an animation; please send a single photo.")
    return image


def _too_large() -> PictureError:
    millions = MAX_PIXELS // 1_000_000
    return PictureError(f"The picture has more than {millions} million pixels; please send a smaller one.")


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except _DAMAGED:
        return image  # a picture whose notes are damaged is still a picture


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _from_deep_grey(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, _WHITE), layer).convert("RGB")
    return image.convert("RGB")


def _from_deep_grey(image: Image.Image) -> Image.Image:
    """Scale 16-bit and floating grey to 8 bits: Pillow's own conversion clips it."""
    values: npt.NDArray[Any] = np.nan_to_num(np.asarray(image, np.float64))
    top = 65535.0 if values.max() > 255 else 255.0
    return Image.fromarray((values.clip(0, top) * (255 / top)).astype(np.uint8)).convert("RGB")


def _is_plain_jpeg(data: bytes) -> bool:
    image = Image.open(io.BytesIO(data), formats=FORMATS)
    return (
        image.format == "JPEG"
        and image.mode in ("RGB", "L")
        and {name for name, _ in getattr(image, "applist", [])} <= _HARMLESS_SEGMENTS
        # Anything behind the end marker would be kept, and served, unseen.
        and data.endswith(b"\xff\xd9")
    )


@cache
def _register_heif() -> None:
    pi_heif.register_heif_opener()
