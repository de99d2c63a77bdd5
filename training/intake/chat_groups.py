"""Which pictures from the chat belong together, and to which imported ones: photos of one and the same note.

A picture is decoded once for its hash, which is remembered, and again only where another one's is close: what
a retraining costs follows what is new.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from model.durable import replace_file
from model.errors import PictureError
from model.pictures import decode
from training.data.dataset import Dataset
from training.data.folders import Example
from training.intake.duplicates import (
    PRINT_SIDE,
    Fingerprint,
    are_twins,
    close_pairs,
    fingerprint,
    twin_groups,
)

FILE = "hashes.json"
"""Perceptual hashes by SHA-256, beside the data set: nothing but a memory, and may be deleted at any time."""


def groups_of_chat_pictures(examples: Sequence[Example], memory: Path | None = None) -> dict[str, str]:
    """Keep photos of one note together.

    Imported pictures were compared with one another when they came, so only pairs with one from the chat are.

    Args:
        examples: All pictures, oldest first; imported ones have a group.
        memory: The file of the hashes that were worked out before; None remembers nothing.

    Returns:
        Every picture's SHA-256 → its group. An imported one keeps its own, and draws its twins into it.
    """
    group = {example.path.stem: example.group for example in examples}
    alone = {key: name or key for key, name in group.items()}
    if None not in group.values():
        return alone
    paths = {example.path.stem: example.path for example in examples}
    before = _remembered(memory) if memory else {}
    fresh = _prints({key: path for key, path in paths.items() if key not in before})
    hashes = {key: before[key] for key in paths if key in before}
    hashes |= {key: each.phash for key, each in fresh.items()}
    if memory and hashes != before:
        _remember(hashes, memory)
    keys = [key for key in paths if key in hashes]  # without what could not be read
    numbers = [hashes[key] for key in keys]

    def close() -> Iterator[tuple[int, int]]:
        return (pair for pair in close_pairs(numbers) if any(group[keys[index]] is None for index in pair))

    beside = {keys[index] for pair in close() for index in pair}
    prints = fresh | _prints({key: paths[key] for key in beside if key not in fresh})
    twins = [
        (i, j)
        for i, j in close()
        if keys[i] in prints and keys[j] in prints and are_twins(prints[keys[i]], prints[keys[j]])
    ]
    named = twin_groups(keys, [group[key] for key in keys], twins)
    return alone | dict(zip(keys, named, strict=True))


def memory_of(dataset: Dataset) -> Path:
    """Where the hashes of a data set are remembered."""
    return dataset.root() / FILE


def forget_deleted(dataset: Dataset) -> None:
    """Remember nothing of pictures that the data set no longer holds."""
    before = _remembered(memory_of(dataset))
    if not before:
        return
    kept = {sha256 for _, sha256 in dataset.kept()}
    hashes = {key: value for key, value in before.items() if key in kept}
    if hashes != before:
        _remember(hashes, memory_of(dataset))


def _prints(paths: Mapping[str, Path]) -> dict[str, Fingerprint]:
    # Pillow lets go of the interpreter lock while it decodes.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = zip(paths, pool.map(_print, paths.values()), strict=True)
        return {key: each for key, each in found if each is not None}


def _print(path: Path) -> Fingerprint | None:
    try:
        return fingerprint(decode(path.read_bytes(), PRINT_SIDE))
    except (PictureError, OSError):
        return None  # what cannot be read is left out later


def _remembered(path: Path) -> dict[str, int]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {key: int(value, 16) for key, value in found.items() if len(value) == 16}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # not there yet, or damaged: every picture is looked at again


def _remember(hashes: Mapping[str, int], path: Path) -> None:
    with suppress(OSError):  # a full disk is noticed where it matters
        replace_file(path, json.dumps({key: f"{value:016x}" for key, value in hashes.items()}).encode())
