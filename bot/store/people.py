"""What is known of people: counted, and forgotten."""

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.rows import Figures
from bot.store.tables import ACTIVE, labels, messages, predictions, runs, users


class People:
    """Counts and deletes what people did."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def figures(self, user_id: int | None = None) -> Figures:
        """Count what one person did, or everybody."""
        mine = sa.true() if user_id is None else predictions.c.user_id == user_id
        given = sa.true() if user_id is None else labels.c.user_id == user_id
        agrees = sa.select(sa.func.count()).select_from(labels.join(predictions))
        async with self._database.reading() as db:
            verdicts = await db.execute(
                sa.select(predictions.c.verdict, sa.func.count()).where(mine).group_by(predictions.c.verdict)
            )
            places = await db.execute(
                sa.select(labels.c.place, sa.func.count()).where(ACTIVE, given).group_by(labels.c.place)
            )
            return Figures(
                users=await db.scalar(sa.select(sa.func.count()).select_from(users)) or 0,
                predictions={verdict: count for verdict, count in verdicts},
                labels={place: count for place, count in places},
                agreed=await db.scalar(agrees.where(ACTIVE, given, labels.c.label == predictions.c.label))
                or 0,
            )

    async def forget(self, user_id: int) -> int:
        """Delete every row about a person; returns how many photos that were.

        Labels that they gave on other people's photos stay, as nobody's.
        """
        theirs = sa.select(predictions.c.id).where(predictions.c.user_id == user_id)
        async with self._database.writing() as db:
            await db.execute(sa.delete(labels).where(labels.c.prediction_id.in_(theirs)))
            await db.execute(sa.delete(messages).where(messages.c.prediction_id.in_(theirs)))
            gone = await db.execute(sa.delete(predictions).where(predictions.c.user_id == user_id))
            await db.execute(sa.update(labels).where(labels.c.user_id == user_id).values(user_id=None))
            await db.execute(sa.update(runs).where(runs.c.user_id == user_id).values(user_id=None))
            await db.execute(sa.update(runs).where(runs.c.ended_by == user_id).values(ended_by=None))
            await db.execute(sa.delete(users).where(users.c.id == user_id))
            return gone.rowcount
