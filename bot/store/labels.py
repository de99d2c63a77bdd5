"""What people said is in photos, and which files were made of that."""

from collections.abc import Collection
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database, at, now
from bot.store.rows import File, Given, Held, Label, Suggestion
from bot.store.tables import ACTIVE, classes, decided, decisions, labels, predictions, suggestions
from model.prediction import NONE

LABEL = (
    labels.c.prediction_id,
    labels.c.user_id,
    labels.c.label,
    labels.c.sha256,
    labels.c.place,
    labels.c.phash,
)
"""The columns of a `Label`, in its order."""

DAY = 24 * 60 * 60


class Labels:
    """Reads and writes labels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, prediction_id: int) -> Label | None:
        """Find what was last said about a photo: the label that waits, else the one in the data set.

        With what it was said to be, if it is none of the known currencies.
        """
        held = await self.on(prediction_id)
        said = {each.said.place: replace(each.said, row=each.id) for each in held}
        waiting, kept = said.get("pending"), said.get("dataset")
        label = waiting or kept
        if waiting and kept:
            label = replace(waiting, beside=kept.label, is_agreed=await self._is_agreed(kept))
        if label is None or label.label != NONE:
            return label
        return replace(label, suggestion=await self._suggested(prediction_id))

    async def _is_agreed(self, kept: Label) -> bool:
        of_it = sa.and_(decided.c.label_id == kept.row, decisions.c.undone_at.is_(None))
        query = sa.select(decisions.c.kind).join(decided).where(of_it).order_by(decisions.c.id.desc())
        async with self._database.reading() as db:
            return await db.scalar(query.limit(1)) == "agreement"

    async def _suggested(self, prediction_id: int) -> Suggestion | None:
        said = suggestions.outerjoin(classes, suggestions.c.class_id == classes.c.id)
        query = sa.select(suggestions.c.kind, classes.c.name).select_from(said)
        async with self._database.reading() as db:
            found = (await db.execute(query.where(suggestions.c.prediction_id == prediction_id))).first()
            return Suggestion(found.kind, found.name or "") if found else None

    async def on(self, prediction_id: int) -> list[Held]:
        """List the labels that hold for a photo: at most one in the data set, and one that waits."""
        return await self._held(labels.c.prediction_id == prediction_id)

    async def on_pictures(self, sha256s: Collection[str]) -> list[Held]:
        """List the labels that hold for any of these files, oldest first."""
        return await self._held(labels.c.sha256.in_(sha256s))

    async def given_by(self, user_id: int) -> list[Held]:
        """List the labels that a person gave and that hold, oldest first."""
        return await self._held(labels.c.user_id == user_id)

    async def plan(self, new: Label) -> int:
        """Write down whose a file will be, before there is a file; the label does not hold yet.

        Returns:
            The id of the row, for `hold` or `drop_plans`.
        """
        async with self._database.writing() as db:
            planned = sa.insert(labels).values(**values(new), undone_at=now())
            row_id: int = (await db.execute(planned.returning(labels.c.id))).scalar_one()
            return row_id

    async def hold(self, row_id: int, *, aside: Collection[int] = ()) -> None:
        """Let a planned label hold, in place of the others on its photo: of those that wait, if it waits.

        In the data set it also replaces other classes on the same file, whoever sent it: one picture must
        not teach two.

        Args:
            row_id: The planned label.
            aside: Those of the replaced labels that wait from now on, as people disagree, instead of ending.
        """
        columns = (labels.c.prediction_id, labels.c.label, labels.c.place, labels.c.sha256)
        async with self._database.writing() as db:
            prediction_id, label, place, sha256 = (
                await db.execute(sa.select(*columns).where(labels.c.id == row_id))
            ).one()
            replaced = sa.and_(labels.c.prediction_id == prediction_id, labels.c.place == place)
            if place == "dataset":
                same_file = sa.and_(labels.c.sha256 == sha256, labels.c.place == place)
                replaced = sa.or_(
                    labels.c.prediction_id == prediction_id, sa.and_(same_file, labels.c.label != label)
                )
            waits = labels.c.id.in_(aside)
            await db.execute(sa.update(labels).where(ACTIVE, waits).values(place="pending", disputed=True))
            await db.execute(sa.update(labels).where(ACTIVE, replaced, ~waits).values(undone_at=now()))
            if label != NONE:
                await db.execute(_forgetting(prediction_id))
            else:
                await suggest_anew(db, suggestions.c.prediction_id == prediction_id)
            await db.execute(sa.update(labels).where(labels.c.id == row_id).values(undone_at=None))

    async def drop_plans(self, row_ids: Collection[int]) -> None:
        """Delete planned rows of files that other rows speak of by now."""
        async with self._database.writing() as db:
            await db.execute(sa.delete(labels).where(labels.c.id.in_(row_ids), ~ACTIVE))

    async def withdraw(self, old: Label) -> None:
        """Let a label hold no more."""
        same = sa.and_(labels.c.prediction_id == old.prediction_id, labels.c.place == old.place, ACTIVE)
        async with self._database.writing() as db:
            await db.execute(sa.update(labels).where(same).values(undone_at=now()))
            if old.label == NONE:
                await db.execute(_forgetting(old.prediction_id))

    async def dispute(self, label_ids: Collection[int], *, disputed: bool = True) -> None:
        """Remember that people disagree about these pictures, or that they no longer do."""
        these = labels.c.id.in_(label_ids)
        async with self._database.writing() as db:
            await db.execute(sa.update(labels).where(these).values(disputed=disputed))

    async def prints(self) -> list[Label]:
        """List one label that holds for each file whose perceptual hash is known."""
        one = sa.select(sa.func.min(labels.c.id)).where(ACTIVE, labels.c.phash.is_not(None))
        return [held.said for held in await self._held(labels.c.id.in_(one.group_by(labels.c.sha256)))]

    async def given_today(self, user_id: int) -> int:
        """Count the labels that a person gave within the last 24 hours, taken back or not."""
        count = sa.select(sa.func.count()).where(labels.c.user_id == user_id, labels.c.at > at(-DAY))
        async with self._database.reading() as db:
            return await db.scalar(count) or 0

    async def take_back(self, user_id: int) -> None:
        """Let no label hold any more for the photos of a person."""
        theirs = sa.select(predictions.c.id).where(predictions.c.user_id == user_id)
        async with self._database.writing() as db:
            of_them = sa.and_(labels.c.prediction_id.in_(theirs), ACTIVE)
            await db.execute(sa.update(labels).where(of_them).values(undone_at=now()))

    async def all(self) -> list[tuple[Label, bool]]:
        """List every label ever given, and whether it holds."""
        async with self._database.reading() as db:
            rows = await db.execute(sa.select(*LABEL, ACTIVE))
            return [(Label(*row[:-1]), bool(row[-1])) for row in rows]

    async def follow(self, file: File, to: File) -> None:
        """Let the labels that hold for a file speak of the place and class where it lies now.

        A label that already holds there for the same photo gives way: a photo has one label in each place.
        """
        photos = sa.select(labels.c.prediction_id).where(ACTIVE, *_same_file(file))
        there = sa.and_(ACTIVE, labels.c.place == to.place, labels.c.prediction_id.in_(photos))
        async with self._database.writing() as db:
            if to.place != file.place:
                await db.execute(sa.update(labels).where(there).values(undone_at=now()))
            moved = sa.update(labels).where(ACTIVE, *_same_file(file))
            await db.execute(moved.values(label=to.label, place=to.place))

    async def need_file(self, file: Label) -> bool:
        """Whether any label that holds refers to the same file in the same class and place."""
        async with self._database.reading() as db:
            return await db.scalar(sa.select(sa.exists().where(ACTIVE, *_same_file(file)))) or False

    async def in_dataset(self) -> list[Given]:
        """List the labels that hold for pictures of the data set, oldest first."""
        holding = sa.and_(decided.c.decision_id == decisions.c.id, decisions.c.undone_at.is_(None))
        last = sa.select(sa.func.max(decisions.c.id)).join(decided, holding)
        deciding = decisions.c.id == last.where(decided.c.label_id == labels.c.id).scalar_subquery()
        columns = (labels.c.user_id, labels.c.label, labels.c.sha256, labels.c.at)
        query = (
            sa.select(*columns, decisions.c.kind, decisions.c.user_id)
            .select_from(labels.outerjoin(decisions, deciding))
            .where(ACTIVE, labels.c.place == "dataset")
            .order_by(labels.c.id)
        )
        async with self._database.reading() as db:
            return [Given(*row) for row in await db.execute(query)]

    async def files_of(self, user_id: int) -> list[Label]:
        """List the files made of a person's photos that no label on another person's photo needs."""
        return await self._unneeded(predictions.c.user_id == user_id, _photos.c.user_id != user_id)

    async def files_said_by(self, user_id: int) -> list[Label]:
        """List the files made of what a person ever said that no label of anybody else needs."""
        others = _others.c.user_id.is_distinct_from(user_id)
        return await self._unneeded(labels.c.user_id == user_id, others)

    async def _unneeded(self, theirs: sa.ColumnElement[bool], others: sa.ColumnElement[bool]) -> list[Label]:
        wanted = sa.exists(
            sa.select(1)
            .select_from(_others.join(_photos, _others.c.prediction_id == _photos.c.id))
            .where(
                _others.c.undone_at.is_(None),
                others,
                _others.c.sha256 == labels.c.sha256,
                _others.c.label == labels.c.label,
                _others.c.place == labels.c.place,
            )
        )
        async with self._database.reading() as db:
            query = sa.select(*LABEL).select_from(labels.join(predictions)).where(theirs, ~wanted)
            return [Label(*row) for row in await db.execute(query)]

    async def _held(self, *where: sa.ColumnElement[bool]) -> list[Held]:
        async with self._database.reading() as db:
            query = sa.select(labels.c.id, *LABEL).where(ACTIVE, *where).order_by(labels.c.id)
            return [Held(row[0], Label(*row[1:])) for row in await db.execute(query)]


_others = labels.alias("others")
_photos = predictions.alias("photos")


def values(new: Label) -> dict[str, object]:
    """The row of a new label."""
    return {
        "prediction_id": new.prediction_id,
        "user_id": new.user_id,
        "label": new.label,
        "sha256": new.sha256,
        "place": new.place,
        "phash": new.phash,
        "at": now(),
    }


async def suggest_anew(db: AsyncConnection, where: sa.ColumnElement[bool], **changes: object) -> None:
    """Give suggestions that come back, or go to another class, new ids.

    Whoever approves a contact sheet approves all ids up to the last one on it; these were not there.
    """
    said = [column for column in suggestions.c if column is not suggestions.c.id]
    query = sa.select(*said).where(where).order_by(suggestions.c.id)
    rows = (await db.execute(query)).mappings().all()
    await db.execute(sa.delete(suggestions).where(where))
    for row in rows:
        await db.execute(sa.insert(suggestions).values({**row, **changes}))


def _forgetting(prediction_id: int) -> sa.Delete:
    """What was said of a photo counts only while it is labelled as none of the known currencies."""
    return sa.delete(suggestions).where(suggestions.c.prediction_id == prediction_id)


def _same_file(file: Label | File) -> tuple[sa.ColumnElement[bool], ...]:
    return labels.c.sha256 == file.sha256, labels.c.label == file.label, labels.c.place == file.place
