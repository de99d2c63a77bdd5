"""Which message of /review shows which picture."""

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.rows import Showing
from bot.store.tables import showings

_SHOWING = (
    showings.c.chat_id,
    showings.c.message_id,
    showings.c.label_id,
    showings.c.is_open,
    showings.c.decision_id,
)


class Showings:
    """Reads and writes the messages of /review."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, chat_id: int, message_id: int, label_id: int) -> None:
        """Remember that a message shows a picture; every other one in the chat is then closed."""
        async with self._database.writing() as db:
            # A server that was set up anew (the sandbox) counts its messages from 1 again.
            later = sa.and_(showings.c.chat_id == chat_id, showings.c.message_id >= message_id)
            await db.execute(sa.delete(showings).where(later))
            await db.execute(sa.update(showings).where(showings.c.chat_id == chat_id).values(is_open=False))
            new = {"chat_id": chat_id, "message_id": message_id, "label_id": label_id, "is_open": True}
            await db.execute(sa.insert(showings).values(new))

    async def close(self, chat_id: int, message_id: int, decision_id: int | None = None) -> bool:
        """Remember that the picture of a message is settled or left.

        Args:
            chat_id: Where the message is.
            message_id: The message.
            decision_id: What was decided below it, if anything, so that it can be undone there.

        Returns:
            False when that was so before, or the message is not known.
        """
        of_it = sa.update(showings).where(_is(chat_id, message_id))
        async with self._database.writing() as db:
            if decision_id is not None:
                await db.execute(of_it.values(decision_id=decision_id))
            closed = await db.execute(of_it.where(showings.c.is_open).values(is_open=False))
            return closed.rowcount == 1

    async def reopen(self, chat_id: int, message_id: int) -> None:
        """Remember that a message waits for a decision again; every other one in the chat is then closed."""
        async with self._database.writing() as db:
            here = sa.update(showings).where(showings.c.chat_id == chat_id)
            await db.execute(here.values(is_open=showings.c.message_id == message_id))

    async def of_message(self, chat_id: int, message_id: int) -> Showing | None:
        """Find what a message shows."""
        return await self._newest(_is(chat_id, message_id))

    async def newest(self, chat_id: int) -> Showing | None:
        """Find the newest message of /review in a chat."""
        return await self._newest(showings.c.chat_id == chat_id)

    async def current(self, chat_id: int) -> Showing | None:
        """Find the message of a chat that waits for a decision."""
        return await self._newest(showings.c.chat_id == chat_id, showings.c.is_open)

    async def last_decided(self, chat_id: int) -> Showing | None:
        """Find the newest message of a chat below which something was decided."""
        return await self._newest(showings.c.chat_id == chat_id, showings.c.decision_id.is_not(None))

    async def _newest(self, *where: sa.ColumnElement[bool]) -> Showing | None:
        query = sa.select(*_SHOWING).where(*where).order_by(showings.c.message_id.desc()).limit(1)
        async with self._database.reading() as db:
            row = (await db.execute(query)).first()
            return Showing(*row) if row else None


def _is(chat_id: int, message_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(showings.c.chat_id == chat_id, showings.c.message_id == message_id)
