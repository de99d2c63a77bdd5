"""Updates that were received: whole until they are done, and then their numbers for a while."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import updates

REMEMBERED = 10_000
"""Updates by whose number a repetition is noticed."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """An update to be kept.

    Attributes:
        number: Of the update.
        user_id: Whose it is, if anybody's.
        data: The update as Telegram sent it.
    """

    number: int
    user_id: int | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Left:
    """What earlier lives of the bot leave to this one.

    Attributes:
        unfinished: Number of each update, oldest first; the update as Telegram sent it; and how often it
            was begun again.
        numbers: Of all that were received lately, finished or not.
    """

    unfinished: list[tuple[int, Mapping[str, Any], int]]
    numbers: list[int]


class Updates:
    """Reads and writes what was received."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, arrived: Iterable[Arrived]) -> None:
        """Keep updates until they are done."""
        rows = {
            each.number: {"id": each.number, "user_id": each.user_id, "data": each.data, "repeats": 0}
            for each in arrived
        }
        async with self._database.writing() as db:
            # Some may be there: the database had kept them, and failed to say so.
            there = await db.scalars(sa.select(updates.c.id).where(updates.c.id.in_(rows)))
            fresh = [rows[number] for number in rows.keys() - set(there)]
            if fresh:
                await db.execute(sa.insert(updates), fresh)

    async def done(self, numbers: Collection[int]) -> None:
        """Keep nothing of updates but their numbers, and those no longer than needed."""
        async with self._database.writing() as db:
            await db.execute(
                sa.update(updates).where(updates.c.id.in_(numbers)).values(user_id=None, data=None)
            )
            old = updates.c.id < max(numbers) - REMEMBERED
            await db.execute(sa.delete(updates).where(old, updates.c.data.is_(None)))

    async def begun(self, number: int) -> None:
        """Count that an update is begun again."""
        async with self._database.writing() as db:
            again = sa.update(updates).where(updates.c.id == number)
            await db.execute(again.values(repeats=updates.c.repeats + 1))

    async def left(self) -> Left:
        """Say what there is when the bot starts."""
        async with self._database.reading() as db:
            rows = (await db.execute(sa.select(updates).order_by(updates.c.id))).all()
        return Left(
            [(row.id, row.data, row.repeats) for row in rows if row.data is not None],
            [row.id for row in rows],
        )
