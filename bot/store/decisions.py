"""Who decided what about labels, and when."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database, now
from bot.store.labels import LABEL, suggest_anew, values
from bot.store.rows import Change, Decision, Held, Kind, Label
from bot.store.tables import ACTIVE, decided, decisions, labels, predictions, suggestions
from model.prediction import NONE

_DECISION = (
    decisions.c.id,
    decisions.c.kind,
    decisions.c.user_id,
    decisions.c.label,
    decisions.c.at,
    decisions.c.undone_at.is_not(None),
)


class Decisions:
    """Reads and writes decisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self,
        kind: Kind,
        user_id: int | None,
        label: str | None,
        *,
        moved: Sequence[Held] = (),
        ended: Sequence[Held] = (),
        brought: Sequence[Label] = (),
    ) -> int:
        """Change labels and remember who decided so.

        Args:
            kind: How it was decided.
            user_id: Who decided; None where people agreed.
            label: The class that was decided for; None to reject.
            moved: Labels that waited and go to the data set.
            ended: Labels that hold no more.
            brought: Labels that hold from now on.

        Returns:
            The decision's id.
        """
        async with self._database.writing() as db:
            at = now()
            changes: list[tuple[int, str | None]] = [(each.id, each.said.place) for each in (*moved, *ended)]
            # First what ends: a photo has one label in each place.
            over = labels.c.id.in_([each.id for each in ended])
            await db.execute(sa.update(labels).where(over).values(undone_at=at))
            going = labels.c.id.in_([each.id for each in moved])
            await db.execute(sa.update(labels).where(going).values(place="dataset"))
            for each in brought:
                row = await db.execute(sa.insert(labels).values(values(each)).returning(labels.c.id))
                changes.append((row.scalar_one(), None))
                if each.label == NONE:  # what its photo was named before counts again
                    await suggest_anew(db, suggestions.c.prediction_id == each.prediction_id)
            return await note(db, kind, user_id, label, at, changes)

    async def find(self, decision_id: int) -> Decision | None:
        """Find a decision by its id."""
        return await self._first(decisions.c.id == decision_id)

    async def last_on(self, label_id: int) -> Decision | None:
        """Find the newest decision that changed a label."""
        newest = sa.select(sa.func.max(decided.c.decision_id)).where(decided.c.label_id == label_id)
        return await self._first(decisions.c.id == newest.scalar_subquery())

    async def is_rejected(self, sha256s: Collection[str]) -> bool:
        """Whether the last review of any of these files, among those not undone, rejected it."""
        reviewed = sa.and_(decisions.c.kind == "review", decisions.c.undone_at.is_(None))
        query = (
            sa.select(decisions.c.label)
            .select_from(decided.join(decisions).join(labels))
            .where(reviewed, labels.c.sha256.in_(sha256s))
            .order_by(decisions.c.id.desc())
        )
        async with self._database.reading() as db:
            last = (await db.execute(query.limit(1))).first()
            return last is not None and last.label is None

    async def changes(self, decision_id: int) -> list[Change]:
        """List what a decision did to labels that are still known."""
        later = labels.alias("later")
        of_it = sa.select(decided.c.label_id).where(decided.c.decision_id == decision_id)
        is_newer = sa.exists().where(
            later.c.prediction_id == labels.c.prediction_id,
            later.c.undone_at.is_(None),
            later.c.id.not_in(of_it),
            later.c.at > decisions.c.at,
        )
        was_ended = labels.c.undone_at == decisions.c.at
        query = (
            sa.select(labels.c.id, decided.c.was, ACTIVE, was_ended, is_newer, predictions.c.file_id, *LABEL)
            .select_from(decided.join(decisions).join(labels).join(predictions))
            .where(decided.c.decision_id == decision_id)
            .order_by(labels.c.id)
        )
        async with self._database.reading() as db:
            return [
                Change(label_id, Label(*label), was, bool(holds), bool(ended), bool(newer), file_id)
                for label_id, was, holds, ended, newer, file_id, *label in await db.execute(query)
            ]

    async def take_back(self, decision_id: int, *, restored: Sequence[Held], ended: Sequence[Change]) -> None:
        """Undo what a decision did to labels, and remember that it holds no more.

        Args:
            decision_id: The decision.
            restored: Labels that hold again, each in the class and place that it is to have.
            ended: Labels that hold no more.
        """
        async with self._database.writing() as db:
            # First what ends, and what changes places: a photo has one label in each.
            over = labels.c.id.in_([*(each.label_id for each in ended), *(each.id for each in restored)])
            await db.execute(sa.update(labels).where(over).values(undone_at=now()))
            for each in restored:
                again = {"undone_at": None, "label": each.said.label, "place": each.said.place}
                await db.execute(sa.update(labels).where(labels.c.id == each.id).values(again))
                await suggest_anew(db, suggestions.c.prediction_id == each.said.prediction_id)
            of_it = decisions.c.id == decision_id
            await db.execute(sa.update(decisions).where(of_it).values(undone_at=now()))

    async def _first(self, where: sa.ColumnElement[bool]) -> Decision | None:
        async with self._database.reading() as db:
            row = (await db.execute(sa.select(*_DECISION).where(where))).first()
            return Decision(*row) if row else None


async def note(
    db: AsyncConnection,
    kind: Kind,
    user_id: int | None,
    label: str | None,
    at: str,
    changes: Sequence[tuple[int, str | None]],
) -> int:
    """Remember who decided about labels, in the transaction that changes them; returns the decision's id.

    Args:
        db: The connection.
        kind: How it was decided.
        user_id: Who decided; None where people agreed.
        label: The class that was decided for; None to reject.
        at: When; what the decision ends holds no more since the same time.
        changes: The labels, each with the place that it had; None if the decision brought it.
    """
    new = {"kind": kind, "user_id": user_id, "label": label, "at": at}
    noted = await db.execute(sa.insert(decisions).values(new).returning(decisions.c.id))
    decision_id: int = noted.scalar_one()
    rows = [{"decision_id": decision_id, "label_id": label_id, "was": was} for label_id, was in changes]
    await db.execute(sa.insert(decided), rows)
    return decision_id
