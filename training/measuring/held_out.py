"""Which pictures a model may be measured on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from model.errors import DataError, ModelError, PictureError
from model.registry import Registry
from training.data.dataset import Dataset, as_stored
from training.data.folders import Example
from training.fitting.memory import read_memory


def held_out(examples: Sequence[Example]) -> list[Example]:
    """Choose what a model may be measured on.

    Args:
        examples: Pictures with or without splits.

    Returns:
        Those of the validation and test folders, or all where there are no splits; each file's content
        once under a label.

    Raises:
        DataError: All of them are for training.
    """
    chosen = [each for each in examples if each.split != "train"]
    if not chosen:
        raise DataError("All pictures there are for training; a figure on those says nothing.")
    if any(each.split for each in chosen):
        chosen = [each for each in chosen if each.split]
    first: dict[tuple[str, str], Example] = {}
    for each in chosen:
        first.setdefault((_content(each.path), each.label), each)
    return list(first.values())


def learned_from(examples: Sequence[Example], splits: Mapping[str, str]) -> int:
    """Count the pictures that a version has learned from.

    Args:
        examples: Pictures.
        splits: What the version remembers, by SHA-256.
    """
    return sum(splits.get(_content(each.path)) == "train" for each in examples)


def _content(path: Path) -> str:
    try:
        return as_stored(path).sha256
    except (PictureError, OSError):
        return str(path)  # is named as unreadable when its turn comes


def of_dataset(dataset: Dataset, decided: Mapping[str, str]) -> list[Example]:
    """Choose the held-out pictures of the data set.

    Args:
        dataset: The data set.
        decided: What `remembered_splits` returns: what a version has learned from is not held out, whatever
            the manifest says.

    Raises:
        DataError: There is none.
    """
    examples = [replace(each, split=decided.get(each.path.stem) or each.split) for each in dataset.examples()]
    chosen = [each for each in examples if each.split not in (None, "train")]
    if not chosen:
        raise DataError(
            f"The data set {str(dataset.root())!r} holds no held-out picture yet; name a folder to measure "
            "on, or bring pictures in with `currency-bot dataset import DIR`."
        )
    return held_out(chosen)


def remembered_splits(registry: Registry, version: str | None = None) -> dict[str, str]:
    """Return the split by SHA-256 of every picture that a version remembers.

    Args:
        registry: Where the versions are.
        version: The one in use if not given; none of its pictures if it cannot be read.
    """
    try:
        return read_memory(registry.folder(version or registry.in_use())).splits()
    except ModelError:
        return {}
