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
    runs.c.mode,
    runs.c.status,
    runs.c.version,
    runs.c.report,
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

    async def end(
        self, run_id: int, status: Status, version: str | None = None, report: Mapping[str, Any] | None = None
    ) -> None:
        """Record how a run ended; nothing happens when that was recorded before."""
        values = {"status": status, "ended_at": now(), "version": version, "report": report}
        async with self._database.writing() as db:
            of_it = sa.and_(runs.c.id == run_id, runs.c.status == "running")
            await db.execute(sa.update(runs).where(of_it).values(values))

    async def discard(self, run_id: int) -> bool:
        """Record that a finished run's version is not wanted; False when that was settled before."""
        async with self._database.writing() as db:
            settled = sa.update(runs).where(runs.c.id == run_id, runs.c.status == "finished")
            return (await db.execute(settled.values(status="discarded"))).rowcount == 1

    async def find(self, run_id: int) -> Run | None:
        """Find a run by its id."""
        async with self._database.reading() as db:
            row = (await db.execute(sa.select(*_RUN).where(runs.c.id == run_id))).first()
            return Run(*row) if row else None

    async def fail_running(self) -> list[Run]:
        """Mark the runs that a stop of the bot cut off as failed, and return them."""
        async with self._database.writing() as db:
            rows = (await db.execute(sa.select(*_RUN).where(runs.c.status == "running"))).all()
            over = sa.update(runs).where(runs.c.status == "running")
            await db.execute(over.values(status="failed", ended_at=now()))
            return [Run(*row) for row in rows]
