"""What became of the labels that people gave."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.rows import Contributor
from bot.store.tables import ACTIVE, decided, decisions, labels

# What people agree on among themselves says nothing about whether they are right.
_LOOKED_AT = sa.and_(decisions.c.kind != "agreement", decisions.c.undone_at.is_(None))
_LATEST = (
    sa.select(decided.c.label_id, sa.func.max(decided.c.decision_id).label("decision_id"))
    .select_from(decided.join(decisions))
    .where(_LOOKED_AT, decided.c.was.is_not(None))
    .group_by(decided.c.label_id)
    .subquery()
)
_DECIDED = labels.outerjoin(_LATEST, _LATEST.c.label_id == labels.c.id).outerjoin(
    decisions, decisions.c.id == _LATEST.c.decision_id
)
# What was let count stays right when its class is renamed; what was found wrong ended with the decision.
_APPROVED = sa.and_(
    decisions.c.label.is_not(None),
    sa.or_(decisions.c.label == labels.c.label, labels.c.undone_at.is_distinct_from(decisions.c.at)),
)
_COUNTED = (
    labels.c.user_id,
    sa.func.count().label("labels"),
    sa.func.count().filter(ACTIVE, labels.c.place == "pending"),
    sa.func.count().filter(_APPROVED),
    sa.func.count().filter(decisions.c.id.is_not(None), ~_APPROVED),
)
_CONTRIBUTORS = (
    sa.select(*_COUNTED)
    .select_from(_DECIDED)
    .where(labels.c.user_id.is_not(None), sa.or_(ACTIVE, decisions.c.id.is_not(None)))
    .group_by(labels.c.user_id)
)


class Contributors:
    """Counts what people contributed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self) -> int:
        """Count the people who gave a label."""
        async with self._database.reading() as db:
            return await db.scalar(sa.select(sa.func.count()).select_from(_CONTRIBUTORS.subquery())) or 0

    async def top(self, limit: int, offset: int = 0) -> list[Contributor]:
        """List those who gave most labels, most first."""
        ranked = _CONTRIBUTORS.order_by(sa.desc("labels"), labels.c.user_id)
        return await self._read(ranked.limit(limit).offset(offset))

    async def find(self, user_ids: Collection[int]) -> dict[int, Contributor]:
        """Find what became of the labels of some people."""
        found = await self._read(_CONTRIBUTORS.where(labels.c.user_id.in_(user_ids)))
        return {each.user_id: each for each in found}

    async def _read(self, query: sa.Select[Any]) -> list[Contributor]:
        async with self._database.reading() as db:
            return [Contributor(*row) for row in await db.execute(query)]
