"""What is known of people: counted, and forgotten."""

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.rows import Figures
from bot.store.tables import (
    ACTIVE,
    classes,
    decided,
    decisions,
    labels,
    messages,
    predictions,
    runs,
    showings,
    suggestions,
    updates,
    users,
)
from model.labels import currency_code

# A name that somebody typed and that stands for nothing.
_elsewhere = classes.alias()
_UNUSED = (
    classes.c.opened_at.is_(None),
    classes.c.renamed_to.is_(None),
    classes.c.id.not_in(sa.select(suggestions.c.class_id).where(suggestions.c.class_id.is_not(None))),
    classes.c.id.not_in(sa.select(_elsewhere.c.renamed_to).where(_elsewhere.c.renamed_to.is_not(None))),
)


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
        their_labels = sa.select(labels.c.id).where(labels.c.prediction_id.in_(theirs))
        async with self._database.writing() as db:
            await db.execute(sa.delete(decided).where(decided.c.label_id.in_(their_labels)))
            await db.execute(sa.delete(suggestions).where(suggestions.c.prediction_id.in_(theirs)))
            await db.execute(sa.delete(labels).where(labels.c.prediction_id.in_(theirs)))
            await db.execute(sa.delete(messages).where(messages.c.prediction_id.in_(theirs)))
            gone = await db.execute(sa.delete(predictions).where(predictions.c.user_id == user_id))
            await db.execute(sa.update(labels).where(labels.c.user_id == user_id).values(user_id=None))
            await db.execute(sa.delete(showings).where(showings.c.chat_id == user_id))  # /review is private
            for column in (
                suggestions.c.user_id,
                runs.c.user_id,
                runs.c.ended_by,
                decisions.c.user_id,
                classes.c.opened_by,
                classes.c.renamed_by,
            ):
                await db.execute(sa.update(column.table).where(column == user_id).values({column.name: None}))
            private = sa.and_(runs.c.chat_id == user_id, runs.c.status != "running")
            await db.execute(sa.update(runs).where(private).values(chat_id=0))
            unused = (await db.execute(sa.select(classes.c.id, classes.c.name).where(*_UNUSED))).all()
            # A code is nobody's word, and buttons in other chats may stand for it.
            typed = [row.id for row in unused if currency_code(row.name) != row.name]
            await db.execute(sa.delete(classes).where(classes.c.id.in_(typed)))
            waiting = updates.c.user_id == user_id
            await db.execute(sa.update(updates).where(waiting).values(user_id=None, data=None))
            await db.execute(sa.delete(users).where(users.c.id == user_id))
            return gone.rowcount
