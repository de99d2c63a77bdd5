"""The parts of a JPEG file, read without decoding a pixel."""

import re
from collections.abc import Iterator

MAX_SCANS = 20
"""Most scans of one JPEG. Progressive ones have about 10, each a pass over the whole picture; a hostile one,
thousands."""

# A marker within a JPEG that a length follows: 00 and RST0 to RST7 belong to the pixels, further FFs fill up,
# and decoders pass over 01 (TEM), which stands alone.
_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
_SCAN, _END = 0xDA, 0xD9


def has_too_many_scans(data: bytes) -> bool:
    """Whether a JPEG is made of more passes than any camera or program makes."""
    return sum(kind == _SCAN for kind, _ in _segments(data)) > MAX_SCANS


def is_plain(data: bytes) -> bool:
    """Whether a JPEG tells nothing but its pixels: no notes, no preview, nothing behind its end."""
    parts = list(_segments(data))
    return parts[-1:] == [(_END, b"")] and all(_is_harmless(kind, content) for kind, content in parts)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the marker and the content of each part of a JPEG file; of the end, what stands behind it."""
    at = 2
    while marker := _MARKER.search(data, at):
        kind, start = marker[1][0], marker.end()
        if kind == _END:
            yield kind, data[start:]
            return
        at = start + int.from_bytes(data[start : start + 2])
        yield kind, data[start + 2 : at]


def _is_harmless(kind: int, content: bytes) -> bool:
    """Whether a part of a JPEG changes how pixels look, and tells nothing else."""
    match kind:
        case 0xE0:
            return content.startswith(b"JFIF\0") and len(content) == 14  # a longer one holds a preview
        case 0xE2:
            return content.startswith(b"ICC_PROFILE\0")
        case 0xEE:
            return content.startswith(b"Adobe") and len(content) == 12
        case _:
            return not 0xE0 <= kind <= 0xFE  # neither an application's notes nor a comment
