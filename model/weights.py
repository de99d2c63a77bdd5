"""The weights of a version: one file, known by its hash."""

import hashlib
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from model.card import Card
from model.errors import ModelError

FILE = "model.keras"


def weights_sha256(folder: Path) -> str:
    """Return the SHA-256 of the weights in the folder of a version, in hexadecimal.

    Raises:
        OSError: They cannot be read.
    """
    with (folder / FILE).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def compress(folder: Path) -> None:
    """Compress the weights in a folder that nobody reads yet; Keras does not, but reads them compressed too.

    As fast as can be, for a new version waits for it: to take more time would save another twentieth.

    Raises:
        OSError: They cannot be read or written.
    """
    with ZipFile(folder / FILE) as loose:
        parts = {name: loose.read(name) for name in loose.namelist()}
    with ZipFile(folder / FILE, "w", ZIP_DEFLATED, compresslevel=1) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)


def check_weights(card: Card, folder: Path) -> None:
    """Make sure that the weights of a version are there, and the ones that its card names.

    Raises:
        ModelError: They are not.
    """
    try:
        actual = weights_sha256(folder)
    except OSError as err:
        raise ModelError(
            f"The weights of model version {folder.name!r} cannot be read; use another version."
        ) from err
    if actual != card.weights_sha256:
        raise ModelError(
            f"The weights of model version {folder.name!r} are not the ones on its card; use another version."
        )
