"""What Telegram makes of a picture that is sent as a photo."""

import io
import struct
from dataclasses import dataclass, field

from PIL import Image, ImageOps

LONGEST_SIDE = 1280
_SIDES = (90, 320, 800, LONGEST_SIDE)
_QUALITY = 87
# Beyond this the apps send a file instead; it also keeps a small PNG from taking gigabytes here.
_MAX_PIXELS = 50_000_000
_MAX_RATIO = 20
_MAX_BYTES = 10 * 1024 * 1024
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
# All that Pillow's decoders and its EXIF reader are known to raise on damaged files.
_DECODING_ERRORS = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    IndexError,
    EOFError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class NotAPhotoError(Exception):
    """The bytes cannot become a photo; the text is Telegram's name for the reason."""


@dataclass(frozen=True)
class Size:
    """One of the sizes in which a photo is kept.

    Attributes:
        width: Pixels, 1 to 1280.
        height: Pixels, 1 to 1280.
        data: JPEG without metadata.
    """

    width: int
    height: int
    data: bytes = field(repr=False)


def photo_sizes(data: bytes, sides: int | None = None) -> list[Size]:
    """Turn a picture into the sizes of a photo, smallest first: upright JPEG, longest side at most 1280.

    A JPEG that is small enough, upright and without metadata passes through byte for byte as the
    largest size: the apps re-encode every photo, but a second compression here would only blur the
    comparison with `currency-bot predict` on the same file.

    Args:
        data: The file's bytes.
        sides: Width and height at most, together, in pixels; None where an app makes pictures smaller first.

    Raises:
        NotAPhotoError: Not a picture, damaged, of extreme size or animated.
    """
    image = _upright(data)
    if sides is not None and sum(image.size) > sides:
        raise NotAPhotoError("PHOTO_INVALID_DIMENSIONS")
    light = data.startswith(b"\xff\xd8") and len(data) <= _MAX_BYTES
    plain = light and image.mode in {"RGB", "L"} and not _has_metadata(data)
    flat = _on_white(image)
    longest = max(flat.size)
    sizes = [_scaled(flat, side) for side in _SIDES if side < longest]
    if longest <= LONGEST_SIDE:
        sizes.append(Size(*flat.size, data) if plain else _scaled(flat, longest))
    return sizes


def thumbnail(data: bytes) -> Size | None:
    """Return the small preview of an image file, or None when it has none."""
    try:
        image = _on_white(_upright(data))
    except NotAPhotoError:
        return None
    return _scaled(image, min(320, max(image.size)))


def _upright(data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
        width, height = image.size
        if width * height > _MAX_PIXELS or max(width, height) > _MAX_RATIO * min(width, height):
            raise NotAPhotoError("PHOTO_INVALID_DIMENSIONS")
        if image.format == "WEBP" and getattr(image, "is_animated", False):
            raise NotAPhotoError("IMAGE_PROCESS_FAILED")
        image.load()
        return ImageOps.exif_transpose(image)
    except _DECODING_ERRORS as err:
        raise NotAPhotoError("IMAGE_PROCESS_FAILED") from err


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    canvas = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(canvas, layer).convert("RGB")


def _scaled(image: Image.Image, side: int) -> Size:
    factor = side / max(image.size)
    width, height = (max(1, round(length * factor)) for length in image.size)
    small = (
        image if (width, height) == image.size else image.resize((width, height), Image.Resampling.LANCZOS)
    )
    # A fresh image carries no EXIF, colour profile or comment into the file.
    clean = Image.new("RGB", small.size)
    clean.paste(small)
    buffer = io.BytesIO()
    clean.save(buffer, "JPEG", quality=_QUALITY)
    return Size(width, height, buffer.getvalue())


def _has_metadata(jpeg: bytes) -> bool:
    """Tell whether a JPEG has application or comment segments other than JFIF and Adobe's colour mark."""
    position = 2
    while position + 4 <= len(jpeg) and jpeg[position] == 0xFF:
        marker = jpeg[position + 1]
        if marker == 0xDA:  # start of scan: the pixels follow
            return False
        if marker == 0xFE or (0xE0 <= marker <= 0xEF and marker not in {0xE0, 0xEE}):
            return True
        position += 2 + int.from_bytes(jpeg[position + 2 : position + 4])
    return False
