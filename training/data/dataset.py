"""The growing data set: `DATA_DIR/dataset` and, until somebody looks, `DATA_DIR/pending`.

    dataset/GBP/<sha256>.jpg      labelled pictures, named after the SHA-256 of their bytes
    dataset/manifest.jsonl        what is known of imported ones
    pending/GBP/<sha256>.jpg

The one class that reaches pictures: object storage could take the folders' place behind it.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from model.durable import make_folder, replace_file, sync, unfinished
from model.errors import DataError
from model.labels import check_class_name
from model.pictures import stored_jpeg
from training.data import manifest
from training.data.folders import Example, natural

Place = Literal["dataset", "pending"]
"""Where a picture is kept: among those that count, or aside until somebody trusted has looked at it."""
PLACES: tuple[Place, ...] = ("dataset", "pending")

_NAME = re.compile(r"[0-9a-f]{64}\.jpg")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture that is ready to be written.

    Attributes:
        sha256: SHA-256 of the bytes, in hexadecimal.
        path: Where they belong.
        data: What is kept of the picture.
    """

    sha256: str
    path: Path
    data: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """What is kept of a picture.

    Attributes:
        sha256: SHA-256 of the bytes, in hexadecimal.
        data: A JPEG without metadata.
    """

    sha256: str
    data: bytes


def as_stored(path: Path) -> Stored:
    """Read a picture file as the data set keeps it, or would.

    Raises:
        OSError: It cannot be read.
        PictureError: It is no picture.
    """
    data = path.read_bytes()
    digest = sha256(data).hexdigest()
    if path.stem != digest:  # else it lies in a data set, called by its hash
        data = stored_jpeg(data)
        digest = sha256(data).hexdigest()
    return Stored(digest, data)


