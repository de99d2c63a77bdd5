"""What people said is in photos, and which files were made of that."""

import sqlalchemy as sa

from bot.store.database import Database, now
from bot.store.rows import File, Label
from bot.store.tables import ACTIVE, labels, predictions

_LABEL = (labels.c.prediction_id, labels.c.user_id, labels.c.label, labels.c.sha256, labels.c.place)


class Labels:
    """Reads and writes labels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, prediction_id: int) -> Label | None:
        """Find the label that holds for a prediction."""
        async with self._database.reading() as db:
            query = sa.select(*_LABEL).where(labels.c.prediction_id == prediction_id, ACTIVE)
            row = (await db.execute(query)).first()
            return Label(*row) if row else None

    async def plan(self, new: Label) -> int:
        """Write down whose a file will be, before there is a file; the label does not hold yet.

        Returns:
            The id of the row, for `hold`.
        """
        values = {
            "prediction_id": new.prediction_id,
            "user_id": new.user_id,
            "label": new.label,
            "sha256": new.sha256,
            "place": new.place,
            "at": now(),
            "undone_at": now(),
        }
        async with self._database.writing() as db:
            row_id: int = (
                await db.execute(sa.insert(labels).values(values).returning(labels.c.id))
            ).scalar_one()
            return row_id

    async def hold(self, row_id: int | None, prediction_id: int) -> None:
        """Let a planned label, or none at all, hold for a prediction from now on."""
        async with self._database.writing() as db:
            of_it = sa.and_(labels.c.prediction_id == prediction_id, ACTIVE)
            await db.execute(sa.update(labels).where(of_it).values(undone_at=now()))
            if row_id is not None:
                planned = sa.update(labels).where(labels.c.id == row_id)
                await db.execute(planned.values(undone_at=None))

    async def take_back(self, user_id: int) -> None:
        """Let no label hold any more for the photos of a person."""
        theirs = sa.select(predictions.c.id).where(predictions.c.user_id == user_id)
        async with self._database.writing() as db:
            of_them = sa.and_(labels.c.prediction_id.in_(theirs), ACTIVE)
            await db.execute(sa.update(labels).where(of_them).values(undone_at=now()))

    async def all(self) -> list[tuple[Label, bool]]:
        """List every label ever given, and whether it holds."""
        async with self._database.reading() as db:
            rows = await db.execute(sa.select(*_LABEL, ACTIVE))
            return [(Label(*row[:-1]), bool(row[-1])) for row in rows]

    async def follow(self, file: File, to: File) -> None:
        """Let the labels that hold for a file speak of the place and class where it lies now."""
        async with self._database.writing() as db:
            moved = sa.update(labels).where(ACTIVE, *_same_file(file))
            await db.execute(moved.values(label=to.label, place=to.place))

    async def need_file(self, file: Label) -> bool:
        """Whether any label that holds refers to the same file in the same class and place."""
        async with self._database.reading() as db:
            return await db.scalar(sa.select(sa.exists().where(ACTIVE, *_same_file(file)))) or False

    async def files_of(self, user_id: int) -> list[Label]:
        """List the files made of a person's photos that no label on another person's photo needs."""
        theirs = predictions.c.user_id == user_id
        other_labels, other_predictions = labels.alias(), predictions.alias()
        wanted_by_others = sa.exists(
            sa.select(1)
            .select_from(
                other_labels.join(other_predictions, other_labels.c.prediction_id == other_predictions.c.id)
            )
            .where(
                other_labels.c.undone_at.is_(None),
                other_predictions.c.user_id != user_id,
                other_labels.c.sha256 == labels.c.sha256,
                other_labels.c.label == labels.c.label,
                other_labels.c.place == labels.c.place,
            )
        )
        async with self._database.reading() as db:
            rows = await db.execute(
                sa.select(*_LABEL).select_from(labels.join(predictions)).where(theirs, ~wanted_by_others)
            )
            return [Label(*row) for row in rows]


def _same_file(file: Label | File) -> tuple[sa.ColumnElement[bool], ...]:
    return labels.c.sha256 == file.sha256, labels.c.label == file.label, labels.c.place == file.place
