"""The pictures that wait for review: disputed ones first, then the oldest."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.labels import LABEL
from bot.store.rows import Held, Label, Waiting
from bot.store.tables import ACTIVE, classes, labels, suggestions

_WAITS = sa.and_(ACTIVE, labels.c.place == "pending")
_DISPUTED = sa.cast(labels.c.disputed, sa.Integer)
# A file is shown once, however many people sent it.
_QUEUE = (
    sa.select(sa.func.min(labels.c.id).label("first"), sa.func.max(_DISPUTED).label("disputed"))
    .where(_WAITS)
    .group_by(labels.c.sha256)
    .subquery()
)


class Queue:
    """Reads what waits for review."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, after: int | None = None) -> int:
        """Count the pictures that wait.

        Args:
            after: Only those that come after the picture of this label.
        """
        query = sa.select(sa.func.count()).select_from(_QUEUE).where(_behind(after))
        async with self._database.reading() as db:
            return await db.scalar(query) or 0

    async def next(self, after: int | None = None) -> Waiting | None:
        """Find the picture that comes first, or first after the picture of a label."""
        query = sa.select(_QUEUE.c.first).where(_behind(after))
        query = query.order_by(_QUEUE.c.disputed.desc(), _QUEUE.c.first).limit(1)
        async with self._database.reading() as db:
            first = await db.scalar(query)
        return None if first is None else await self.find(first)

    async def find(self, label_id: int) -> Waiting | None:
        """Find the picture that a label is about, unless that label no longer waits."""
        of_it = sa.select(labels.c.sha256).where(labels.c.id == label_id, _WAITS).scalar_subquery()
        async with self._database.reading() as db:
            query = sa.select(labels.c.id, labels.c.disputed, *LABEL).where(labels.c.sha256 == of_it, ACTIVE)
            rows = (await db.execute(query.order_by(labels.c.id))).all()
            naming = sa.select(classes.c.name).distinct().join_from(suggestions, classes)
            naming = naming.where(suggestions.c.prediction_id.in_(row.prediction_id for row in rows))
            named = (await db.scalars(naming.order_by(classes.c.name))).all()
        return _to_waiting(rows, named) if rows else None


def _behind(label_id: int | None) -> sa.ColumnElement[bool]:
    if label_id is None:
        return sa.true()
    # A forgotten label has no place in the queue any more; then it begins anew.
    disputed = sa.select(_DISPUTED).where(labels.c.id == label_id).scalar_subquery()
    behind = sa.and_(_QUEUE.c.disputed == disputed, _QUEUE.c.first > label_id)
    return sa.or_(disputed.is_(None), _QUEUE.c.disputed < disputed, behind)


def _to_waiting(rows: Sequence[sa.Row[Any]], named: Sequence[str]) -> Waiting:
    held = [Held(row[0], Label(*row[2:])) for row in rows]
    return Waiting(
        labels=tuple(each for each in held if each.said.place == "pending"),
        kept=tuple(dict.fromkeys(each.said.label for each in held if each.said.place == "dataset")),
        named=tuple(named),
        disputed=any(row[1] for row in rows),
    )
