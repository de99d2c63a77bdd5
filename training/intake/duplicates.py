"""Exact and near duplicates, and the groups that they form.

Two pictures are **exact** copies when their decoded pixels are equal. They are **near** duplicates when
their perceptual hashes (pHash: signs of the 8 x 8 lowest DCT coefficients of a 32 x 32 grey picture)
differ in at most `NEAR_BITS` of 64 bits and their 32 x 32 grey thumbnails correlate by at least
`NEAR_CORRELATION`. The second test is there because a hash sees only a layout: look-alike notes and
plain backgrounds collide.

Measured on the published pictures that this project started from (493 to teach, 51 to test): the two
limits find 18 teaching files with a twin among the 51 (10 of them exact), which leaves 475; and within
the teaching folder 14 exact copies too many and 28 pairs of near duplicates (16 of them exact). With
12 bits, pairs of different notes appear among the leaks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image

NEAR_BITS = 8
"""Bits of 64 that the hashes of near duplicates may differ in."""

NEAR_CORRELATION = 0.5
"""What their thumbnails must correlate by at least, -1 to 1."""

COPY_CORRELATION = 0.98
"""What the thumbnails of one picture, compressed or scaled anew, correlate by at least.

Measured on copies of 150 of these pictures, down to quality 30 and a third of the size: 0.992 at least,
and hashes within 4 bits.
"""

PRINT_SIDE = 128
"""Pixels to decode a picture at: enough to find twins by, and a few milliseconds."""

_SIDE = 32
_ROWS_AT_ONCE = 512
"""Rows of the distance matrix at a time: 20 000 pictures then need 80 MB, not 3 GB."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What two pictures are compared by.

    Attributes:
        exact: SHA-256 of size and RGB pixels, in hexadecimal.
        phash: 64-bit perceptual hash.
        thumbnail: Grey 32 x 32 picture as a vector of mean 0 and length 1, float32 (1024,); all zero
            for a picture of one colour.
    """

    exact: str
    phash: int
    thumbnail: npt.NDArray[np.float32]


def fingerprint(image: Image.Image) -> Fingerprint:
    """Describe an upright RGB picture for comparison with others."""
    width, height = image.size
    exact = sha256(f"{width}x{height}:".encode() + image.tobytes()).hexdigest()
    bits = imagehash.phash(image).hash.ravel()  # (64,) of bool
    phash = int("".join("1" if bit else "0" for bit in bits), 2)
    grey = image.convert("L").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    thumbnail = np.asarray(grey, np.float32).ravel()
    thumbnail = thumbnail - thumbnail.mean()
    length = float(np.linalg.norm(thumbnail))
    return Fingerprint(exact, phash, thumbnail / length if length > 0 else thumbnail)


def near_pairs(prints: Sequence[Fingerprint]) -> list[tuple[int, int]]:
    """Find every pair of exact or near duplicates.

    Args:
        prints: Fingerprints of n pictures.

    Returns:
        Pairs (i, j) of indices with i < j, in ascending order. Quadratic in n: 2 s for 10 000.
    """
    return [
        (i, j) for i, j in close_pairs([each.phash for each in prints]) if are_twins(prints[i], prints[j])
    ]


def close_pairs(phashes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Find the pairs among n hashes that are close enough for a near duplicate.

    One after another: plain pictures all have one hash, so there may be as many as n squared.

    Yields:
        Pairs (i, j) of indices with i < j, in ascending order.
    """
    hashes = np.array(phashes, np.uint64)  # (n,)
    for start in range(0, len(hashes), _ROWS_AT_ONCE):
        rows = hashes[start : start + _ROWS_AT_ONCE, None]  # (r, 1)
        close = np.bitwise_count(rows ^ hashes[None, :]) <= NEAR_BITS  # (r, n)
        for row, column in np.argwhere(close):
            if row + start < column:
                yield int(row) + start, int(column)


def are_twins(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two pictures whose hashes are close are exact or near duplicates.

    Pictures of one colour have no correlation: only equal pixels make them twins.
    """
    return one.exact == other.exact or float(one.thumbnail @ other.thumbnail) >= NEAR_CORRELATION


def is_copy(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two pictures are one and the same, compressed or scaled anew; stricter than near duplicates."""
    correlation = float(one.thumbnail @ other.thumbnail)
    close = (one.phash ^ other.phash).bit_count() <= NEAR_BITS
    return one.exact == other.exact or (close and correlation >= COPY_CORRELATION)


def may_be_near(phash: int, others: Sequence[int]) -> list[int]:
    """Find which of n hashes are close enough to one for a near duplicate, before any picture is read.

    Returns:
        Their indices, ascending.
    """
    hashes = np.array(others, np.uint64)  # (n,)
    return np.flatnonzero(np.bitwise_count(hashes ^ np.uint64(phash)) <= NEAR_BITS).tolist()


def groups(size: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """Join pairs into groups.

    Args:
        size: Number of pictures, n.
        pairs: Indices of pictures that belong together.

    Returns:
        For each picture the smallest index of its group, (n,); a picture without a twin is its own.
    """
    # Imported here, because the bot starts with this module and never groups.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    i, j = np.array(pairs, np.int64).reshape(-1, 2).T
    links = coo_array((np.ones(len(i), np.bool_), (i, j)), shape=(size, size))
    _, number = connected_components(links, directed=False)  # of the group of each picture, (n,)
    _, first = np.unique(number, return_index=True)
    return [int(index) for index in first[number]]


def twin_groups(
    keys: Sequence[str], named: Sequence[str | None], pairs: Sequence[tuple[int, int]]
) -> list[str]:
    """Name the group of each of n pictures, so that twins are never on two sides of a split.

    Args:
        keys: What names a picture that stands alone, its SHA-256, oldest picture first, (n,).
        named: The group that is known already, such as a source, (n,); None where nothing is.
        pairs: Indices of twins, as `near_pairs` finds them. Fingerprints of pictures that were decoded
            small (`decode(data, PRINT_SIDE)`) find the same near twins.

    Returns:
        The group that a picture has, else the one that the oldest of its twins with a group has, else
        the key of the oldest of its twins, (n,).
    """
    firsts = groups(len(keys), pairs)
    of_group: dict[int, str] = {}
    for first, name in zip(firsts, named, strict=True):
        if name:
            of_group.setdefault(first, name)
    return [name or of_group.get(first, keys[first]) for name, first in zip(named, firsts, strict=True)]
