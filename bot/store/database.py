"""The connection to the database, and short transactions on it."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from bot.store.tables import users
from model.errors import StoreError

BUSY_SECONDS = 10
"""How long a writer waits for another program."""
TURN_SECONDS = 10
"""How long a writer waits for the others of this program."""
RETURN_SECONDS = 2
"""How long closing waits for connections that are still in use."""
NOT_WRITTEN = "The database cannot be written just now; please try again in a minute."
DAMAGED = "The database is damaged; put back a copy, or move it away to begin anew."


class Database:
    """Opens, closes, reads and writes the database.

    Every method raises `StoreError` when the database cannot be read or written.

    Args:
        url: Its address, as SQLAlchemy reads it.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine: AsyncEngine | None = None
        # SQLite lets one write at a time, and who is next is a lottery among those who ask again and again.
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Connect, creating the database or bringing its tables up to date."""
        try:
            url = _read(self._url)
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
                _sentence(
                    err, "The database cannot be opened; see DATABASE_URL, or run `currency-bot doctor`."
                )
            ) from err

    async def close(self) -> None:
        """Close every connection; the program cannot end before (aiosqlite keeps a thread for each)."""
        if self._engine:
            with suppress(TimeoutError):
                async with asyncio.timeout(RETURN_SECONDS):
                    await _all_returned(self._engine)
            await self._engine.dispose()
            self._engine = None

    async def check(self) -> None:
        """Prove that the database is sound and can be written."""
        async with self.writing() as db:
            if db.dialect.name == "sqlite" and (await db.scalar(sa.text("PRAGMA quick_check"))) != "ok":
                raise StoreError(DAMAGED)
        await self.write_nothing()

    async def write_nothing(self) -> None:
        """Prove that the database can be written."""
        async with self.writing() as db:
            await db.execute(sa.update(users).where(users.c.id.is_(None)).values(first_seen=""))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection that sees one state of the database."""
        try:
            async with self._open_engine.connect() as connection:
                await connection.execution_options(reads_only=True)
                yield connection
        except SQLAlchemyError as err:
            raise StoreError(
                _sentence(err, "The database cannot be read just now; please try again in a minute.")
            ) from err

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection whose changes are kept together, or not at all if the block fails."""
        try:
            async with self._its_turn(), self._open_engine.begin() as connection:
                yield connection
        except SQLAlchemyError as err:
            raise StoreError(_sentence(err, NOT_WRITTEN)) from err

    @asynccontextmanager
    async def _its_turn(self) -> AsyncIterator[None]:
        """Wait for one's turn, but not for long: while another program holds the lock, waits would add up."""
        if self._open_engine.dialect.name != "sqlite":
            yield
            return
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._turn.acquire()
        except TimeoutError as err:
            raise StoreError(NOT_WRITTEN) from err
        try:
            yield
        finally:
            self._turn.release()

    @property
    def _open_engine(self) -> AsyncEngine:
        if self._engine is None:
            raise StoreError("The database is closed; the bot is stopping.")
        return self._engine


def now() -> str:
    """The present time as the tables keep it: ISO 8601 in UTC."""
    return at(0)


def at(seconds: float) -> str:
    """The time so many seconds from now, as the tables keep it; such texts sort by time."""
    return (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def seconds_since(time: str) -> float:
    """How long ago a time was, as the tables keep it."""
    return (dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(time)).total_seconds()


async def _all_returned(engine: AsyncEngine) -> None:
    """Wait until no connection is in use: one whose task was cancelled is returned a moment after that.

    The pool closes those that it has, and forgets the others.
    """
    while isinstance(engine.pool, QueuePool) and engine.pool.checkedout():  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)


def _read(url: str) -> sa.URL:
    try:
        return make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # which repeat it, password and all
        raise StoreError("DATABASE_URL is no address; write @ : / in a password as %40 %3A %2F.") from None


def _sentence(error: BaseException, usual: str) -> str:
    reason = str(getattr(error, "orig", error))  # SQLite's own words
    return DAMAGED if "not a database" in reason or "malformed" in reason else usual


def _migrate(connection: sa.Connection) -> None:
    from alembic import command  # here, because only start-up needs it
    from alembic.config import Config

    folder = Path(__file__).parents[1] / "migrations"
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
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
            "secure_delete = ON",  # what /forget deletes is overwritten, not only marked as free
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def begin(connection: sa.Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")
