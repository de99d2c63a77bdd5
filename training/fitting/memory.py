"""What a version remembers of the pictures it was trained and tested on: `embeddings.npz`.

Embeddings, not pictures: the pictures are not ours to hand on, and a head is fitted on embeddings in
seconds. Rows are only comparable between versions that share a backbone.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import numpy as np
import numpy.typing as npt

from model.drafts import drafting
from model.durable import sync
from model.errors import ModelError
from model.registry import Registry

FILE = "embeddings.npz"
COMPRESSION = 1
"""Level of compression, 1 to 9. 100 000 rows of 256 numbers take 54 MB and 2 s; the 6 of
`np.savez_compressed` saves 3 % and takes half as long again."""

Strings = npt.NDArray[np.str_]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Memory:
    """One row a picture.

    Attributes:
        sha256: Of the picture's file, (n,).
        label: Its class, (n,).
        split: "train" or "test", (n,).
        shipped: Whether the row stays although its picture is not in the data set, (n,).
        embedding: float16 (n, d).
    """

    sha256: Strings
    label: Strings
    split: Strings
    shipped: Bools
    embedding: npt.NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.sha256)

    def where(self, chosen: Bools) -> "Memory":
        """Return the rows for which `chosen` (n,) is true."""
        return Memory(
            self.sha256[chosen],
            self.label[chosen],
            self.split[chosen],
            self.shipped[chosen],
            self.embedding[chosen],
        )

    def renamed(self, names: Mapping[str, str]) -> "Memory":
        """Return the rows with the classes called by their new names, where they have one."""
        labels = [names.get(label, label) for label in self.label.tolist()]
        return replace(self, label=np.array(labels, np.str_))

    def blanked(self) -> Bools:
        """Say which rows `blank` has emptied, (n,): they only show that the version had learned from them."""
        return ~self.shipped & ~self.embedding.any(axis=1)

    def labels(self) -> tuple[str, ...]:
        """Return the classes that have a row to learn from, sorted."""
        return tuple(str(label) for label in np.unique(self.label[self.split == "train"]))

    def splits(self) -> dict[str, str]:
        """Return the split of every picture by its SHA-256."""
        return dict(zip(self.sha256.tolist(), self.split.tolist(), strict=True))

    def counts(self, split: str) -> dict[str, int]:
        """Count the pictures of a split by class."""
        labels, counts = np.unique(self.label[self.split == split], return_counts=True)
        return dict(zip(labels.tolist(), counts.tolist(), strict=True))


def joined(parts: Iterable[Memory]) -> Memory:
    """Put memories below one another."""
    rows = list(parts)
    return Memory(
        np.concatenate([part.sha256 for part in rows]),
        np.concatenate([part.label for part in rows]),
        np.concatenate([part.split for part in rows]),
        np.concatenate([part.shipped for part in rows]),
        np.concatenate([part.embedding for part in rows]),
    )


def blank(folder: Path, pictures: Collection[str]) -> None:
    """Forget what pictures look like: their rows become zeros, and no later version takes them over.

    The rows themselves stay, so that it still shows that the version had learned from them. It is the one
    thing that ever changes in the folder of a version.

    Args:
        folder: Of the version.
        pictures: SHA-256 of files that were deleted.

    Raises:
        ModelError: The memory is missing or damaged.
        OSError: The disk refuses it.
    """
    memory = read_memory(folder)
    gone = ~memory.shipped & np.isin(memory.sha256, list(pictures)) & ~memory.blanked()
    if not gone.any():
        return
    with drafting(folder.parent, folder.name) as hidden:
        draft = hidden / folder.name
        draft.mkdir()
        write_memory(replace(memory, embedding=np.where(gone[:, None], 0, memory.embedding)), draft)
        sync(draft / FILE)
        (draft / FILE).replace(folder / FILE)
        sync(folder)


def blank_gone(folder: Path, kept: Collection[str]) -> None:
    """Forget what pictures look like that were deleted while the version was being fitted to them.

    Args:
        folder: Of the version.
        kept: SHA-256 of every picture in the data set.

    Raises:
        ModelError: The memory is missing or damaged.
        OSError: The disk refuses it.
    """
    blank(folder, set(read_memory(folder).sha256.tolist()).difference(kept))


def write_memory(memory: Memory, folder: Path) -> None:
    """Write the memory into the folder of its version."""
    with ZipFile(folder / FILE, "w", ZIP_DEFLATED, compresslevel=COMPRESSION) as file:
        for name in Memory.__dataclass_fields__:
            with file.open(f"{name}.npy", "w", force_zip64=True) as array:
                np.lib.format.write_array(array, getattr(memory, name), allow_pickle=False)


def memory_in_use(registry: Registry) -> Memory | None:
    """Read what the version in use remembers; None before the first one is.

    Raises:
        ModelError: It cannot be read.
    """
    version = registry.in_use_if_any()
    return read_memory(registry.folder(version)) if version else None


def read_memory(folder: Path) -> Memory:
    """Read the memory of a version.

    Raises:
        ModelError: It is missing or damaged.
    """
    try:
        # Without pickles, a file of arrays holds nothing that could run.
        with (folder / FILE).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return Memory(**{name: arrays[name] for name in Memory.__dataclass_fields__})
    except (OSError, ValueError, KeyError, BadZipFile, EOFError) as err:
        raise ModelError(
            f"The embeddings of model version {folder.name!r} cannot be read; put another version in use."
        ) from err
