"""What people say about photos becomes labelled pictures, and stops being so. No Telegram in here.

The picture is on the disk before the row that tells of it is written, and the row is gone before a
picture is deleted: after a crash there may be a picture too many, never a promise without its picture.
"""

import asyncio
from collections.abc import Sequence

from bot.context import Services
from bot.store.rows import Answer, Label, Place
from model.errors import StoreError


async def save(services: Services, stored: Answer, label: str, user_id: int, picture: bytes) -> Label:
    """Let `label` hold for a photo, in place of what held before.

    Args:
        services: The parts behind the chat.
        stored: The prediction that it corrects or confirms.
        label: The class that somebody says it is.
        user_id: Who says so.
        picture: The photo's bytes.

    Raises:
        PictureError: The bytes are no picture.
        DataError: The picture cannot be written.
        StoreError: The label cannot be written, or the photo was forgotten meanwhile.
    """
    place: Place = "dataset" if services.settings.is_trusted(user_id) else "pending"
    async with services.labelling:
        if await services.store.predictions.find(stored.id) is None:
            raise StoreError("That photo was deleted meanwhile; to keep it, please send the photo again.")
        label = await services.store.classes.current(label)  # an older model calls it by its older name
        old = await services.store.labels.of(stored.id)
        sha256 = await asyncio.to_thread(services.dataset.add, picture, label, pending=place == "pending")
        new = Label(stored.id, user_id, label, sha256, place)
        try:
            await services.store.labels.set(new, stored.id)
        except StoreError:
            await drop(services, new)  # no row would say whose it is
            raise
        if old:
            await drop(services, old)
    return new


async def undo(services: Services, stored: Answer) -> Label | None:
    """Let no label hold for a photo any more; returns the one that did."""
    async with services.labelling:
        old = await services.store.labels.of(stored.id)
        if old:
            await services.store.labels.set(None, stored.id)
            await drop(services, old)
    return old


async def forget(services: Services, user_id: int) -> tuple[int, int]:
    """Delete all that a person sent.

    Returns:
        How many photos were known, and how many pictures were deleted.
    """
    async with services.labelling:
        # Files first: if this is cut short, the rows still say what is left to delete.
        deleted = await _remove(services, await services.store.labels.files_of(user_id))
        return await services.store.people.forget(user_id), deleted


async def drop(services: Services, file: Label) -> None:
    """Delete a file unless a label that holds still needs it."""
    if not await services.store.labels.need_file(file):
        await _remove(services, [file])


async def _remove(services: Services, files: Sequence[Label]) -> int:
    """Delete files, but for those that the owner imported too: they are not ours. Returns how many."""

    def remove() -> int:
        imported = services.dataset.records() if files else {}
        return sum(
            services.dataset.remove(file.sha256, file.label, pending=file.place == "pending")
            for file in files
            if file.place == "pending" or (file.sha256, file.label) not in imported
        )

    return await asyncio.to_thread(remove)
