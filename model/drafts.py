"""Versions that are being written, and what is left of those whose writer died.

A draft lies in a hidden folder beside the versions, `.v3-x7k2p9qa/v3`, until it is renamed. Whoever
writes one holds a shared lock on the folder of versions; the system lets go of it when a process ends,
however it ends. So whoever gets the lock for himself alone knows that every draft there is left over.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.locks import ALONE, SHARED, locked

REPLACED = "replaced"
"""Within a draft, the version whose place it takes while the two are swapped."""

_DRAFT = re.compile(r"\.(base|v\d+)-[a-z0-9_]{8}")
"""The versions that are written have such names; `tempfile` appends the rest."""


@contextmanager
def drafting(root: Path, version: str) -> Iterator[Path]:
    """Give a hidden folder that is gone when the block ends, with whatever is still in it.

    Raises:
        OSError: The disk refuses it.
    """
    with (
        locked(root, SHARED),
        tempfile.TemporaryDirectory(dir=root, prefix=f".{version}-", ignore_cleanup_errors=True) as name,
    ):
        yield Path(name)


def sweep(root: Path) -> list[str]:
    """Delete the drafts of processes that died; a version that one of them was replacing comes back.

    Returns:
        The names of the folders that are gone; none while anybody writes a version.

    Raises:
        OSError: The disk refuses it.
    """
    with _nobody_writes(root) as found:
        for path in found:
            version, replaced = path.with_name(path.name[1:].rpartition("-")[0]), path / REPLACED
            if replaced.is_dir() and not version.exists():
                replaced.rename(version)
            shutil.rmtree(path)
        return [path.name for path in found]


def left_over(root: Path) -> list[Path]:
    """List the drafts of processes that died; none while anybody writes a version."""
    with _nobody_writes(root) as found:
        return found


@contextmanager
def _nobody_writes(root: Path) -> Iterator[list[Path]]:
    """Give what is left over, and let nobody begin to write meanwhile."""
    if not root.is_dir():
        yield []
        return
    try:
        with locked(root, ALONE):
            yield [path for path in root.iterdir() if _is_draft(path)]
    except BlockingIOError:
        yield []


def _is_draft(path: Path) -> bool:
    match = _DRAFT.fullmatch(path.name)
    return bool(match and path.is_dir() and not {each.name for each in path.iterdir()} - {match[1], REPLACED})
