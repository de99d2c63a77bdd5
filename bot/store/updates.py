"""Updates that were received and are not finished: what a crash would otherwise lose."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import updates

LIVES = 3
"""How often an update is begun at most."""


class Updates:
    """Reads and writes unfinished updates."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, number: int, data: Mapping[str, Any]) -> None:
        """Keep an update, as Telegram sent it, until it is done; one that is kept already stays as it is."""
        async with self._database.writing() as db:
            if await db.scalar(sa.select(updates.c.id).where(updates.c.id == number)) is None:
                await db.execute(sa.insert(updates).values(id=number, data=data, cut_off=0))

    async def done(self, number: int) -> None:
        """Let go of an update."""
        async with self._database.writing() as db:
            await db.execute(sa.delete(updates).where(updates.c.id == number))

    async def left_over(self) -> tuple[list[Mapping[str, Any]], list[int]]:
        """Say what earlier lives of the bot left unfinished.

        Returns:
            The updates to do now, oldest first; and the numbers of those that were cut off `LIVES` times.
            They are let go: perhaps it was they that ended the bot.
        """
        async with self._database.writing() as db:
            await db.execute(sa.update(updates).values(cut_off=updates.c.cut_off + 1))
            rows = (await db.execute(sa.select(updates).order_by(updates.c.id))).all()
            await db.execute(sa.delete(updates).where(updates.c.cut_off >= LIVES))
        return [row.data for row in rows if row.cut_off < LIVES], [
            row.id for row in rows if row.cut_off >= LIVES
        ]
