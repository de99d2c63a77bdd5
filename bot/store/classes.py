"""Classes that were named in the chat: opened, renamed."""

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database, now
from bot.store.labels import suggest_anew
from bot.store.rows import Class, Place
from bot.store.tables import ACTIVE, classes, labels, suggestions

_CLASS = (classes.c.id, classes.c.name, classes.c.opened_at, classes.c.opened_by)


class Classes:
    """Reads and writes classes.

    Names that differ in capitals alone are one class: some disks have one folder for both.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, name: str) -> Class:
        """Find the class of a name, or write it down as one that is not opened yet."""
        async with self._database.writing() as db:
            found = await _named(db, name)
            if found is None:
                await db.execute(sa.insert(classes).values(key=name.casefold(), name=name))
                found = await _named(db, name)
            assert found  # noqa: S101 - it was just written
            return Class(*found[:4])

    async def find(self, class_id: int) -> Class | None:
        """Find a class by its id."""
        async with self._database.reading() as db:
            row = (await db.execute(sa.select(*_CLASS).where(classes.c.id == class_id))).first()
            return Class(*row) if row else None

    async def current(self, name: str) -> str:
        """Return the name that a class has by now; most were never renamed."""
        async with self._database.reading() as db:
            return await _current(db, name)

    async def opened(self) -> list[Class]:
        """List the classes that were opened and have kept their name, in that order."""
        query = sa.select(*_CLASS).where(classes.c.opened_at.is_not(None), classes.c.renamed_to.is_(None))
        async with self._database.reading() as db:
            return [
                Class(*row) for row in await db.execute(query.order_by(classes.c.opened_at, classes.c.id))
            ]

    async def open(self, class_id: int, user_id: int) -> bool:
        """Offer a class from now on, by its own name; False when it was opened before."""
        it = classes.c.id == class_id
        shut = sa.and_(it, classes.c.opened_at.is_(None))
        async with self._database.writing() as db:
            await db.execute(_stands_for_itself(it))
            opening = sa.update(classes).where(shut).values(opened_at=now(), opened_by=user_id)
            return (await db.execute(opening)).rowcount == 1

    async def begin_rename(self, old_id: int, new_id: int, user_id: int) -> None:
        """Let one class stand for another from now on; its pictures are to be moved."""
        old, new = (classes.c.id == each for each in (old_id, new_id))
        was_open = await self._is_open(old_id)
        async with self._database.writing() as db:
            # A name that comes back into use stands for itself again; so there is never a circle.
            await db.execute(_stands_for_itself(new))
            renaming = {"renamed_to": new_id, "renamed_at": None, "renamed_by": user_id}
            await db.execute(sa.update(classes).where(old).values(renaming))
            await suggest_anew(db, suggestions.c.class_id == old_id, class_id=new_id)
        if was_open:
            await self.open(new_id, user_id)

    async def relabel(self, sha256: str, old: str, new: str, place: Place) -> None:
        """Let the labels that hold for a picture of a class name another one."""
        same = sa.and_(ACTIVE, labels.c.sha256 == sha256, labels.c.label == old, labels.c.place == place)
        async with self._database.writing() as db:
            await db.execute(sa.update(labels).where(same).values(label=new))

    async def end_rename(self, old_id: int) -> None:
        """Remember that the pictures of a renamed class have been moved."""
        async with self._database.writing() as db:
            await db.execute(sa.update(classes).where(classes.c.id == old_id).values(renamed_at=now()))

    async def unfinished_renames(self) -> list[tuple[Class, Class]]:
        """List the renamed classes whose pictures may not have been moved, each with what it is now."""
        new = classes.alias()
        query = (
            sa.select(*_CLASS, new.c.id, new.c.name, new.c.opened_at, new.c.opened_by)
            .select_from(classes.join(new, classes.c.renamed_to == new.c.id))
            .where(classes.c.renamed_at.is_(None))
        )
        async with self._database.reading() as db:
            return [(Class(*row[:4]), Class(*row[4:])) for row in await db.execute(query)]

    async def renamed(self, labels: Collection[str]) -> dict[str, str]:
        """Find those of some classes that go by another name now: by that name, what they are called there.

        One that became part of another of these classes is not among them.
        """
        async with self._database.reading() as db:
            names = {await _current(db, label): label for label in labels}
        return {name: label for name, label in names.items() if name not in labels}

    async def _is_open(self, class_id: int) -> bool:
        found = await self.find(class_id)
        return found is not None and found.opened_at is not None


async def opened_beside(db: AsyncConnection, labels: Iterable[str]) -> tuple[str, ...]:
    """Name every class that was ever opened, in that order, as it is called now.

    Args:
        db: The connection.
        labels: The classes that a model knows; one that was renamed since goes by the model's name.
    """
    query = sa.select(classes.c.name, classes.c.renamed_to).where(classes.c.opened_at.is_not(None))
    rows = (await db.execute(query.order_by(classes.c.opened_at, classes.c.id))).all()
    if not rows:
        return ()
    known = {await _current(db, label): label for label in labels}
    names = [await _current(db, name) if renamed else name for name, renamed in rows]
    return tuple(known.get(name, name) for name in names)


def _stands_for_itself(where: sa.ColumnElement[bool]) -> sa.Update:
    return sa.update(classes).where(where).values(renamed_to=None, renamed_at=None)


async def _current(db: AsyncConnection, name: str) -> str:
    found = await _named(db, name)
    while found and found.renamed_to:
        name = found.name
        query = sa.select(*_CLASS, classes.c.renamed_to).where(classes.c.id == found.renamed_to)
        found = (await db.execute(query)).first()
    return found.name if found else name


async def _named(db: AsyncConnection, name: str) -> sa.Row[tuple[int, str, str, int, int]] | None:
    query = sa.select(*_CLASS, classes.c.renamed_to).where(classes.c.key == name.casefold())
    return (await db.execute(query)).first()
