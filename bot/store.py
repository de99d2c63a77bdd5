"""The database: users, predictions, labels, training runs. The only module that speaks SQL.

SQLite by default, in WAL mode with short immediate transactions; nothing here but `_prepare_sqlite` is
particular to it. Rows come out as frozen dataclasses.
"""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from model.errors import StoreError
from model.prediction import Prediction, Verdict

Place = Literal["dataset", "pending"]
Status = Literal["running", "finished", "failed", "cancelled", "discarded"]

BUSY_SECONDS = 10

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# Ids are never used again (AUTOINCREMENT): the buttons of a forgotten prediction must not reach a new one.
_BIG = sa.BigInteger()
_ID = _BIG.with_variant(sa.Integer(), "sqlite")
_AT = sa.String(32)  # ISO 8601 in UTC

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", _BIG, primary_key=True, autoincrement=False),
    sa.Column("first_seen", _AT, nullable=False),
)
predictions = sa.Table(
    "predictions",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("user_id", _BIG, sa.ForeignKey("users.id"), nullable=False, index=True),
    sa.Column("chat_id", _BIG, nullable=False),
    sa.Column("photo_message_id", _BIG, nullable=False),
    sa.Column("answer_message_id", _BIG),
    sa.Column("sent_at", _BIG, nullable=False),  # seconds since 1970, as Telegram dated the photo
    sa.Column("file_id", sa.Text, nullable=False),
    sa.Column("file_unique_id", sa.Text, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("known", sa.Float, nullable=False),
    sa.Column("scores", sa.JSON, nullable=False),  # [[label, probability], …], most probable first
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("at", _AT, nullable=False),
    # A photo that Telegram delivers twice is answered once.
    sa.UniqueConstraint("chat_id", "photo_message_id", "sent_at", "file_unique_id"),
    sqlite_autoincrement=True,
)
messages = sa.Table(
    "messages",
    metadata,
    sa.Column("chat_id", _BIG, primary_key=True),
    sa.Column("message_id", _BIG, primary_key=True, autoincrement=False),
    sa.Column("prediction_id", _ID, sa.ForeignKey("predictions.id"), nullable=False, index=True),
)
labels = sa.Table(
    "labels",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("prediction_id", _ID, sa.ForeignKey("predictions.id"), nullable=False),
    sa.Column("user_id", _BIG),  # null once the person who gave it was forgotten
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False, index=True),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("at", _AT, nullable=False),
    sa.Column("undone_at", _AT),
    sqlite_autoincrement=True,
)
sa.Index(
    "uq_labels_active",
    labels.c.prediction_id,
    unique=True,
    sqlite_where=labels.c.undone_at.is_(None),
    postgresql_where=labels.c.undone_at.is_(None),
)
runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("user_id", _BIG),
    sa.Column("chat_id", _BIG, nullable=False),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("started_at", _AT, nullable=False),
    sa.Column("ended_at", _AT),
    sa.Column("message_id", _BIG),
    sa.Column("version", sa.Text),
    sa.Column("report", sa.JSON),
    sqlite_autoincrement=True,
)
_ACTIVE = labels.c.undone_at.is_(None)


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as Telegram names it: where it came from and how to get it again."""

    user_id: int
    chat_id: int
    message_id: int
    sent_at: int
    file_id: str
    file_unique_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored prediction. `scores` is in the order that buttons and numbers refer to."""

    id: int
    user_id: int
    chat_id: int
    photo_message_id: int
    answer_message_id: int | None
    file_id: str
    label: str
    confidence: float
    scores: tuple[tuple[str, float], ...]
    verdict: Verdict
    model: str


@dataclass(frozen=True, slots=True)
class Label:
    """What somebody said is in a photo, and where the picture was put."""

    prediction_id: int
    user_id: int | None
    label: str
    sha256: str
    place: Place


