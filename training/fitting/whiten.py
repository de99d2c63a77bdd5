"""Whiten embeddings, half way: a new currency shall be told by few pictures, and no old one lost to it. Pure.

What varies among the pictures of one currency tells no currency apart, so it is made smaller: within-class
covariance normalisation (Hatch, Kajarekar and Stolcke, "Within-Class Covariance Normalization for SVM-Based
Speaker Recognition", Interspeech 2006). What tells the known classes apart is made smaller too, but less: a
network spreads them so far that they drown what a currency is that it never met. Embeddings that are
centred and of one length need the fewest pictures of a new class (Wang, Chao, Weinberger and van der Maaten,
"SimpleShot: Revisiting Nearest-Neighbor Classification for Few-Shot Learning", 2019). What each of it
brought is in training/EXPERIMENTS.md, "Whitened embeddings".
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.prediction import NONE

AXES = 256
"""Principal axes that are kept; the rest is noise."""

STRENGTH = 0.5
"""0 leaves the variance along every axis as it is, 1 makes all alike."""

BETWEEN = 0.15
"""What the variance between classes counts for, beside that within currencies."""

RIDGE = 0.2
"""What is added to the variance along each axis, in mean variances within currencies: of few pictures some
axes would seem to have none."""

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Whitening:
    """A layer that whitens embeddings; what it returns is still to be brought to one length.

    Attributes:
        kernel: float32 (d, AXES).
        bias: float32 (AXES,).
    """

    kernel: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]


def whitening(embeddings: Floats, labels: npt.NDArray[np.str_]) -> Whitening | None:
    """Learn how to whiten embeddings.

    Args:
        embeddings: (n, d).
        labels: The class of each, (n,). What is `NONE` is many things, so how it varies is left alone.

    Returns:
        The layer; None where there are too few embeddings to tell so many axes, or no two different ones of
        a currency.
    """
    if min(len(embeddings) - 1, embeddings.shape[1]) < AXES:
        return None
    mean = embeddings.mean(axis=0, dtype=np.float64)
    centred = embeddings - mean
    _, axes = np.linalg.eigh(centred.T @ centred)  # (d, d), ascending
    axes = axes[:, -AXES:]
    points = centred @ axes  # (n, AXES)
    classes, members = np.unique(labels, return_inverse=True)
    centres = np.stack([points[members == number].mean(axis=0) for number in range(len(classes))])
    scatter = (points - centres[members])[labels != NONE]
    if not scatter.any():
        return None
    within = scatter.T @ scatter / len(scatter)
    between = centres.T @ centres / len(centres)
    variance, turn = np.linalg.eigh(within + BETWEEN * between)
    variance = variance.clip(0) + RIDGE * np.trace(within) / AXES
    kernel = axes @ (turn / variance ** (STRENGTH / 2))
    return Whitening(kernel.astype(np.float32), -(mean @ kernel).astype(np.float32))
