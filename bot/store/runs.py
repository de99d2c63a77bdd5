"""Training runs started from the chat."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from bot.store.database import Database, now
from bot.store.rows import Run, Status
from bot.store.tables import runs

_RUN = (
    runs.c.id,
    runs.c.user_id,
    runs.c.chat_id,
    runs.c.message_id,
    runs.c.status,
    runs.c.version,
    runs.c.report,
    runs.c.ended_by,
)


class Runs:
    """Reads and writes training runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, user_id: int, chat_id: int, mode: str) -> int:
        """Record that a run starts; returns its id."""
        async with self._database.writing() as db:
            values = {
                "user_id": user_id,
                "chat_id": chat_id,
                "mode": mode,
                "status": "running",
                "started_at": now(),
            }
            run_id: int = (await db.execute(sa.insert(runs).values(values).returning(runs.c.id))).scalar_one()
            return run_id

    async def shown_in(self, run_id: int, message_id: int) -> None:
        """Remember which message shows the run's progress."""
        async with self._database.writing() as db:
            await db.execute(sa.update(runs).where(runs.c.id == run_id).values(message_id=message_id))

    async def writes(self, run_id: int, version: str) -> None:
        """Remember what the version of a run will be called, to find it should the bot end before."""
        async with self._database.writing() as db:
            await db.execute(sa.update(runs).where(runs.c.id == run_id).values(version=version))

    async def end(
        self,
        run_id: int,
        status: Status,
        *,
        version: str | None = None,
        report: Mapping[str, Any] | None = None,
        by: int | None = None,
    ) -> None:
        """Record how a run ended, and who cancelled it; nothing happens when that was recorded before."""
        values = {"status": status, "ended_at": now(), "version": version, "report": report, "ended_by": by}
        async with self._database.writing() as db:
            of_it = sa.and_(runs.c.id == run_id, runs.c.status == "running")
            await db.execute(sa.update(runs).where(of_it).values(values))

    async def discard(self, run_id: int, by: int) -> bool:
        """Record who does not want a finished run's version; False when that was settled before."""
        async with self._database.writing() as db:
            settled = sa.update(runs).where(runs.c.id == run_id, runs.c.status == "finished")
            return (await db.execute(settled.values(status="discarded", ended_by=by))).rowcount == 1

    async def find(self, run_id: int) -> Run | None:
        """Find a run by its id."""
        async with self._database.reading() as db:
            row = (await db.execute(sa.select(*_RUN).where(runs.c.id == run_id))).first()
            return Run(*row) if row else None

    async def running(self) -> list[Run]:
        """List the runs that have not ended, oldest first."""
        async with self._database.reading() as db:
            query = sa.select(*_RUN).where(runs.c.status == "running").order_by(runs.c.id)
            return [Run(*row) for row in await db.execute(query)]