@dataclass(frozen=True, slots=True)
class Run:
    """A training run started from the chat."""

    id: int
    user_id: int | None
    chat_id: int
    message_id: int | None
    mode: str
    status: Status
    version: str | None
    report: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What the database counts, of one person or of everybody."""

    users: int
    predictions: Mapping[str, int]  # by verdict
    labels: Mapping[str, int]  # by place
    agreed: int  # labels that say what the model said


class Store:
    """Reads and writes the database.

    Every method raises `StoreError` when the database cannot be read or written.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: AsyncEngine | None = None

    async def open(self) -> None:
        """Connect, creating the database or bringing its tables up to date."""
        try:
            url = make_url(self._url)
            if url.get_backend_name() == "sqlite" and url.database:
                Path(url.database).parent.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - once, at start
            engine = create_async_engine(url)
            self._engine = engine
            if url.get_backend_name() == "sqlite":
                _prepare_sqlite(engine)
            async with engine.begin() as connection:
                await connection.run_sync(_migrate)
        except (SQLAlchemyError, OSError, ModuleNotFoundError) as err:
            await self.close()
            raise StoreError(
                "The database cannot be opened; see DATABASE_URL, or run `currency-bot doctor`."
            ) from err

    async def close(self) -> None:
        """Close every connection; the program cannot end before (aiosqlite keeps a thread for each)."""
        if self._engine:
            await self._engine.dispose()
            self._engine = None

    async def check(self) -> None:
        """Prove that the database is sound and can be written."""
        async with self._writing() as db:
            if db.dialect.name == "sqlite" and (await db.scalar(sa.text("PRAGMA quick_check"))) != "ok":
                raise StoreError("The database is damaged; put back a copy, or move it away to begin anew.")
            await db.execute(sa.update(users).where(users.c.id.is_(None)).values(first_seen=""))

    # Predictions

    async def known_photo(self, photo: Photo) -> Answer | None:
        """Find the prediction of a photo that was delivered before."""
        return await self._answer(
            predictions.c.chat_id == photo.chat_id,
            predictions.c.photo_message_id == photo.message_id,
            predictions.c.sent_at == photo.sent_at,
            predictions.c.file_unique_id == photo.file_unique_id,
        )

    async def add_prediction(self, photo: Photo, prediction: Prediction) -> Answer:
        """Keep what the model said about a photo."""
        ranked = [[label, float(p)] for label, p in prediction.scores.items()]
        async with self._writing() as db:
            if await db.scalar(sa.select(users.c.id).where(users.c.id == photo.user_id)) is None:
                await db.execute(sa.insert(users).values(id=photo.user_id, first_seen=_now()))
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
                        at=_now(),
                    )
                    .returning(*_ANSWER)
                )
            ).one()
            await _link(db, row.id, photo.chat_id, photo.message_id)
            return _to_answer(row)

    async def answered(self, prediction_id: int, chat_id: int, message_id: int) -> None:
        """Remember which message holds the answer."""
        async with self._writing() as db:
            of_it = predictions.c.id == prediction_id
            await db.execute(sa.update(predictions).where(of_it).values(answer_message_id=message_id))
            await _link(db, prediction_id, chat_id, message_id)

    async def mention(self, prediction_id: int, chat_id: int, message_id: int) -> None:
        """Remember that a message is about a prediction, so that replies to it are understood."""
        async with self._writing() as db:
            await _link(db, prediction_id, chat_id, message_id)

    async def prediction(self, prediction_id: int) -> Answer | None:
        """Find a prediction by its id."""
        return await self._answer(predictions.c.id == prediction_id)

    async def prediction_of(self, chat_id: int, message_id: int) -> Answer | None:
        """Find the prediction that a message of a chat is about."""
        linked = sa.select(messages.c.prediction_id).where(
            messages.c.chat_id == chat_id, messages.c.message_id == message_id
        )
        return await self._answer(predictions.c.id == linked.scalar_subquery())

    async def last_prediction(self, chat_id: int, user_id: int) -> Answer | None:
        """Find the newest prediction that a person got in a chat."""
        newest = sa.select(sa.func.max(predictions.c.id)).where(
            predictions.c.chat_id == chat_id, predictions.c.user_id == user_id
        )
        return await self._answer(predictions.c.id == newest.scalar_subquery())

    # Labels

    async def label_of(self, prediction_id: int) -> Label | None:
        """Find the label that holds for a prediction."""
        async with self._reading() as db:
            query = sa.select(*_LABEL).where(labels.c.prediction_id == prediction_id, _ACTIVE)
            row = (await db.execute(query)).first()
            return Label(*row) if row else None

    async def set_label(self, new: Label | None, prediction_id: int) -> None:
        """Let `new`, or no label at all, hold for a prediction from now on."""
        async with self._writing() as db:
            of_it = sa.and_(labels.c.prediction_id == prediction_id, _ACTIVE)
            await db.execute(sa.update(labels).where(of_it).values(undone_at=_now()))
            if new:
                await db.execute(
                    sa.insert(labels).values(
                        prediction_id=prediction_id,
                        user_id=new.user_id,
                        label=new.label,
                        sha256=new.sha256,
                        place=new.place,
                        at=_now(),
                    )
                )

    async def file_is_wanted(self, file: Label) -> bool:
        """Whether any label that holds refers to the same file in the same class and place."""
        async with self._reading() as db:
            return await db.scalar(sa.select(sa.exists().where(_ACTIVE, *_same_file(file)))) or False

    # People

    async def figures(self, user_id: int | None = None) -> Figures:
        """Count what one person did, or everybody."""
        mine = sa.true() if user_id is None else predictions.c.user_id == user_id
        given = sa.true() if user_id is None else labels.c.user_id == user_id
        agrees = sa.select(sa.func.count()).select_from(labels.join(predictions))
        async with self._reading() as db:
            verdicts = await db.execute(
                sa.select(predictions.c.verdict, sa.func.count()).where(mine).group_by(predictions.c.verdict)
            )
            places = await db.execute(
                sa.select(labels.c.place, sa.func.count()).where(_ACTIVE, given).group_by(labels.c.place)
            )
            return Figures(
                users=await db.scalar(sa.select(sa.func.count()).select_from(users)) or 0,
                predictions={verdict: count for verdict, count in verdicts},
                labels={place: count for place, count in places},
                agreed=await db.scalar(agrees.where(_ACTIVE, given, labels.c.label == predictions.c.label))
                or 0,
            )

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
        async with self._reading() as db:
            rows = await db.execute(
                sa.select(*_LABEL).select_from(labels.join(predictions)).where(theirs, ~wanted_by_others)
            )
            return [Label(*row) for row in rows]

    async def forget(self, user_id: int) -> int:
        """Delete every row about a person; returns how many photos that were.

        Labels that they gave on other people's photos stay, as nobody's.
        """
        theirs = sa.select(predictions.c.id).where(predictions.c.user_id == user_id)
        async with self._writing() as db:
            await db.execute(sa.delete(labels).where(labels.c.prediction_id.in_(theirs)))
            await db.execute(sa.delete(messages).where(messages.c.prediction_id.in_(theirs)))
            gone = await db.execute(sa.delete(predictions).where(predictions.c.user_id == user_id))
            await db.execute(sa.update(labels).where(labels.c.user_id == user_id).values(user_id=None))
            await db.execute(sa.update(runs).where(runs.c.user_id == user_id).values(user_id=None))
            await db.execute(sa.delete(users).where(users.c.id == user_id))
            return gone.rowcount

    # Training runs

    async def start_run(self, user_id: int, chat_id: int, mode: str) -> int:
        """Record that a run starts; returns its id."""
        async with self._writing() as db:
            values = {
                "user_id": user_id,
                "chat_id": chat_id,
                "mode": mode,
                "status": "running",
                "started_at": _now(),
            }
            run_id: int = (await db.execute(sa.insert(runs).values(values).returning(runs.c.id))).scalar_one()
            return run_id

    async def run_message(self, run_id: int, message_id: int) -> None:
        """Remember which message shows the run's progress."""
        async with self._writing() as db:
            await db.execute(sa.update(runs).where(runs.c.id == run_id).values(message_id=message_id))

    async def end_run(
        self, run_id: int, status: Status, version: str | None = None, report: Mapping[str, Any] | None = None
    ) -> None:
        """Record how a run ended."""
        values = {"status": status, "ended_at": _now(), "version": version, "report": report}
        async with self._writing() as db:
            await db.execute(sa.update(runs).where(runs.c.id == run_id).values(values))

    async def discard_run(self, run_id: int) -> bool:
        """Record that a finished run's version is not wanted; False when that was settled before."""
        async with self._writing() as db:
            settled = sa.update(runs).where(runs.c.id == run_id, runs.c.status == "finished")
            return (await db.execute(settled.values(status="discarded"))).rowcount == 1

    async def run(self, run_id: int) -> Run | None:
        """Find a run by its id."""
        async with self._reading() as db:
            row = (await db.execute(sa.select(*_RUN).where(runs.c.id == run_id))).first()
            return Run(*row) if row else None

    async def fail_running(self) -> list[Run]:
        """Mark the runs that a stop of the bot cut off as failed, and return them."""
        async with self._writing() as db:
            rows = (await db.execute(sa.select(*_RUN).where(runs.c.status == "running"))).all()
            over = sa.update(runs).where(runs.c.status == "running")
            await db.execute(over.values(status="failed", ended_at=_now()))
            return [Run(*row) for row in rows]

    # Connections

    async def _answer(self, *where: sa.ColumnElement[bool]) -> Answer | None:
        async with self._reading() as db:
            row = (await db.execute(sa.select(*_ANSWER).where(*where))).first()
            return _to_answer(row) if row else None

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._open_engine.connect() as connection:
                await connection.execution_options(reads_only=True)
                yield connection
        except SQLAlchemyError as err:
            raise StoreError("The database cannot be read just now; please try again in a minute.") from err

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._open_engine.begin() as connection:
                yield connection
        except SQLAlchemyError as err:
            raise StoreError(
                "The database cannot be written just now; please try again in a minute."
            ) from err

    @property
    def _open_engine(self) -> AsyncEngine:
        if self._engine is None:
            raise StoreError("The database is closed; the bot is stopping.")
        return self._engine


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
)
_LABEL = (labels.c.prediction_id, labels.c.user_id, labels.c.label, labels.c.sha256, labels.c.place)
_RUN = (
    runs.c.id,
    runs.c.user_id,
    runs.c.chat_id,
    runs.c.message_id,
    runs.c.mode,
    runs.c.status,
    runs.c.version,
    runs.c.report,
)


