"""On which side every picture of the data set is: decided once, for ever, by groups."""

import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from training.data.dataset import Dataset
from training.data.folders import Example
from training.data.split import Member, assign
from training.fitting.memory import Memory
from training.intake.chat_groups import groups_of_chat_pictures, memory_of


def with_splits(dataset: Dataset, memory: Memory | None) -> list[Example]:
    """List the pictures of the data set, each with the split that it has, or gets at the next retraining.

    Args:
        dataset: The data set.
        memory: What the version in use remembers, splits included.
    """
    return with_groups(dataset, memory)[0]


def with_groups(dataset: Dataset, memory: Memory | None) -> tuple[list[Example], dict[str, str]]:
    """List them like `with_splits`, and by SHA-256 the group of each, those from the chat included."""
    given = {sha256 for (sha256, _), record in dataset.records().items() if record.given}
    return decided(dataset.examples(), memory, given, memory_of(dataset))


def decided(
    examples: Sequence[Example],
    memory: Memory | None,
    given: Collection[str],
    hashes: Path | None = None,
) -> tuple[list[Example], dict[str, str]]:
    """Give every picture the split that it has, or now gets, for ever.

    Args:
        examples: The data set.
        memory: What the version in use remembers, splits included.
        given: Hashes of pictures whose split came with the import.
        hashes: Where the perceptual hashes of pictures from the chat are remembered.

    Returns:
        The pictures, and by SHA-256 the group that was kept together.
    """
    known = memory.splits() if memory else {}
    shipped = set(memory.sha256[memory.shipped].tolist()) if memory else set()
    known |= {e.path.stem: e.split for e in examples if e.split}
    # Oldest first, so that what is decided today does not depend on what comes tomorrow.
    ordered = sorted(examples, key=lambda e: (_written(e.path), e.path.stem))
    groups = groups_of_chat_pictures(ordered, hashes)
    members = [Member(e.path.stem, e.label, groups[e.path.stem]) for e in ordered]
    splits = assign(members, known, counted=known.keys() - shipped - set(given))
    return [replace(e, split=splits[e.path.stem]) for e in examples], groups


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return sys.maxsize  # taken back since it was listed: the chat goes on meanwhile
