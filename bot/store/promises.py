"""What /privacy has promised, and since when: who labels a picture does so under the words of that day."""

import sqlalchemy as sa

from bot.store.database import Database, now
from bot.store.rows import Promise
from bot.store.tables import promises


class Promises:
    """Reads and writes what people were promised; nothing here is ever changed or deleted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, text: str) -> None:
        """Promise `text` from now on, unless that is what is promised already."""
        async with self._database.writing() as db:
            newest = sa.select(promises.c.text).order_by(promises.c.id.desc()).limit(1)
            if await db.scalar(newest) != text:
                await db.execute(sa.insert(promises).values(text=text, since=now()))

    async def all(self) -> list[Promise]:
        """List what was promised, oldest first."""
        async with self._database.reading() as db:
            rows = await db.execute(sa.select(promises.c.text, promises.c.since).order_by(promises.c.id))
            return [Promise(*row) for row in rows]
