"""What people say about photos becomes labelled pictures, and stops being so. No Telegram in here.

Three steps, each whole or not at all: a row says whose the picture will be (it does not hold yet), the
picture is written, the row holds and the one before it does no longer. Deleting goes the other way. So
after a crash at any moment a label that holds has its picture, and a picture too many has a row that does
not hold: `bot.labels.reconcile` finds it by that, and `/forget` too.

What somebody trusted says counts at once. What anybody else says waits in `pending` until it is reviewed
(`bot.labels.deciding`) or enough people say the same (`bot.labels.agreement`), and replaces nothing until
then.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from bot import texts
from bot.context import Services
from bot.labels import agreement, files, mending
from bot.store.rows import Answer, Held, Label, Place
from model.errors import DataError, ModelError, RefusedError, StoreError
from training.data.dataset import Prepared
from training.fitting.memory import blank
from training.intake.chat_groups import forget_deleted

log = logging.getLogger(__name__)


async def admit(services: Services, user_id: int) -> None:
    """Make sure that a person may give one more label today.

    Raises:
        RefusedError: They gave as many as somebody who is not trusted yet may give.
    """
    if services.settings.is_trusted(user_id):
        return
    if await services.store.labels.given_today(user_id) >= services.settings.labels_per_day:
        raise RefusedError(texts.ENOUGH_FOR_TODAY)


async def save(services: Services, stored: Answer, label: str, user_id: int, picture: bytes) -> Label:
    """Let `label` hold for a photo in place of what held before, or wait beside what was reviewed.

    The word of somebody trusted also takes the same file out of other classes of the data set. What they said
    themselves on other photos of it ends there; what others said waits for somebody to look.

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
        held = [each.said for each in await services.store.labels.on(stored.id)]
        replaced = [old for old in held if place == "dataset" or old.place == "pending"]
        for kept in held:
            if kept not in replaced and kept.label == label:  # they come round to what was reviewed
                for old in replaced:
                    await _withdraw(services, old)
                return kept
        prepared = await asyncio.to_thread(services.dataset.prepare, picture, label, place=place)
        prints = await asyncio.to_thread(agreement.fingerprint_of, picture)
        new = Label(stored.id, user_id, label, prepared.sha256, place, f"{prints.phash:016x}")
        await _keep(services, new, prepared, replaced)
        if place == "dataset":
            await agreement.reconsider(services, [new, *replaced])
        elif await agreement.settle(services, new, prints):
            return replace(new, place="dataset")
    return new


async def undo(services: Services, stored: Answer, user_id: int, row: int = 0) -> Label | None:
    """Take back what was last said about a photo; returns it, if anything was.

    Args:
        services: The parts behind the chat.
        stored: The photo's prediction.
        user_id: Who takes it back.
        row: The label that is meant, so that a repeated tap takes back no other; 0 for whichever it is.

    Raises:
        RefusedError: Somebody else said it, and their word is not this person's to take back.
    """
    async with services.labelling:
        old = await services.store.labels.of(stored.id)
        if old and row not in (0, old.row):
            return None
        if old and old.user_id != user_id and not services.settings.is_trusted(user_id):
            raise RefusedError(texts.NOT_YOUR_LABEL)
        if old:
            await _withdraw(services, old)
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
        going = await services.store.labels.files_of(user_id)
        deleted = await files.remove(services, going)
        await asyncio.to_thread(_blank, services, {file.sha256 for file in going})
        # Rows last: if this is cut short, they still say what is left to delete.
        known = await services.store.people.forget(user_id)
        await agreement.reconsider(services, going)
    return known, deleted


async def let_go(services: Services, label_id: int) -> None:
    """Let labels follow what the owner of the folders has moved; withdraw those whose picture they deleted.

    Args:
        services: The parts behind the chat.
        label_id: A label that waits, on a picture that was found missing.

    Raises:
        DataError: The manifest cannot be read, or the disk with all that waits seems to be missing.
        StoreError: The database cannot be read or written.
    """
    async with services.labelling:
        await mending.follow(services)
        # What waited when the picture was looked for may have been changed since.
        waiting = await services.store.queue.find(label_id)
        root = services.dataset.root(place="pending")
        if waiting and not await asyncio.to_thread(lambda: root.is_dir() and any(root.iterdir())):
            # A disk that is not mounted today must not cost the database what it knows.
            raise DataError(
                f"No picture that waits is there: see whether the disk of {root.name!r} is mounted. If they "
                f"are gone for good, make an empty folder {waiting.labels[0].said.label!r} in it."
            )
        gone = [
            each.said
            for each in (waiting.labels if waiting else ())
            if not await asyncio.to_thread(
                services.dataset.holds, each.said.sha256, each.said.label, place="pending"
            )
        ]
        for label in gone:
            await services.store.labels.withdraw(label)
        await agreement.reconsider(services, gone)


def _blank(services: Services, pictures: set[str]) -> None:
    left = {sha256 for _, sha256 in services.dataset.kept()}  # imported, or from somebody else as well
    forget_deleted(services.dataset)
    for card in services.registry.versions():
        try:
            blank(services.registry.folder(card.version), pictures - left)
        except ModelError as err:
            log.warning("nothing can be taken out of model %s: %s", card.version, err)


async def _keep(services: Services, new: Label, prepared: Prepared, replaced: Sequence[Label]) -> None:
    """Write a label and its file, and let what it replaces go.

    Args:
        services: The parts behind the chat.
        new: The label.
        prepared: Its file.
        replaced: What holds no more on its own photo.
    """
    contradicted = await _contradicted(services, new) if new.place == "dataset" else []
    aside = [each for each in contradicted if await _may_wait(services, each, new)]
    old, waiting = [each.said for each in aside], [replace(each.said, place="pending") for each in aside]
    async with files.announced(services, [*old, *waiting]):
        planned = await services.store.labels.plan(new)
        for file in (new, *waiting):
            path = services.dataset.path(file.sha256, file.label, place=file.place)
            await asyncio.to_thread(services.dataset.put, replace(prepared, path=path))
        try:
            await services.store.labels.hold(planned, aside=[each.id for each in aside])
        except StoreError:
            for file in (new, *waiting):  # nobody will be thanked for it
                await files.drop(services, file)
            raise
        for gone in (*replaced, *(each.said for each in contradicted)):
            await files.drop(services, gone)


async def _contradicted(services: Services, new: Label) -> list[Held]:
    """List what the data set holds the same file as, other than a class that is to hold alone."""
    on_file = await services.store.labels.on_pictures({new.sha256})
    return [each for each in on_file if each.said.place == "dataset" and each.said.label != new.label]


async def _may_wait(services: Services, old: Held, new: Label) -> bool:
    """Whether a label of the data set is somebody else's, on a photo of which nothing waits yet."""
    if new.user_id == old.said.user_id or new.prediction_id == old.said.prediction_id:
        return False
    return [old] == await services.store.labels.on(old.said.prediction_id)


async def _withdraw(services: Services, old: Label) -> None:
    await services.store.labels.withdraw(old)
    await files.drop(services, old)
    await agreement.reconsider(services, [old])
