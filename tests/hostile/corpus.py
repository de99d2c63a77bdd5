"""The corpus of hostile pictures: what is tried, how often, and what may become of it.

Each kind says which outcomes are right. Anything else - another exception, a hang, a swollen memory - is
what the tests look for.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from PIL import Image

from tests.hostile.making import (
    HEIC,
    ORIENTATION,
    TIMES,
    coded,
    cut,
    exif_blocks,
    flipped,
    gif_with,
    halves,
    jpeg_of_scans,
    jpeg_with,
    png_chunk,
    png_with,
    resized_bmp,
    resized_gif,
    resized_heic,
    resized_png,
    resized_tiff,
    resized_webp,
    sound,
)

PICTURE = "it is read"
UNREADABLE = "no picture I can read"
DAMAGED = "damaged or cut off"
SMALL = "too small"
LARGE = "million pixels"
MOVING = "animation"
PARTS = "too many parts"
LAYERS = "too many layers"
OUTCOMES = (PICTURE, UNREADABLE, DAMAGED, SMALL, LARGE, MOVING, PARTS, LAYERS)
"""A picture, or a sentence that holds these words."""

_BROKEN = frozenset({PICTURE, UNREADABLE, DAMAGED, SMALL, LARGE, MOVING})
_REFUSED = frozenset({UNREADABLE, DAMAGED})
_NOT_SPOILT = _REFUSED | {PICTURE}
PAYLOAD = b"<script>alert(1)</script>"
N = 5990
"""Pixels a side of a picture that is just small enough."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to be hostile.

    Attributes:
        what: It in words.
        files: How many there are.
        make: Gives them.
        outcomes: What may become of them.
    """

    what: str
    files: int
    make: Callable[[], Iterator[bytes]]
    outcomes: frozenset[str]


def _wrong_names() -> Iterator[bytes]:
    yield from (
        b"",
        b"\0",
        b"\xff\xd8",
        b"GIF89a",
        b"BM",
        b"RIFF\0\0\0\0WEBP",
        b"\x89PNG\r\n\x1a\n",
        b"II*\0",
    )
    yield from (
        b"\0" * 4096,
        b"\xff" * 4096,
        b"just text, renamed .jpg",
        b"%PDF-1.7\n",
        b"PK\x03\x04" + b"\0" * 60,
    )
    yield from (
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html>",
        b"\x7fELF" + b"\0" * 60,
        b"MZ" + b"\0" * 60,
    )
    yield coded(halves(), "PPM")  # pictures, but of formats that nobody photographs in
    yield coded(halves(), "ICO")
    yield coded(halves(), "AVIF")


def _bombs() -> Iterator[bytes]:
    for width, height in ((60000, 60000), (30000, 30000), (65535, 2000), (9000, 9000)):
        yield from (resized_png(width, height), resized_gif(width, height), resized_bmp(width, height))
        yield from (resized_tiff(width, height), resized_heic(width, height))
    yield from (resized_webp(16383, 16383), resized_webp(9000, 9000), resized_png(2**31 - 1, 2**31 - 1))
    yield coded(Image.new("1", (12000, 12000)), "PNG")
    yield coded(Image.new("L", (9000, 9000)), "JPEG")
    yield coded(Image.new("RGB", (9000, 9000)), "WEBP", lossless=True, quality=0, method=0)


def _large() -> Iterator[bytes]:
    for mode in ("RGB", "RGBA", "LA", "I;16", "1"):
        yield coded(Image.new(mode, (N, N)), "PNG")
    yield coded(Image.new("P", (N, N)), "PNG", transparency=0)
    yield coded(Image.new("CMYK", (N, N)), "TIFF", compression="tiff_adobe_deflate")
    yield coded(Image.new("F", (N, N)), "TIFF", compression="tiff_adobe_deflate")
    yield coded(Image.new("RGBA", (N, N)), "WEBP", lossless=True, quality=0, method=0)
    yield coded(Image.new("P", (N, N)), "GIF")
    turned = Image.Exif()
    turned[ORIENTATION] = 6
    yield coded(Image.new("RGB", (7990, 7990)), "JPEG", exif=turned.tobytes())


def _parts() -> Iterator[bytes]:
    many = 400_000
    yield png_with(png_chunk(b"IDAT") * many)
    yield png_with(png_chunk(b"tEXt", b"a\0b") * many)
    yield png_with(png_chunk(b"abCd") * many)
    yield jpeg_with(b"\xff\xfe\0\2" * many)
    yield jpeg_with(b"\xff\xe1\0\2" * many)
    yield jpeg_with(b"\xff" * many * 2)
    yield gif_with(b"\x21\xfe\x01x\0" * many)
    yield gif_with(b"\x21\xf9\x04\0\0\0\0\0" * many)


def _shapes() -> Iterator[bytes]:
    for size in ((1, 1), (30000, 1), (1, 30000), (23, 4000), (4000, 23)):
        for kind in ("PNG", "BMP", "TIFF", "GIF", "JPEG"):
            yield coded(Image.new("L", size), kind)


def _modes() -> Iterator[bytes]:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield coded(Image.new(mode, (64, 48)), "PNG")
    for mode in ("1", "L", "CMYK", "YCbCr", "LAB", "F", "I", "I;16"):
        yield coded(Image.new(mode, (64, 48)), "TIFF")
    yield from (coded(halves(mode), "JPEG") for mode in ("L", "CMYK", "RGB"))
    yield from (coded(halves(mode), "WEBP", lossless=True) for mode in ("RGB", "RGBA", "L"))
    for transparency in (0, 1, 255, bytes(range(256)), b""):
        yield coded(halves("P"), "PNG", transparency=transparency)
    yield coded(halves("RGB"), "PNG", transparency=(220, 20, 20))
    yield coded(halves("L"), "PNG", transparency=7)
    yield coded(halves("P"), "GIF", transparency=3)
    yield HEIC


def _orientations() -> Iterator[bytes]:
    for orientation in range(12):
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
            yield coded(halves(), kind, exif=exif.tobytes())


def _broken_exif() -> Iterator[bytes]:
    for block in exif_blocks():
        yield jpeg_with(b"\xff\xe1" + (len(block) + 2).to_bytes(2) + block)
        yield png_with(png_chunk(b"eXIf", block[6:]))


def _polyglots() -> Iterator[bytes]:
    for data in sound().values():
        yield data + PAYLOAD
        yield data + b"PK\x05\x06" + PAYLOAD
    yield jpeg_with(b"\xff\xfe" + (len(PAYLOAD) + 2).to_bytes(2) + PAYLOAD)
    yield jpeg_with(b"\xff\xe2" + (len(PAYLOAD) + 2).to_bytes(2) + PAYLOAD)
    yield png_with(png_chunk(b"tEXt", b"Comment\0" + PAYLOAD))
    yield png_with(png_chunk(b"iCCP", b"x\0\0" + zlib.compress(PAYLOAD)))
    yield gif_with(b"\x21\xfe" + bytes([len(PAYLOAD)]) + PAYLOAD + b"\0")
    yield coded(halves(), "JPEG", icc_profile=PAYLOAD)
    yield coded(halves(), "JPEG", comment=PAYLOAD)


def _moving() -> Iterator[bytes]:
    frames = [halves(), Image.new("RGB", (64, 48)), Image.new("RGB", (64, 48), "white")]
    for kind in ("GIF", "PNG", "WEBP", "TIFF"):
        for count in (2, 3):
            yield coded(frames[0], kind, save_all=True, append_images=frames[1:count])


def _texts() -> Iterator[bytes]:
    for size in (1_000_000, 60_000_000):
        yield png_with(png_chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * size)) * 100)
        yield png_with(png_chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(b"x" * size)) * 100)
    yield jpeg_with((b"\xff\xfe\xff\xff" + b"x" * 65533) * 100)
    yield gif_with(b"\x21\xfe" + (b"\xff" + b"x" * 255) * 40_000 + b"\0")


def _chains() -> Iterator[bytes]:
    for scans in (100, 1000):
        yield jpeg_of_scans(7990, scans)
        yield jpeg_of_scans(7990, scans, b"\xff\x01")  # a marker without a length hides what follows it


KINDS = (
    *(
        Kind(f"{name}, cut off anywhere", TIMES, partial(cut, data), _BROKEN)
        for name, data in sound().items()
    ),
    *(
        Kind(f"{name}, one to eight bits flipped", TIMES, partial(flipped, data), _BROKEN)
        for name, data in sound().items()
    ),
    Kind("no bytes, other files, formats nobody photographs in", 20, _wrong_names, _REFUSED),
    Kind(
        "bombs: PNG, GIF, BMP, TIFF, HEIC, WebP, JPEG that claim too many pixels",
        26,
        _bombs,
        _REFUSED | {LARGE},
    ),
    Kind("bombs of text: a few KB that become 100 MB and more of notes", 6, _texts, _NOT_SPOILT),
    Kind("PNG, JPEG and GIF of hundreds of thousands of empty parts", 8, _parts, frozenset({PARTS})),
    Kind("JPEG of hundreds of passes over 64 million pixels", 4, _chains, frozenset({LAYERS})),
    Kind("as large as may be, in every colour mode", 11, _large, frozenset({PICTURE})),
    Kind("1 x 1, 30000 x 1 and the like", 25, _shapes, frozenset({SMALL})),
    Kind("CMYK, LAB, 16-bit, floating grey, palettes with transparency", 30, _modes, frozenset({PICTURE})),
    Kind("every EXIF orientation, and such as do not exist", 48, _orientations, frozenset({PICTURE})),
    Kind("broken EXIF: loops, offsets into nowhere, noise", 96, _broken_exif, _NOT_SPOILT),
    Kind("polyglots: a script or an archive inside or behind the picture", 31, _polyglots, _NOT_SPOILT),
    Kind("animations: GIF, PNG, WebP, TIFF", 8, _moving, frozenset({MOVING})),
)
