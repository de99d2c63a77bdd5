"""The inbox: what people say is in photos of none of the known currencies."""

from collections.abc import Collection

import sqlalchemy as sa

from bot.store.database import Database, now
from bot.store.decisions import note
from bot.store.labels import LABEL
from bot.store.rows import Held, Label, Named, Proposal, Said
from bot.store.tables import ACTIVE, classes, labels, suggestions
from model.prediction import NONE

# A suggestion counts while its photo is labelled as none of the known currencies.
_WAITS = (suggestions.c.prediction_id == labels.c.prediction_id, ACTIVE, labels.c.label == NONE)


class Suggestions:
    """Reads and writes the inbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, prediction_id: int, user_id: int, kind: Said, class_id: int | None = None) -> None:
        """Keep what a person says of a photo, in place of what was said before."""
        async with self._database.writing() as db:
            await db.execute(sa.delete(suggestions).where(suggestions.c.prediction_id == prediction_id))
            values = {
                "prediction_id": prediction_id,
                "user_id": user_id,
                "kind": kind,
                "class_id": class_id,
                "at": now(),
            }
            await db.execute(sa.insert(suggestions).values(values))

    async def inbox(self) -> list[Proposal]:
        """List the proposed classes, those with most pictures first."""
        pictures = sa.func.count(sa.distinct(labels.c.sha256))
        query = (
            sa.select(
                classes.c.id, classes.c.name, pictures, sa.func.count(sa.distinct(suggestions.c.user_id))
            )
            .where(*_WAITS, suggestions.c.class_id == classes.c.id)
            .group_by(classes.c.id, classes.c.name)
            .order_by(pictures.desc(), classes.c.id)
        )
        async with self._database.reading() as db:
            return [Proposal(*row) for row in await db.execute(query)]

    async def waiting(self, class_id: int, up_to: int | None = None) -> list[Named]:
        """List what waits for a class, oldest first.

        Args:
            class_id: The class.
            up_to: Id of the last suggestion that counts; what came later was not seen.
        """
        query = sa.select(
            suggestions.c.id,
            labels.c.prediction_id,
            labels.c.user_id,
            labels.c.label,
            labels.c.sha256,
            labels.c.place,
        ).where(*_WAITS, suggestions.c.class_id == class_id)
        if up_to is not None:
            query = query.where(suggestions.c.id <= up_to)
        async with self._database.reading() as db:
            rows = await db.execute(query.order_by(suggestions.c.id))
            return [Named(row[0], Label(*row[1:])) for row in rows]

    async def dismiss(self, suggestion_ids: Collection[int]) -> int:
        """Take pictures out of the inbox; they stay what they are labelled. Returns how many were in it."""
        these = sa.and_(suggestions.c.id.in_(suggestion_ids), suggestions.c.class_id.is_not(None))
        async with self._database.writing() as db:
            dismissing = sa.update(suggestions).where(these).values(kind="unknown", class_id=None)
            return (await db.execute(dismissing)).rowcount

    async def take(self, waiting: Named, name: str, user_id: int) -> list[Label]:
        """Let a picture of the inbox be of a class, in the data set, and remember who decided so.

        It counts as nothing else any more, whoever else sent the same file and whatever they said.

        Returns:
            The labels that gave way.
        """
        old, at = waiting.label, now()
        same_file = labels.c.sha256 == old.sha256
        photos = sa.select(labels.c.prediction_id).where(same_file, ACTIVE)
        of_it = sa.and_(labels.c.prediction_id.in_(photos), ACTIVE)
        it = sa.and_(of_it, same_file, labels.c.label == NONE, labels.c.place == old.place)
        async with self._database.writing() as db:
            rows = await db.execute(sa.select(labels.c.id, *LABEL).where(of_it))
            held = [Held(row[0], Label(*row[1:])) for row in rows]
            await db.execute(sa.update(labels).where(of_it, ~it).values(undone_at=at))
            await db.execute(sa.update(labels).where(it).values(label=name, place="dataset"))
            await db.execute(sa.delete(suggestions).where(suggestions.c.id == waiting.suggestion_id))
            await note(db, "opening", user_id, name, at, [(each.id, each.said.place) for each in held])
        return [each.said for each in held]
