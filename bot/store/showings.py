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

    async def close(self, chat_id: int, message_id: int) -> bool:
        """Remember that the picture of a message is settled or left; False when that was so before."""
        still_open = sa.update(showings).where(_is(chat_id, message_id), showings.c.is_open)
        async with self._database.writing() as db:
            return (await db.execute(still_open.values(is_open=False))).rowcount == 1

    async def decided(self, chat_id: int, message_id: int, decision_id: int) -> None:
        """Remember what was decided below a message, so that it can be undone there."""
        async with self._database.writing() as db:
            of_it = _is(chat_id, message_id)
            await db.execute(sa.update(showings).where(of_it).values(decision_id=decision_id))

    async def of_message(self, chat_id: int, message_id: int) -> Showing | None:
        """Find what a message shows."""
        return await self._first(_is(chat_id, message_id))

    async def last(self, chat_id: int, *, decided: bool = False) -> Showing | None:
        """Find the newest message of /review in a chat, or the newest below which something was decided."""
        where = showings.c.decision_id.is_not(None) if decided else sa.true()
        return await self._first(showings.c.chat_id == chat_id, where)

    async def _first(self, *where: sa.ColumnElement[bool]) -> Showing | None:
        query = sa.select(*_SHOWING).where(*where).order_by(showings.c.message_id.desc()).limit(1)
        async with self._database.reading() as db:
            row = (await db.execute(query)).first()
            return Showing(*row) if row else None


def _is(chat_id: int, message_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(showings.c.chat_id == chat_id, showings.c.message_id == message_id)
