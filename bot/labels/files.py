"""The files behind labels: a file goes when no label needs it, unless the owner imported it too."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.context import Services
from bot.store.rows import Label


async def drop(services: Services, file: Label) -> None:
    """Delete the file of a label that no longer holds, unless another label needs it."""
    if not await services.store.labels.need_file(file):
        await remove(services, [file])


@asynccontextmanager
async def announced(services: Services, moving: Sequence[Label]) -> AsyncIterator[None]:
    """Let rows that do not hold speak of files, old and new, while no other row may do so.

    If the block is cut short, the rows stay, and the next start finds by them what is nobody's.
    """
    planned = [await services.store.labels.plan(replace(file, user_id=None)) for file in moving]
    yield
    if planned:
        await services.store.labels.drop_plans(planned)


async def remove(services: Services, files: Sequence[Label]) -> int:
    """Delete files; returns how many."""

    def delete() -> int:
        return sum(
            services.dataset.remove(file.sha256, file.label, place=file.place)
            for file in _ours(services, files)
        )

    return await asyncio.to_thread(delete)


async def removable(services: Services, files: Sequence[Label]) -> list[Label]:
    """Return those of `files` that `remove` would delete, each once."""

    def look() -> list[Label]:
        once = {(file.place, file.label, file.sha256): file for file in _ours(services, files)}
        return [
            file
            for file in once.values()
            if services.dataset.holds(file.sha256, file.label, place=file.place)
        ]

    return await asyncio.to_thread(look)


def _ours(services: Services, files: Sequence[Label]) -> Iterable[Label]:
    imported = services.dataset.records() if files else {}
    return (file for file in files if file.place == "pending" or (file.sha256, file.label) not in imported)