def _to_answer(row: sa.Row[Any]) -> Answer:
    fields = dict(row._mapping)
    fields["scores"] = tuple((str(label), float(p)) for label, p in fields["scores"])
    fields["verdict"] = Verdict(fields["verdict"])
    return Answer(**fields)


def _same_file(file: Label) -> Sequence[sa.ColumnElement[bool]]:
    return labels.c.sha256 == file.sha256, labels.c.label == file.label, labels.c.place == file.place


async def _link(db: AsyncConnection, prediction_id: int, chat_id: int, message_id: int) -> None:
    # A server that was set up anew (the sandbox) counts its messages from 1 again: the newest link holds.
    key = sa.and_(messages.c.chat_id == chat_id, messages.c.message_id == message_id)
    await db.execute(sa.delete(messages).where(key))
    values = {"chat_id": chat_id, "message_id": message_id, "prediction_id": prediction_id}
    await db.execute(sa.insert(messages).values(values))


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")


def _migrate(connection: sa.Connection) -> None:
    from alembic import command  # here, because only start-up needs it
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    command.upgrade(config, "head")


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """Make SQLite safe for several readers and one writer at a time.

    The driver's own transactions are switched off, because they begin late: a reader that becomes a
    writer then fails at once instead of waiting (https://docs.sqlalchemy.org/en/20/dialects/sqlite.html).
    """

    @sa.event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {BUSY_SECONDS * 1000}",
            "journal_mode = WAL",
            "synchronous = FULL",  # what was thanked for survives a power cut
            "foreign_keys = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def begin(connection: sa.Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