class Dataset:
    """Labelled pictures in class folders.

    Args:
        data_dir: The folder that holds `dataset` and `pending`; made when the first picture comes.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def root(self, *, place: Place = "dataset") -> Path:
        """Return the folder of the class folders."""
        return self._data_dir / place

    def path(self, sha256: str, label: str, *, place: Place = "dataset") -> Path:
        """Return where a picture lies, or would.

        Raises:
            DataError: The label is no safe folder name, or the hash is none.
        """
        name = f"{sha256}.jpg"
        if not _NAME.fullmatch(name):
            raise DataError(f"A picture is named by its SHA-256 in hexadecimal. Received: {sha256[:80]!r}")
        return self.root(place=place) / check_class_name(label) / name

    def add(self, data: bytes, label: str, *, place: Place = "dataset") -> str:
        """Prepare and put a picture in one go.

        Returns:
            SHA-256 of the stored file, in hexadecimal.

        Raises:
            PictureError: The bytes are no picture.
            DataError: The label is no safe folder name, or the disk refuses the picture.
        """
        prepared = self.prepare(data, label, place=place)
        self.put(prepared)
        return prepared.sha256

    def prepare(self, data: bytes, label: str, *, place: Place = "dataset") -> Prepared:
        """Work out what would be kept of a picture, and where; nothing is written.

        Args:
            data: The picture's bytes as they were sent.
            label: Its class.
            place: Where it belongs; "pending" until somebody trusted has looked at it.

        Raises:
            PictureError: The bytes are no picture.
            DataError: The label is no safe folder name.
        """
        stored = stored_jpeg(data)
        digest = sha256(stored).hexdigest()
        return Prepared(digest, self.path(digest, label, place=place), stored)

    def put(self, prepared: Prepared) -> None:
        """Keep a picture; when this returns, it is on the disk, whole and without metadata.

        Putting it again changes nothing.

        Raises:
            DataError: The disk refuses it.
        """
        path = prepared.path
        try:
            if not path.is_file():
                make_folder(path.parent)
                replace_file(path, prepared.data)
        except OSError as err:
            raise DataError(f"The picture could not be saved under {str(path.parent)!r}: {err}.") from err

    def read(self, sha256: str, label: str, *, place: Place = "dataset") -> bytes:
        """Return a picture's bytes.

        Raises:
            DataError: It is not there, or the disk refuses it.
        """
        path = self.path(sha256, label, place=place)
        try:
            return path.read_bytes()
        except OSError as err:
            raise DataError(f"The picture {str(path)!r} could not be read: {err}.") from err

    def holds(self, sha256: str, label: str, *, place: Place = "dataset") -> bool:
        """Whether a picture is there."""
        return self.path(sha256, label, place=place).is_file()

    def labels_of(self, sha256: str) -> tuple[str, ...]:
        """Return the classes that hold a picture, in natural order."""
        classes = (folder.name for folder in self._classes("dataset"))
        return tuple(label for label in classes if self.holds(sha256, label))

    def copy(
        self, sha256: str, label: str, to: str, *, place: Place = "dataset", to_place: Place = "dataset"
    ) -> bool:
        """Keep a picture in another class as well, byte for byte; False when it is not there.

        Raises:
            DataError: A label is no safe folder name, or the disk refuses it.
        """
        source, path = self.path(sha256, label, place=place), self.path(sha256, to, place=to_place)
        try:
            if not path.is_file():
                stored = source.read_bytes()
                make_folder(path.parent)
                replace_file(path, stored)
        except FileNotFoundError:
            return False
        except OSError as err:
            raise DataError(f"The picture could not be saved under {str(path.parent)!r}: {err}.") from err
        return True

    def remove(self, sha256: str, label: str, *, place: Place = "dataset") -> bool:
        """Delete a picture from a class; False when it was not there.

        Raises:
            DataError: The label is no safe folder name, or the disk refuses it.
        """
        path = self.path(sha256, label, place=place)
        try:
            path.unlink()
            sync(path.parent)
        except FileNotFoundError:
            return False
        except OSError as err:
            raise DataError(f"The picture {str(path)!r} could not be deleted: {err}.") from err
        return True

    def remove_class(self, label: str, *, place: Place = "dataset") -> None:
        """Delete the folder of a class that holds nothing any more."""
        folder = self.root(place=place) / check_class_name(label)
        with suppress(OSError):  # something is in it, or it is gone
            folder.rmdir()

    def pictures(self, label: str, *, place: Place = "dataset") -> list[str]:
        """List the pictures of a class by their SHA-256."""
        folder = self.root(place=place) / check_class_name(label)
        return [path.stem for path in _pictures(folder)] if folder.is_dir() else []

    def counts(self, *, place: Place = "dataset") -> dict[str, int]:
        """Count the pictures of each class that has any."""
        found = ((folder.name, len(_pictures(folder))) for folder in self._classes(place))
        return {label: count for label, count in found if count}

    def labels(self) -> tuple[str, ...]:
        """Return the classes that have a picture, in natural order."""
        return tuple(self.counts())

    def examples(self) -> list[Example]:
        """List the pictures, by class and hash, with what the manifest knows of them.

        Raises:
            DataError: The manifest cannot be read.
        """
        records = self.records()
        examples = []
        for folder in self._classes("dataset"):
            for path in _pictures(folder):
                record = records.get((path.stem, folder.name))
                if record is None:
                    examples.append(Example(path, folder.name, split=None, source="chat"))
                else:
                    examples.append(
                        Example(
                            path,
                            folder.name,
                            record.split,
                            record.source,
                            record.group,
                            record.kind,
                            record.licence,
                        )
                    )
        return examples

    def kept(self, *, place: Place = "dataset") -> Iterator[tuple[str, str]]:
        """Give the class and the hash of every picture."""
        for folder in self._classes(place):
            for path in _pictures(folder):
                yield folder.name, path.stem

    def drafts(self) -> list[Path]:
        """List the files whose writing has not ended, or was cut off by a crash."""
        folders = [self.root(), *self._classes("dataset"), *self._classes("pending")]
        return [path for folder in folders for path in unfinished(folder)]

    def strays(self) -> list[Path]:
        """List visible files in the class folders that `add` has not put there."""
        return [
            path
            for folder in self._classes("dataset")
            for path in sorted(folder.iterdir())
            if not path.name.startswith(".") and not _NAME.fullmatch(path.name)
        ]

    def records(self) -> dict[tuple[str, str], manifest.Record]:
        """Return what is known of imported pictures, by (sha256, label).

        Raises:
            DataError: The manifest cannot be read.
        """
        return manifest.read(self.root() / manifest.FILE)

    def torn(self) -> int:
        """Count the lines of the manifest that tell no whole record.

        Raises:
            DataError: The manifest cannot be read.
        """
        return manifest.torn(self.root() / manifest.FILE)

    def record(self, records: Iterable[manifest.Record]) -> None:
        """Remember where pictures came from and what they are for.

        Raises:
            DataError: The manifest cannot be written.
        """
        manifest.append(self.root() / manifest.FILE, records)

    def _classes(self, place: Place) -> list[Path]:
        root = self.root(place=place)
        if not root.is_dir():
            return []
        folders = (path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
        return sorted(folders, key=lambda path: natural(path.name))


def _pictures(folder: Path) -> list[Path]:
    """List what `add` has finished; a file that a crash left half-written has another name."""
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
