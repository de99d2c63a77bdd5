"""Looks at folders, database and models at start, and sets right what a crash left. No Telegram in here."""

import asyncio
import logging
import time
from pathlib import Path

from bot.context import Services
from bot.labels import reconcile
from bot.labels.reconcile import Found
from bot.store.rows import File
from bot.store.store import Store
from model.drafts import left_over, sweep
from model.errors import CurrencyBotError
from model.registry import Registry
from training.data.dataset import PLACES, Dataset
from training.intake.chat_groups import forget_deleted

log = logging.getLogger(__name__)

STALE_SECONDS = 3600.0
"""Age from which a half-written file is nobody's: another program may be importing or training just now."""


async def look(store: Store, dataset: Dataset, registry: Registry) -> Found:
    """Compare folders, database and models; nothing is changed.

    Raises:
        StoreError: The database cannot be read.
        DataError: The manifest cannot be read.
    """
    labels = await store.labels.all()

    def read() -> Found:
        files = {
            File(place, label, sha256) for place in PLACES for label, sha256 in dataset.kept(place=place)
        }
        imported = {(sha256, label) for sha256, label in dataset.records()}
        return Found(
            reconcile.compare(files, labels, imported),
            (*filter(_is_stale, dataset.drafts()), *left_over(registry.root)),
            dataset.torn() + registry.torn(),
            tuple(registry.broken()),
        )

    return await asyncio.to_thread(read)


async def follow(services: Services) -> Found:
    """Look, and let labels follow pictures that were moved by hand; `services.labelling` is held.

    Raises:
        StoreError: The database cannot be read or written.
        DataError: The manifest cannot be read.
    """
    found = await look(services.store, services.dataset, services.registry)
    for came_from, lies in found.differences.moved:
        await services.store.labels.follow(came_from, lies)
    return found


async def mend(services: Services) -> None:
    """Set right what can be, and say in the log what was and what was not.

    Trouble on the way is logged too: the bot answers all the same.
    """
    try:
        async with services.labelling:
            found = await follow(services)
            await asyncio.to_thread(_delete, services, found)
    except (CurrencyBotError, OSError):
        log.exception("what a crash may have left could not be looked at; the bot answers all the same")
        return
    for line in reconcile.mended(found):
        log.warning("set right at start: %s", line)
    for line in reconcile.reported(found):
        log.warning("not set right at start: %s", line)


def _delete(services: Services, found: Found) -> None:
    for file in found.differences.leftovers:
        services.dataset.remove(file.sha256, file.label, place=file.place)
    for path in found.drafts:
        if path.is_file():
            path.unlink(missing_ok=True)
    forget_deleted(services.dataset)
    sweep(services.registry.root)


def _is_stale(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > STALE_SECONDS
    except FileNotFoundError:
        return False  # whoever wrote it has finished meanwhile
