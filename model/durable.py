"""Files that outlive a crash: what a function here has returned from is on the disk, or the disk lies.

A process may be killed and the power may fail between any two steps. A file's bytes and the entry of its
name in the folder reach the disk separately, so both are waited for. Every function raises `OSError` when
the disk refuses; whoever calls it knows the sentence that people read.
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until a file's bytes, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that none of them is gone after the power failed."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        sync(each.parent)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that its name never stands for anything but the whole of it, even after a crash.

    The bytes go to a hidden file in the same folder, which takes the name once they are on the disk. Until
    then whatever had the name before stays, also if this fails or is interrupted; several programs may
    write the same file at once. Only a killed process leaves its hidden file (`unfinished`).
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    hidden = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        hidden.replace(path)
    except BaseException:
        hidden.unlink(missing_ok=True)
        raise
    sync(path.parent)


def unfinished(folder: Path) -> list[Path]:
    """List the hidden files of `replace_file` in a folder: being written, or left by a killed process."""
    return list(folder.glob(".*.tmp"))


def append_lines(path: Path, lines: Iterable[str]) -> None:
    """Add lines to a file, which is made if it is not there; what it held before is never touched.

    If this is cut short, the last line may be half there: it stays so, and the next call closes it before
    its own first line. Whoever reads has to skip a line that says nothing whole.

    Args:
        path: The file.
        lines: Without line breaks, neither within nor at the end.
    """
    data = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")  # names of files may be anything
    make_folder(path.parent)
    with path.open("a+b") as file:
        size = file.tell()
        if size and os.pread(file.fileno(), 1, size - 1) != b"\n":
            data = b"\n" + data
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if not size:
        sync(path.parent)


def read_lines(path: Path) -> list[str]:
    r"""Return what `append_lines` wrote, torn lines included; nothing where there is no file.

    Returns:
        The file split at its line breaks. So the last string is empty if the last line was finished, and
        what a crash left of it if not; bytes that are no UTF-8 are "\ufffd".
    """
    try:
        return path.read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return [""]
