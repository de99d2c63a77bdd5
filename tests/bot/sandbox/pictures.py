"""Small pictures of every kind that the sandbox treats differently."""

import io

from PIL import Image


def picture(width: int = 200, height: int = 100, format: str = "JPEG", **options: object) -> bytes:
    """Return a two-coloured picture; left half red, right half blue."""
    image = Image.new("RGB", (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def rotated_jpeg(width: int = 200, height: int = 100) -> bytes:
    """Return a JPEG with EXIF that says: turn me by a quarter."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A phone"
    return picture(width, height, exif=exif)


def opened(data: bytes) -> Image.Image:
    """Return the decoded picture."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image
