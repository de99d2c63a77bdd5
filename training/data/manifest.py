"""`dataset/manifest.jsonl`: where imported pictures came from, their group and split; one line each.

Lines are only ever appended. A line that a crash cut short is skipped when read, and the next one
starts on a line of its own.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from model.durable import append_lines, read_lines
from model.errors import DataError

FILE = "manifest.jsonl"


@dataclass(frozen=True, slots=True)
class Record:
    """One imported picture.

    Attributes:
        sha256: SHA-256 of the stored file, which is also its name.
        label: Its class.
        split: "train" or "test", for ever.
        given: Whether the imported tree said so, rather than `training.data.split.assign`.
        group: Pictures of one group are all on one side.
        source: Where it comes from, such as a repository.
        kind: What sort of its class it is ("not_money" of NONE), where that is known.
        name: Its path below the imported folder.
        imported_at: ISO 8601, UTC.
        licence: What its source allows, where that is known.
    """

    sha256: str
    label: str
    split: str
    given: bool
    group: str
    source: str
    kind: str | None
    name: str
    imported_at: str
    licence: str | None = None


def read(path: Path) -> dict[tuple[str, str], Record]:
    """Read the records by (sha256, label); the last line of a picture counts.

    Raises:
        DataError: The file is there and cannot be read.
    """
    return {(record.sha256, record.label): record for record in _lines(path) if record}


def torn(path: Path) -> int:
    """Count the lines that a crash cut short, or that somebody has damaged.

    Raises:
        DataError: The file is there and cannot be read.
    """
    return sum(record is None for record in _lines(path))


def _lines(path: Path) -> Iterator[Record | None]:
    """Give the record of each line that holds anything, or None where it does not tell a whole one."""
    try:
        lines = read_lines(path)
    except OSError as err:
        raise DataError(f"{str(path)!r} cannot be read: {err.strerror}.") from err
    for line in filter(None, lines):
        try:
            yield Record(**json.loads(line))
        except (ValueError, TypeError):
            yield None  # cut short by a crash; importing again writes it anew


def append(path: Path, records: Iterable[Record]) -> None:
    """Add records and return once they are on the disk.

    Raises:
        DataError: The disk refuses them.
    """
    try:
        append_lines(path, [json.dumps(asdict(record), ensure_ascii=False) for record in records])
    except OSError as err:
        raise DataError(f"{str(path)!r} cannot be written: {err.strerror}.") from err
