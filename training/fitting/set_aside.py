"""What the base holds as "none of these" although it shows a currency that was opened since. Pure."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from model.prediction import NONE
from training.fitting.memory import Bools, Memory
from training.fitting.pictures import batches
from training.fitting.young import opened_since

SLICE = 512
"""Rows that are compared at once."""

LIKELY = 0.5
"""Share of a class's own pictures that are less like the rest of it than what is set aside."""


def set_aside(memory: Memory, came: Mapping[str, str]) -> Bools:
    """Find the rows of `NONE` that must not fight a class which is younger than them.

    What came as `NONE` came when nobody had opened the class, so some of it may show just that. Such a row
    is closer to the class than half of the class's own pictures are to one another, and closer than to any
    other class. What people call "none of these" is never set aside: they may have said
    it because they were told it is the class.

    Args:
        memory: n rows.
        came: What `came_along` found.

    Returns:
        Which rows neither teach nor test, (n,): of `NONE` alone.
    """
    none = np.array([sha256 for sha256, label in came.items() if label == NONE], np.str_)
    old = (memory.label == NONE) & np.isin(memory.sha256, none)
    young = opened_since(memory.labels(), came)
    found = np.zeros(len(memory), np.bool_)
    if not young or not old.any():
        return found
    rows = memory.embedding.astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-9)
    others = rows[(memory.split == "train") & (memory.label != NONE) & ~np.isin(memory.label, young)]
    for label in young:
        mine = rows[(memory.split == "train") & (memory.label == label)]
        if len(mine) < 2:
            continue
        likeness = _closest(rows[old], mine)
        near = likeness >= _usual(mine)  # few: only these are compared with everything else
        places = np.flatnonzero(old)[near]
        found[places] |= likeness[near] > _closest(rows[places], others)
    return found


def _usual(rows: npt.NDArray[np.float32]) -> float:
    """Say how close the pictures of a class are to the closest other one of it, cosine."""
    closest = []
    for part in batches(len(rows), SLICE):
        cosines = rows[part] @ rows.T
        np.fill_diagonal(cosines[:, part], -1)  # of each with itself
        closest.append(cosines.max(axis=1))
    return float(np.quantile(np.concatenate(closest), LIKELY))


def _closest(rows: npt.NDArray[np.float32], to: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the cosine of each row with the closest of others, (n,); -1 where there are none."""
    if not len(to):
        return np.full(len(rows), -1, np.float32)
    # In slices: all rows against all would take gigabytes where a hundred thousand are remembered.
    return np.concatenate(
        [np.zeros(0, np.float32), *((rows[part] @ to.T).max(axis=1) for part in batches(len(rows), SLICE))]
    )
