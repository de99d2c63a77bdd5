"""Makes damaged and malicious picture files out of sound ones."""

import base64
import io
import random
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

ORIENTATION = 0x0112
TIMES = 200
"""How often each sound file is cut off, and how often its bits are flipped."""

# 64 x 48 pixels, red on the left and blue on the right; the library that reads HEIC here cannot write it.
HEIC = zlib.decompress(
    base64.b64decode(
        "eNpjYGCQSSupLMhIzUxmAILczDRDEDs3MzGNgYGxNje1JJEBAhQzUnKKoGyGgszkEgY0oJSZkw82xMWBgREIgYBxIYQGAlUgVs7M"
        "zEsD80CiokBOKhOUl1GWbAhi8hVkluTClfzNLCgqANJ3MwuS84F0GVCZMyMzSGgCWJHcB4Y/f3/8YGDgZ04A6pBwYORh/P8fpIAZ"
        "pIIZhOR2MTkkAiW1nBgZ0WQWKDSyTnv1ZNnOHRwZBgpAIWYQwaCYBFTO5sJ4sPhAJ9AS4eT8nKK85JwKoCgvA1sDUEgks7ggFeoz"
        "ByjWSM5JLICyQY43gNIgwPT///8PIBqIBQoyKzJBgswcHBxASiKzIBcWyMBwY21kYmZtAbJ1c1MSQYGsqMG4XrLhvefS/f8fpMV/"
        "f7r+Z92J+P+H/WW/TV/+JzLhdvQBAGSTXMU="
    )
)


def halves(mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, (220, 20, 20))
    image.paste((20, 20, 220), (size[0] // 2, 0, *size))
    return image.convert(mode)


def coded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """Write a picture in a format."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def sound() -> dict[str, bytes]:
    """One sound file of every format and of every way to compress it."""
    image = halves()
    return {
        "JPEG": coded(image, "JPEG"),
        "progressive JPEG": coded(image, "JPEG", progressive=True),
        "PNG": coded(image, "PNG"),
        "WebP": coded(image, "WEBP"),
        "lossless WebP": coded(image, "WEBP", lossless=True),
        "GIF": coded(image, "GIF"),
        "BMP": coded(halves("P", (32, 24)), "BMP"),
        "TIFF": coded(halves("L", (32, 24)), "TIFF"),
        "LZW TIFF": coded(image, "TIFF", compression="tiff_lzw"),
        "deflated TIFF": coded(image, "TIFF", compression="tiff_adobe_deflate"),
        "JPEG in TIFF": coded(image, "TIFF", compression="jpeg"),
        "HEIC": HEIC,
    }


def cut(data: bytes) -> Iterator[bytes]:
    """Cut a file off, from nothing left of it to its last byte missing."""
    for number in range(TIMES):
        yield data[: number * (len(data) - 1) // (TIMES - 1)]


def flipped(data: bytes) -> Iterator[bytes]:
    """Flip one to eight bits of a file, half of the times within its first 64 bytes."""
    chance = random.Random(len(data))
    for number in range(TIMES):
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(min(64, len(data)) if number % 2 else len(data))] ^= (
                1 << chance.randrange(8)
            )
        yield bytes(damaged)


def png_chunk(kind: bytes, data: bytes = b"") -> bytes:
    """One part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with(parts: bytes) -> bytes:
    """A PNG with further parts behind its header."""
    data = coded(halves(), "PNG")
    return data[:33] + parts + data[33:]


def jpeg_with(segments: bytes) -> bytes:
    """A JPEG with further segments behind its start."""
    data = coded(halves(), "JPEG")
    return data[:2] + segments + data[2:]


def gif_with(blocks: bytes) -> bytes:
    """A GIF with further blocks behind its header."""
    data = coded(halves(), "GIF")
    header = 13 + 3 * (2 << (data[10] & 7))
    return data[:header] + blocks + data[header:]


def jpeg_of_scans(side: int, scans: int, before: bytes = b"") -> bytes:
    """A progressive JPEG that paints itself over and over: a few bytes each, a pass over all pixels each.

    Args:
        side: Of the picture, in pixels.
        scans: How often.
        before: What stands before each repetition.
    """
    data = coded(Image.new("L", (side, side)), "JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    return data[:-2] + (before + data[start:-2]) * scans + data[-2:]


def resized_png(width: int, height: int) -> bytes:
    """A PNG that claims another size than its pixels have."""
    data = coded(halves(), "PNG")
    header = struct.pack(">II", width, height) + data[24:29]
    return data[:8] + png_chunk(b"IHDR", header) + data[33:]


def resized_gif(width: int, height: int) -> bytes:
    """A GIF that claims another size."""
    data = coded(halves(), "GIF")
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def resized_bmp(width: int, height: int) -> bytes:
    """A BMP that claims another size."""
    data = coded(halves(), "BMP")
    return data[:18] + struct.pack("<ii", width, height) + data[26:]


def resized_tiff(width: int, height: int) -> bytes:
    """A TIFF that claims another size."""
    data = bytearray(coded(halves(), "TIFF", compression="tiff_adobe_deflate"))
    start = struct.unpack("<I", data[4:8])[0]
    for number in range(struct.unpack("<H", data[start : start + 2])[0]):
        at = start + 2 + 12 * number
        tag = struct.unpack("<H", data[at : at + 2])[0]
        if tag in (256, 257):
            data[at + 2 : at + 12] = struct.pack("<HII", 4, 1, width if tag == 256 else height)
    return bytes(data)


def resized_heic(width: int, height: int) -> bytes:
    """A HEIC that claims another size."""
    at = HEIC.index(b"ispe") + 8
    return HEIC[:at] + struct.pack(">II", width, height) + HEIC[at + 8 :]


def resized_webp(width: int, height: int) -> bytes:
    """A lossless WebP that claims another size, up to 16384 a side."""
    data = coded(halves(), "WEBP", lossless=True)
    at = data.index(b"VP8L") + 9
    kept = struct.unpack("<I", data[at : at + 4])[0] & 0xF0000000
    bits = struct.pack("<I", kept | (width - 1) | (height - 1) << 14)
    return data[:at] + bits + data[at + 4 :]


def exif_blocks() -> Iterator[bytes]:
    """Notes about a picture that contradict themselves."""
    entry = struct.pack(">HHI", ORIENTATION, 3, 1)
    yield b"Exif\0\0"
    yield b"Exif\0\0MM\0*\0\0\xff\xff broken"
    yield b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + b"\0\xff\0\0\0\0\0\0"  # no such orientation
    yield b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + b"\0\x06\0\0\0\0\0\x08"  # the next block is this one
    yield b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + entry  # 65535 entries, one of them there
    yield b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHII", ORIENTATION, 2, 0xFFFFFFFF, 0xFFFFFFF0)
    yield b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHII", 0x8825, 4, 1, 8) + b"\0\0\0\0"
    yield b"Exif\0\0XX\0*\0\0\0\x08"
    chance = random.Random(0)
    for _ in range(40):
        yield b"Exif\0\0MM\0*\0\0\0\x08" + chance.randbytes(chance.randint(0, 80))
