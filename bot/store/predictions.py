"""What the model said about photos, and which messages of a chat are about that."""

import itertools
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.classes import opened_beside
from bot.store.database import Database, at, now, seconds_since
from bot.store.rows import Answer, Past, Photo, Reason
from bot.store.tables import ACTIVE, labels, messages, predictions, users
from model.prediction import Prediction, Verdict

_ANSWER = (
    predictions.c.id,
    predictions.c.user_id,
    predictions.c.chat_id,
    predictions.c.photo_message_id,
    predictions.c.answer_message_id,
    predictions.c.file_id,
    predictions.c.label,
    predictions.c.confidence,
    predictions.c.scores,
    predictions.c.verdict,
    predictions.c.model,
    predictions.c.asked,
)
LATELY = 100
"""Photos of a person that are looked through for earlier questions."""


class Predictions:
    """Reads and writes predictions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, photo: Photo, prediction: Prediction, asked: Reason | None = None) -> Answer:
        """Keep what the model said about a photo, and why the answer comes with a question if it does."""
        ranked = [[label, float(p)] for label, p in prediction.scores.items()]
        async with self._database.writing() as db:
            if await db.scalar(sa.select(users.c.id).where(users.c.id == photo.user_id)) is None:
                await db.execute(sa.insert(users).values(id=photo.user_id, first_seen=now()))
            row = (
                await db.execute(
                    sa.insert(predictions)
                    .values(
                        user_id=photo.user_id,
                        chat_id=photo.chat_id,
                        photo_message_id=photo.message_id,
                        sent_at=photo.sent_at,
                        file_id=photo.file_id,
                        file_unique_id=photo.file_unique_id,
                        label=prediction.label,
                        confidence=float(prediction.confidence),
                        known=float(prediction.known),
                        scores=ranked,
                        verdict=prediction.verdict.value,
                        model=prediction.model,
                        asked=asked,
                        at=now(),
                    )
                    .returning(*_ANSWER)
                )
            ).one()
            await _link(db, row.id, photo.chat_id, photo.message_id)
            return await _to_answer(db, row)

    async def answered(self, prediction_id: int, chat_id: int, message_id: int) -> None:
        """Remember which message holds the answer."""
        async with self._database.writing() as db:
            of_it = predictions.c.id == prediction_id
            await db.execute(sa.update(predictions).where(of_it).values(answer_message_id=message_id))
            await _link(db, prediction_id, chat_id, message_id)

    async def mention(self, prediction_id: int, chat_id: int, message_id: int) -> None:
        """Remember that a message is about a prediction, so that replies to it are understood."""
        async with self._database.writing() as db:
            await _link(db, prediction_id, chat_id, message_id)

    async def explain_once(self, prediction_id: int, seconds: float) -> bool:
        """Take the turn to explain a prediction; False if somebody took it less than `seconds` ago."""
        long_ago = at(-seconds)
        due = sa.or_(predictions.c.explained_at.is_(None), predictions.c.explained_at < long_ago)
        async with self._database.writing() as db:
            taken = await db.execute(
                sa.update(predictions)
                .where(predictions.c.id == prediction_id, due)
                .values(explained_at=now())
            )
            return taken.rowcount == 1

    async def not_explained(self, prediction_id: int) -> None:
        """Give the turn back: nothing was shown."""
        async with self._database.writing() as db:
            of_it = predictions.c.id == prediction_id
            await db.execute(sa.update(predictions).where(of_it).values(explained_at=None))

    async def past(self, user_id: int) -> Past:
        """Look up what a person was asked lately: doubtful answers are questions too."""
        labelled = sa.exists().where(labels.c.prediction_id == predictions.c.id, ACTIVE)
        query = sa.select(predictions.c.at, predictions.c.asked, predictions.c.verdict, labelled)
        latest = query.where(predictions.c.user_id == user_id).order_by(predictions.c.id.desc())
        async with self._database.reading() as db:
            rows = (await db.execute(latest.limit(LATELY))).all()
        questions = [
            (number, row) for number, row in enumerate(rows) if row.asked or row.verdict == Verdict.UNSURE
        ]
        if not questions:
            return Past(None, 0.0, 0)
        since, last = questions[0]
        ignored = list(itertools.takewhile(lambda question: not question[1][3], questions))
        return Past(since, seconds_since(last.at), len(ignored))

    async def find(self, prediction_id: int) -> Answer | None:
        """Find a prediction by its id."""
        return await self._first(predictions.c.id == prediction_id)

    async def of_photo(self, photo: Photo) -> Answer | None:
        """Find the prediction of a photo that was delivered before."""
        return await self._first(
            predictions.c.chat_id == photo.chat_id,
            predictions.c.photo_message_id == photo.message_id,
            predictions.c.sent_at == photo.sent_at,
            predictions.c.file_unique_id == photo.file_unique_id,
        )

    async def of_message(self, chat_id: int, message_id: int) -> Answer | None:
        """Find the prediction that a message of a chat is about."""
        linked = sa.select(messages.c.prediction_id).where(
            messages.c.chat_id == chat_id, messages.c.message_id == message_id
        )
        return await self._first(predictions.c.id == linked.scalar_subquery())

    async def last(self, chat_id: int, user_id: int) -> Answer | None:
        """Find the newest prediction that a person got in a chat."""
        newest = sa.select(sa.func.max(predictions.c.id)).where(
            predictions.c.chat_id == chat_id, predictions.c.user_id == user_id
        )
        return await self._first(predictions.c.id == newest.scalar_subquery())

    async def _first(self, *where: sa.ColumnElement[bool]) -> Answer | None:
        async with self._database.reading() as db:
            row = (await db.execute(sa.select(*_ANSWER).where(*where))).first()
            return await _to_answer(db, row) if row else None


async def _to_answer(db: AsyncConnection, row: sa.Row[Any]) -> Answer:
    fields = dict(row._mapping)
    fields["scores"] = tuple((str(label), float(p)) for label, p in fields["scores"])
    fields["verdict"] = Verdict(fields["verdict"])
    return Answer(**fields, opened=await opened_beside(db, [label for label, _ in fields["scores"]]))


async def _link(db: AsyncConnection, prediction_id: int, chat_id: int, message_id: int) -> None:
    # A server that was set up anew (the sandbox) counts its messages from 1 again: the newest link holds.
    key = sa.and_(messages.c.chat_id == chat_id, messages.c.message_id == message_id)
    await db.execute(sa.delete(messages).where(key))
    values = {"chat_id": chat_id, "message_id": message_id, "prediction_id": prediction_id}
    await db.execute(sa.insert(messages).values(values))
