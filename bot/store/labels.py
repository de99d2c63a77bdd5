"""What people said is in photos, and which files were made of that."""

import sqlalchemy as sa

from bot.store.database import Database, now
from bot.store.rows import Given, Label
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

    async def set(self, new: Label | None, prediction_id: int) -> None:
        """Let `new`, or no label at all, hold for a prediction from now on."""
        async with self._database.writing() as db:
            of_it = sa.and_(labels.c.prediction_id == prediction_id, ACTIVE)
            await db.execute(sa.update(labels).where(of_it).values(undone_at=now()))
            if new:
                await db.execute(
                    sa.insert(labels).values(
                        prediction_id=prediction_id,
                        user_id=new.user_id,
                        label=new.label,
                        sha256=new.sha256,
                        place=new.place,
                        at=now(),
                    )
                )

    async def need_file(self, file: Label) -> bool:
        """Whether any label that holds refers to the same file in the same class and place."""
        same_file = (
            labels.c.sha256 == file.sha256,
            labels.c.label == file.label,
            labels.c.place == file.place,
        )
        async with self._database.reading() as db:
            return await db.scalar(sa.select(sa.exists().where(ACTIVE, *same_file))) or False

    async def in_dataset(self) -> list[Given]:
        """List the labels that hold for pictures of the data set, oldest first."""
        columns = (labels.c.user_id, labels.c.label, labels.c.sha256, labels.c.at)
        query = sa.select(*columns).where(ACTIVE, labels.c.place == "dataset").order_by(labels.c.id)
        async with self._database.reading() as db:
            return [Given(*row) for row in await db.execute(query)]

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
