"""Which classes are younger than the base: few pictures teach them, and they may cost others little. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from model.prediction import NONE
from training.data.folders import Example
from training.fitting.memory import Bools, Memory


def came_along(remembered: Memory, examples: Sequence[Example]) -> dict[str, str]:
    """Find what nobody in the chat gave: what a version was shipped with, else what was imported.

    Args:
        remembered: What the version in use remembers, its classes called as they are now.
        examples: The data set.

    Returns:
        Class by SHA-256. Other classes are younger than those.
    """
    rows = remembered.where(remembered.shipped)
    if not len(rows):
        return {example.path.stem: example.label for example in examples if example.group is not None}
    return dict(zip(rows.sha256.tolist(), rows.label.tolist(), strict=True))


def opened_since(labels: Iterable[str], came: Mapping[str, str]) -> tuple[str, ...]:
    """List the classes that are younger than what came along; `NONE` never is.

    Args:
        labels: Classes, in any order.
        came: What `came_along` found.
    """
    known = {*came.values(), NONE}
    return tuple(label for label in labels if label not in known)


def older(labels: Sequence[str], young: Collection[str]) -> Bools:
    """Say which classes are to be protected from the young ones.

    Args:
        labels: The classes of a model.
        young: What `opened_since` found, of this model or another.

    Returns:
        Which classes are no young ones, (classes,); all, where that leaves no currency.
    """
    old = np.array([label not in young for label in labels], np.bool_)
    return old if old[np.array(labels) != NONE].any() else np.ones(len(labels), np.bool_)
