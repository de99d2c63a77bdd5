"""Classes are opened and renamed: pictures go to other folders. No Telegram in here.

Each picture is on the disk in its new class before the rows say so, and only then leaves the old one: after
a crash it may lie in both classes, never in none. A rename that was cut short is finished at the next
start; of an opening that was, the rest still waits in the inbox.
"""

import asyncio
from dataclasses import replace

from bot.context import Services
from bot.labels import files
from bot.store.rows import Class
from bot.texts import counted
from model.errors import DataError, StoreError
from training.data.dataset import PLACES
from training.fitting.memory import read_memory


async def open_class(services: Services, opened: Class, up_to: int, user_id: int) -> None:
    """Offer a class from now on, and move what an admin has seen of its inbox to the data set.

    Args:
        services: The parts behind the chat.
        opened: The class.
        up_to: Id of the last suggestion that they saw.
        user_id: The admin.

    Raises:
        DataError: A picture cannot be written; what was moved before stays moved.
    """
    await services.store.classes.open(opened.id, user_id)
    for waiting in await services.store.suggestions.waiting(opened.id, up_to):
        async with services.labelling:
            # Somebody may have taken their word back since.
            if waiting not in await services.store.suggestions.waiting(opened.id, up_to):
                continue
            old = waiting.label
            new = replace(old, label=opened.name, place="dataset")
            async with files.announced(services, [old, new]):
                copied = await asyncio.to_thread(
                    services.dataset.copy, old.sha256, old.label, opened.name, place=old.place
                )
                if not copied:
                    continue
                try:
                    replaced = await services.store.suggestions.take(waiting, opened.name, user_id)
                except StoreError:
                    await files.drop(services, new)
                    raise
                for each in replaced:
                    await files.drop(services, each)


async def rename(services: Services, old: Class, new: Class, user_id: int) -> None:
    """Let a class go by another name, or become part of the class that has it.

    Raises:
        DataError: The model remembers pictures of it that are not here, or a picture cannot be written.
        ModelError: What the model remembers cannot be read.
    """
    if missing := await asyncio.to_thread(remembered_only, services, old.name):
        raise DataError(
            f"The model remembers {counted(missing, 'picture')} of {old.name} without having them here, and "
            "would go on calling them that; bring them in with `currency-bot dataset import` first."
        )
    async with services.labelling:  # else a label that is being saved would go to the old class
        await services.store.classes.begin_rename(old.id, new.id, user_id)
    await _move(services, old, new)


async def finish_renames(services: Services) -> None:
    """Move what a stop of the bot has kept from being moved.

    Raises:
        DataError: A picture cannot be written.
    """
    for old, new in await services.store.classes.unfinished_renames():
        await _move(services, old, new)


def remembered_only(services: Services, label: str) -> int:
    """Count the pictures of a class that the model in use brought along and that are not here."""
    memory = read_memory(services.registry.folder(services.registry.in_use()))
    here = {example.path.stem for example in services.dataset.examples()}
    brought = memory.sha256[memory.shipped & (memory.label == label)].tolist()
    return sum(sha256 not in here for sha256 in brought)


async def _move(services: Services, old: Class, new: Class) -> None:
    dataset = services.dataset
    imported = await asyncio.to_thread(dataset.records)
    records = [replace(found, label=new.name) for (_, label), found in imported.items() if label == old.name]
    if records:  # their split stays, or what was tested on would teach
        await asyncio.to_thread(dataset.record, records)
    for place in PLACES:
        for sha256 in await asyncio.to_thread(dataset.pictures, old.name, place=place):
            async with services.labelling:
                copied = await asyncio.to_thread(
                    dataset.copy, sha256, old.name, new.name, place=place, to_place=place
                )
                if copied:
                    await services.store.classes.relabel(sha256, old.name, new.name, place)
                    await asyncio.to_thread(dataset.remove, sha256, old.name, place=place)
        await asyncio.to_thread(dataset.remove_class, old.name, place=place)
    await services.store.classes.end_rename(old.id)
