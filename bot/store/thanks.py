"""Whose pictures a model learned from, and who was told."""

from collections import Counter
from collections.abc import Collection

import sqlalchemy as sa

from bot.store.database import Database, at, now
from bot.store.tables import ACTIVE, labels, predictions, users

DAY = 24 * 60 * 60.0

# Theirs are the photos that they sent, whoever said what they show.
_THEIRS = (labels.c.prediction_id == predictions.c.id, predictions.c.user_id == users.c.id, ACTIVE)


class Thanks:
    """Reads and writes who was told that their pictures help."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, learned: Collection[str]) -> dict[int, int]:
        """Count the pictures that helped, by person: those who gave a new one and may be told.

        Args:
            learned: SHA-256 of the pictures that the model in use learned from.
        """
        query = sa.select(users.c.id, labels.c.sha256, labels.c.thanked_at).where(
            *_THEIRS, _may_be_told(), labels.c.place == "dataset"
        )
        helped: dict[int, set[str]] = {}
        untold: Counter[int] = Counter()
        async with self._database.reading() as db:
            for user_id, sha256, thanked_at in await db.execute(query):
                if sha256 in learned:
                    helped.setdefault(user_id, set()).add(sha256)
                    untold[user_id] += thanked_at is None
        return {user_id: len(pictures) for user_id, pictures in helped.items() if untold[user_id]}

    async def take_turn(self, user_id: int, learned: Collection[str]) -> list[int] | None:
        """Take the turn to tell a person.

        Returns:
            Ids of the labels that they hear of for the first time; None if somebody told them today, or they
            do not want it any more.
        """
        theirs = sa.select(labels.c.id, labels.c.sha256).where(
            *_THEIRS, users.c.id == user_id, labels.c.thanked_at.is_(None)
        )
        turn = sa.update(users).where(users.c.id == user_id, _may_be_told()).values(thanked_at=now())
        async with self._database.writing() as db:
            if (await db.execute(turn)).rowcount != 1:
                return None
            helped = [row.id for row in await db.execute(theirs) if row.sha256 in learned]
            await db.execute(sa.update(labels).where(labels.c.id.in_(helped)).values(thanked_at=now()))
            return helped

    async def give_back(self, user_id: int, helped: Collection[int]) -> None:
        """Give a turn back that came to nothing, with the labels that it was about."""
        async with self._database.writing() as db:
            await db.execute(sa.update(users).where(users.c.id == user_id).values(thanked_at=None))
            await db.execute(sa.update(labels).where(labels.c.id.in_(helped)).values(thanked_at=None))

    async def want(self, user_id: int, *, wanted: bool) -> None:
        """Remember whether a person wants to be told."""
        async with self._database.writing() as db:
            since = None if wanted else now()
            await db.execute(sa.update(users).where(users.c.id == user_id).values(no_thanks=since))


def _may_be_told() -> sa.ColumnElement[bool]:
    long_ago = sa.or_(users.c.thanked_at.is_(None), users.c.thanked_at < at(-DAY))
    return sa.and_(users.c.no_thanks.is_(None), long_ago)
