"""Do two pictures show the same thing, once one is turned, scaled and shifted onto the other? Pure.

Fourier-Mellin registration: the magnitude of a spectrum does not know where things are, and in log-polar
coordinates turning and scaling become shifts, which phase correlation finds (B. S. Reddy and B. N.
Chatterji, "An FFT-Based Technique for Translation, Rotation, and Scale-Invariant Image Registration",
IEEE Transactions on Image Processing 5(8), 1996, pages 1266 to 1271).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import fft, ndimage

SIDE = 96
"""Pixels that the longer side of a picture is shrunk to: layout is left, grain and JPEG are not."""

Floats = npt.NDArray[np.float32]
Grey = npt.NDArray[np.uint8]

_ANGLES, _RADII = 144, 80
_FROM, _TO = 3.0, SIDE / 2 - 1
_STEP = float((_TO / _FROM) ** (1 / _RADII))
"""Ratio of neighbouring radii: 3.5 %."""

_PEAKS = 2
"""Best guesses of angle and scale that are tried; the third was never the right one."""

_ZOOM = (0.4, 2.5)
"""Scales that are believed. Beyond, hardly any detail is common to both."""

_OVERLAP = 0.35
"""Share of the smaller picture that has to lie on the other one: less fits anything."""

_FLAT = 4.0
"""Grey levels: what varies less is a wall, and noise of walls correlates."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A picture made ready to be laid onto others.

    Attributes:
        canvas: Grey levels around their mean in the middle of a square, float32 (SIDE, SIDE).
        mask: 1 where the picture is, float32 (SIDE, SIDE).
        spectrum: Fourier transform of its log-polar spectrum, complex64.
    """

    canvas: Floats
    mask: Floats
    spectrum: npt.NDArray[np.complex64]


def shrink(image: Image.Image) -> Grey:
    """Return what of an RGB picture is compared: grey levels, uint8, the longer side `SIDE` pixels."""
    scale = SIDE / max(image.size)
    size = (max(8, round(image.width * scale)), max(8, round(image.height * scale)))
    return np.asarray(image.convert("L").resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))


def outline(grey: Grey) -> Outline:
    """Prepare a shrunk picture, uint8 (h, w), for `correlation`."""
    high_pass, points = _grid()
    height, width = grey.shape
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    inside = np.s_[top : top + height, left : left + width]
    canvas, mask, window = (np.zeros((SIDE, SIDE), np.float32) for _ in range(3))
    canvas[inside] = grey - grey.mean(dtype=np.float32)
    mask[inside] = 1
    window[inside] = np.outer(np.hanning(height), np.hanning(width))  # a border would be its main feature
    magnitude = np.abs(fft.fftshift(fft.fft2(canvas * window))) * high_pass
    polar = ndimage.map_coordinates(np.log1p(magnitude), points, order=1)  # (_ANGLES, _RADII)
    return Outline(canvas, mask, fft.rfft2((polar - polar.mean()) * np.hanning(_RADII)))


def correlation(one: Outline, other: Outline) -> float:
    """Lay one picture onto another as well as turning, scaling and shifting can.

    Returns:
        The correlation of their grey levels where they overlap, -1 to 1; -1 where nothing fits and for
        pictures of one colour.
    """
    spectrum = fft.rfft2(one.canvas, (2 * SIDE, 2 * SIDE))
    best = -1.0
    for angle, zoom in _guesses(one, other):
        for turn in (0.0, 180.0):  # a spectrum looks the same upside down
            canvas = _turned(other.canvas, angle + turn, zoom)
            mask = _turned(other.mask, angle + turn, zoom) > 0.9
            best = max(best, _shifted(one, spectrum, canvas, mask))
    return best


def _guesses(one: Outline, other: Outline) -> list[tuple[float, float]]:
    """Return the most probable angles, in degrees, and scales."""
    cross = one.spectrum * np.conj(other.spectrum)
    surface = fft.irfft2(cross / (np.abs(cross) + 1e-6 * np.abs(cross).max() + 1e-12), (_ANGLES, _RADII))
    found = []
    for _ in range(_PEAKS):
        row, column = np.unravel_index(surface.argmax(), surface.shape)
        steps = int(column) if column < _RADII / 2 else int(column) - _RADII
        if _ZOOM[0] < (zoom := _STEP**-steps) < _ZOOM[1]:
            found.append((-float(row) * 180 / _ANGLES, zoom))
        near = np.ix_(np.arange(row - 3, row + 4) % _ANGLES, np.arange(column - 3, column + 4) % _RADII)
        surface[near] = -1  # the next peak, not the slope of this one
    return found


def _turned(square: Floats, degrees: float, zoom: float) -> Floats:
    angle = np.deg2rad(-degrees)
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / zoom
    centre = np.full(2, (SIDE - 1) / 2)
    return np.asarray(ndimage.affine_transform(square, matrix, centre - matrix @ centre, order=1))


def _shifted(
    one: Outline, spectrum: npt.NDArray[np.complex64], canvas: Floats, mask: npt.NDArray[np.bool_]
) -> float:
    """Return the correlation after the best shift; `spectrum` is that of the first picture, padded."""
    padded = (2 * SIDE, 2 * SIDE)
    surface = fft.irfft2(spectrum * np.conj(fft.rfft2(canvas, padded)), padded)
    down, right = (
        int(step) if step < SIDE else int(step) - 2 * SIDE
        for step in np.unravel_index(surface.argmax(), padded)
    )
    here = np.s_[max(0, down) : SIDE + min(0, down), max(0, right) : SIDE + min(0, right)]
    there = np.s_[max(0, -down) : SIDE - max(0, down), max(0, -right) : SIDE - max(0, right)]
    common = (one.mask[here] > 0.5) & mask[there]
    if common.sum() < _OVERLAP * min(one.mask.sum(), mask.sum()) or not common.any():
        return -1.0
    a, b = one.canvas[here][common], canvas[there][common]
    if min(a.std(), b.std()) < _FLAT:
        return -1.0
    return float(np.corrcoef(a, b)[0, 1])


@cache
def _grid() -> tuple[Floats, npt.NDArray[np.float64]]:
    """Return what dims low frequencies, (SIDE, SIDE), and points in log-polar order, (2, angles, radii)."""
    wave = np.cos(np.pi * fft.fftshift(fft.fftfreq(SIDE)))
    low = np.outer(wave, wave)
    angles = np.pi * np.arange(_ANGLES)[:, None] / _ANGLES
    radii = _FROM * _STEP ** np.arange(_RADII)[None, :]
    return ((1 - low) * (2 - low)).astype(np.float32), SIDE / 2 + radii * np.stack(
        [np.sin(angles), np.cos(angles)]
    )
