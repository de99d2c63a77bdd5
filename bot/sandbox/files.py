"""Files on the server, by the ids that Telegram gives them."""

import asyncio
import base64
import hashlib
import mimetypes
import secrets
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from bot.sandbox.errors import Json, bad_request
from bot.sandbox.photos import Size, thumbnail

MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
"""Larger files exist, but getFile refuses them (https://core.telegram.org/bots/api#getfile)."""


@dataclass(frozen=True)
class StoredFile:
    """One file.

    Attributes:
        file_id: Unguessable, new with every upload.
        file_unique_id: The same for the same bytes, whoever sends them.
        path: `file_path` of getFile.
        mime_type: What the sender says it is.
        data: The bytes.
    """

    file_id: str
    file_unique_id: str
    path: str
    mime_type: str
    data: bytes = field(repr=False)


class FileStore:
    """All files of a sandbox, in memory."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}
        self._paths: dict[str, StoredFile] = {}
        self._media: dict[str, tuple[str, Any]] = {}

    def add_photo(self, sizes: list[Size]) -> list[Json]:
        """Keep a photo and return its `PhotoSize` objects, smallest first."""
        photo = [self._photo_size(size) for size in sizes]
        for size in photo:
            self._media[size["file_id"]] = ("photo", photo)
        return photo

    async def add_document(self, data: bytes, name: str, mime_type: str | None = None) -> Json:
        """Keep a file as it is and return its `Document`, with a thumbnail if it is a picture.

        Args:
            data: The bytes.
            name: File name, the last part of it when it is a path.
            mime_type: Type; guessed from the name when missing.
        """
        name = PurePosixPath(name.replace("\\", "/")).name or "file"
        mime_type = mime_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        small = await asyncio.to_thread(thumbnail, data) if mime_type.startswith("image/") else None
        stored = self._add(data, "documents", PurePosixPath(name).suffix, mime_type)
        document = _handle(stored) | {"file_name": name, "mime_type": mime_type, "file_size": len(data)}
        if small:
            document["thumbnail"] = self._photo_size(small)
        self._media[stored.file_id] = ("document", document)
        return document

    def media(self, kind: str, file_id: str) -> Any:
        """Return what an earlier upload became: a list of `PhotoSize` or a `Document`.

        Args:
            kind: `photo` or `document`.
            file_id: As this server gave it out.

        Raises:
            BotApiError: Unknown id, or of the other kind.
        """
        if file_id not in self._media:
            raise bad_request("wrong file identifier/HTTP URL specified")
        found, content = self._media[file_id]
        if found != kind:
            raise bad_request(f"can't use file of type {found.capitalize()} as {kind.capitalize()}")
        return content

    def get(self, file_id: str) -> StoredFile:
        """Return a file by its id.

        Raises:
            BotApiError: No such file.
        """
        if file_id not in self._files:
            raise bad_request("invalid file_id")
        return self._files[file_id]

    def at_path(self, path: str) -> StoredFile | None:
        """Return the file that getFile has named `path`, or None."""
        return self._paths.get(path)

    def _photo_size(self, size: Size) -> Json:
        stored = self._add(size.data, "photos", ".jpg", "image/jpeg")
        return _handle(stored) | {"width": size.width, "height": size.height, "file_size": len(size.data)}

    def _add(self, data: bytes, folder: str, suffix: str, mime_type: str) -> StoredFile:
        digest = hashlib.sha256(folder.encode() + b"\0" + data).digest()
        unique = base64.urlsafe_b64encode(digest[:12]).decode()
        path = f"{folder}/file_{len(self._files)}{suffix.lower()}"
        stored = StoredFile(secrets.token_urlsafe(40), unique, path, mime_type, data)
        self._files[stored.file_id] = self._paths[path] = stored
        return stored


def _handle(stored: StoredFile) -> Json:
    return {"file_id": stored.file_id, "file_unique_id": stored.file_unique_id}
