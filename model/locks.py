"""Locks between processes, which the system lets go of when one ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHARED = fcntl.LOCK_SH
ALONE = fcntl.LOCK_EX | fcntl.LOCK_NB


@contextmanager
def locked(path: Path, how: int) -> Iterator[None]:
    """Hold the lock of a file or folder while the block runs.

    Args:
        path: A folder, or a file, which is made if it is not there.
        how: `SHARED` waits while somebody holds it alone; `ALONE` does not wait.

    Raises:
        BlockingIOError: Somebody else holds it, and it was asked for `ALONE`.
        OSError: The disk refuses it.
    """
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, flags, 0o644)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
