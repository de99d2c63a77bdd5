"""What people say about photos becomes labelled pictures, and stops being so. No Telegram in here.

Three steps, each whole or not at all: a row says whose the picture will be (it does not hold yet), the
picture is written, the row holds and the one before it does no longer. Deleting goes the other way. So
after a crash at any moment a label that holds has its picture, and a picture too many has a row that does
not hold: `bot.reconcile` finds it by that, and `/forget` too.
"""

import asyncio
import logging
from collections.abc import Sequence

from bot import mending
from bot.context import Services
from bot.store.rows import Answer, Label, Place
from model.errors import ModelError, StoreError
from training.memory import blank

log = logging.getLogger(__name__)


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
        old = await services.store.labels.of(stored.id)
        prepared = await asyncio.to_thread(
            services.dataset.prepare, picture, label, pending=place == "pending"
        )
        new = Label(stored.id, user_id, label, prepared.sha256, place)
        planned = await services.store.labels.plan(new)
        await asyncio.to_thread(services.dataset.put, prepared)
        try:
            await services.store.labels.hold(planned, stored.id)
        except StoreError:
            await _drop(services, new)  # nobody will be thanked for it
            raise
        if old:
            await _drop(services, old)
    return new


async def undo(services: Services, stored: Answer) -> Label | None:
    """Let no label hold for a photo any more; returns the one that did."""
    async with services.labelling:
        old = await services.store.labels.of(stored.id)
        if old:
            await services.store.labels.hold(None, stored.id)
            await _drop(services, old)
    return old


async def forget(services: Services, user_id: int) -> tuple[int, int]:
    """Delete all that a person sent, and what model versions remember of it.

    Returns:
        How many photos were known, and how many pictures were deleted.

    Raises:
        DataError: A picture cannot be deleted.
        StoreError: The database cannot be written.
    """
    async with services.labelling:
        await mending.follow(services)  # to where the owner has moved pictures by hand
        await services.store.labels.take_back(user_id)
        files = await services.store.labels.files_of(user_id)
        deleted = await _remove(services, files)
        await asyncio.to_thread(_blank, services, {file.sha256 for file in files})
        # Rows last: if this is cut short, they still say what is left to delete.
        return await services.store.people.forget(user_id), deleted


def _blank(services: Services, pictures: set[str]) -> None:
    left = {sha256 for _, sha256 in services.dataset.kept()}  # imported, or from somebody else as well
    for card in services.registry.versions():
        try:
            blank(services.registry.folder(card.version), pictures - left)
        except ModelError as err:
            log.warning("nothing can be taken out of model %s: %s", card.version, err)


async def _drop(services: Services, file: Label) -> None:
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
