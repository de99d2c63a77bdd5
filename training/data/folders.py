"""Class folders, or train/validation/test trees of them, read into examples; nothing is written.

    GBP/001.jpg                     class folders: nobody has decided yet what teaches and what tests
    train/Euro(EUR)/image 1.webp    a tree: the folder above the class says it

A class folder is named as people name them ("British Pound (GBP)"); its label is the currency code in
it, or the name. Pictures lie directly in a class folder. Folders that start with a dot are no classes.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from model.errors import DataError
from model.labels import canonical
from model.pictures import SUFFIXES
from model.prediction import NONE

SPLITS = ("train", "validation", "test")
"""What pictures are for, in the order in which a tree of them is read."""

MANIFEST = "manifest.csv"
"""Beside the folders, may say of each `file`: its `source_repo` and `licence`, and as `dataset export` writes
it, its `split`, its `group` and, in a folder NONE, its `kind`. Of other folders a kind says something else
("scan").
"""

SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
}
"""What a folder of these names, in small letters, holds; so no class can be called like that."""

PAPERS = frozenset({MANIFEST, "manifest.jsonl", "readme.md", "readme.txt", "license", "license.txt"})
"""Notes about the data, not pictures that somebody forgot to convert: no reason to report them."""


@dataclass(frozen=True, slots=True)
class Example:
    """A picture file with its label.

    Attributes:
        path: The file.
        label: Its class: an ISO 4217 code where the folder's name has one, else that name.
        split: What it is for ("train", "validation", "test"); None while nobody has decided.
        source: Where it comes from, such as a repository; the name of the scanned folder if unknown.
        group: Pictures of one group share a desk, a camera or a note, so all of them teach or all of
            them test; None where nothing is known.
        kind: What sort of its class it is, where that is known ("not_money" of NONE).
        licence: What its source allows, where that is known.
    """

    path: Path
    label: str
    split: str | None
    source: str
    group: str | None = None
    kind: str | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """What lies in a folder.

    Attributes:
        examples: Pictures, by split, class and name in natural order.
        skipped: Files and folders that were not read although somebody may expect it.
    """

    examples: tuple[Example, ...]
    skipped: tuple[Path, ...]


def survey(root: Path) -> Survey:
    """List the pictures below a folder of class folders or of splits.

    Args:
        root: Class folders, or folders named train, validation (valid, val) and test that hold them.

    Returns:
        The pictures in an order that depends on names alone, and what was skipped.

    Raises:
        DataError: There is no such folder, or no class folder with a picture in it.
    """
    if not root.is_dir():
        raise DataError(f"There is no folder {str(root)!r}; name one that holds class folders.")
    splits = [(folder, split) for folder in _folders(root) if (split := SPLIT_FOLDERS.get(_plain(folder)))]
    notes = _notes(root)
    examples: list[Example] = []
    skipped = list(_files(root))
    if splits:
        skipped += [folder for folder in _folders(root) if _plain(folder) not in SPLIT_FOLDERS]
        for folder, split in sorted(splits, key=lambda pair: (SPLITS.index(pair[1]), natural(pair[0].name))):
            skipped += _files(folder)
            _read_classes(folder, split, root, notes, examples, skipped)
    else:
        _read_classes(root, None, root, notes, examples, skipped)
    if not examples:
        raise DataError(
            f"{str(root)!r} holds neither class folders with pictures nor train/validation/test folders "
            "of them."
        )
    return Survey(tuple(examples), tuple(path for path in skipped if path.name.lower() not in PAPERS))


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts "image 2" before "image 10"."""
    parts = re.split(r"([0-9]+)", name.casefold())
    key = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part)
    return (*key, (2, 0, name))


def _read_classes(
    folder: Path,
    split: str | None,
    root: Path,
    notes: Mapping[str, Mapping[str, str]],
    examples: list[Example],
    skipped: list[Path],
) -> None:
    for class_folder in _folders(folder):
        label = canonical(class_folder.name)
        for path in _files(class_folder):
            if path.suffix.lower() not in SUFFIXES:
                skipped.append(path)
                continue
            examples.append(_example(path, label, split, root, notes))
        skipped += _folders(class_folder)


def _example(
    path: Path, label: str, split: str | None, root: Path, notes: Mapping[str, Mapping[str, str]]
) -> Example:
    note = notes.get(path.relative_to(root).as_posix(), {})
    source, noted = note.get("source_repo"), note.get("split", "")
    split = split or SPLIT_FOLDERS.get(noted)
    together = f"source:{source}" if source and split is None else None
    kind = note.get("kind") if label == NONE else None
    licence = note.get("licence") or None
    return Example(
        path,
        label,
        split,
        source or root.resolve().name,
        note.get("group") or together,
        kind or None,
        licence,
    )


def _folders(folder: Path) -> list[Path]:
    return [path for path in _sorted(folder) if path.is_dir()]


def _files(folder: Path) -> list[Path]:
    return [path for path in _sorted(folder) if path.is_file()]


def _sorted(folder: Path) -> Iterator[Path]:
    try:
        visible = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as err:
        raise DataError(f"The folder {str(folder)!r} cannot be read: {err.strerror}.") from err
    yield from sorted(visible, key=lambda path: natural(path.name))


def _plain(folder: Path) -> str:
    return folder.name.lower()


def _notes(root: Path) -> dict[str, dict[str, str]]:
    """Read what the manifest beside the folders says of each file, if there is one."""
    path = root / MANIFEST
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise DataError(f"{str(path)!r} cannot be read as CSV.") from err
    # A short row leaves None, a long one a list: neither says anything.
    notes = [{key: value for key, value in row.items() if isinstance(value, str)} for row in rows]
    return {note["file"]: note for note in notes if note.get("file")}
