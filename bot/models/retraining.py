"""Starts, follows and cancels the training process. No Telegram in here.

A spawned process, never a fork: TensorFlow deadlocks in forked children. It is a group of its own, so
that whatever it starts ends with it, and it lowers its priority itself, so that answers stay quick.
"""

import asyncio
import logging
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from bot.store.rows import Who
from model.errors import TrainingError
from training.events import Event, Failed, Finished, from_line

log = logging.getLogger(__name__)

Mode = Literal["head", "full"]

GRACE_SECONDS = 4.0
"""How long a run may take to leave after it was asked to."""
LONGEST_SILENCE = 1800.0
"""Seconds without an event after which a run hangs: it tells of every batch and every picture it reads."""
LONGEST_LINE = 4 * 1024 * 1024
"""Bytes. A report names every class."""
LAST_NOTES = 30
"""Lines of stderr that the log repeats when a run ends unexpectedly: a traceback is about that long."""
SECRETS = frozenset({"BOT_TOKEN", "WEBHOOK_SECRET", "DATABASE_URL"})
"""Of the environment, what the training process has no business with."""

HANGS = Failed("The training gave no sign of life for half an hour and was stopped; send /retrain again.")
STOPPED = Failed("The bot was stopped meanwhile; send /retrain again.")


def training_command(data_dir: Path, models_dir: Path) -> tuple[str, ...]:
    """The command that trains, but for its mode and the id of the run."""
    folders = ("--data-dir", str(data_dir), "--models-dir", str(models_dir))
    return (sys.executable, "-m", "training", *folders)


class Retraining:
    """At most one training process at a time.

    Args:
        command: What to run; `--mode`, and `--run` if the run has an id, are appended.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = tuple(command)
        self._claimed = False
        self._cancelled = False
        self.cancelled_by: Who | None = None
        """Who asked the present run to stop."""
        self._closed = False
        self._process: asyncio.subprocess.Process | None = None

    def claim(self) -> None:
        """Reserve the one run that there may be; `release` gives it back.

        Raises:
            TrainingError: A run is on, or the bot is stopping.
        """
        if self._closed:
            raise TrainingError(STOPPED.message)
        if self._claimed:
            raise TrainingError(
                "A training run is already on; cancel it first, or wait until it has finished."
            )
        self._claimed, self._cancelled, self.cancelled_by = True, False, None

    def release(self) -> None:
        """Let another run start."""
        self._claimed = False

    async def run(
        self, mode: Mode, report: Callable[[Event], None], run_id: int | None = None
    ) -> Finished | Failed | None:
        """Train, from start to end.

        Args:
            mode: Whether to fit the last layer or the whole network.
            report: Gets every event as it comes.
            run_id: By what the version that it writes is known as its own.

        Returns:
            How it ended; None when it was cancelled.
        """
        if self._cancelled:
            return STOPPED if self._closed else None
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                "--mode",
                mode,
                *(() if run_id is None else ("--run", str(run_id))),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=LONGEST_LINE,
                start_new_session=True,
                env={key: value for key, value in os.environ.items() if key not in SECRETS},
            )
        except OSError as err:
            log.exception("training does not start")
            return Failed(f"The training process does not start: {err.strerror}.")
        try:
            if self._cancelled:  # while it was starting
                await self._end(self._process)
            return await self._follow(self._process, report)
        finally:
            await self._end(self._process)
            self._process = None

    async def cancel(self, by: Who | None = None) -> None:
        """Ask the run to stop, and make it stop if it does not."""
        self._cancelled = True
        self.cancelled_by = self.cancelled_by or by
        if self._process:
            await self._end(self._process)

    async def close(self) -> None:
        """Stop the run, if there is one, and let none start any more."""
        self._closed = True
        await self.cancel()

    async def _follow(
        self, process: asyncio.subprocess.Process, report: Callable[[Event], None]
    ) -> Finished | Failed | None:
        notes: deque[str] = deque(maxlen=LAST_NOTES)
        taking_notes = asyncio.create_task(_take_notes(process, notes))
        ending: Finished | Failed | None = None
        assert process.stdout  # noqa: S101 - it is a pipe
        try:
            while line := await _next_line(process.stdout):
                try:
                    event = from_line(line.decode(errors="replace"))
                except TrainingError as err:
                    log.warning("%s", err)
                    continue
                report(event)
                if isinstance(event, (Finished, Failed)):
                    ending = event
            code = await process.wait()
            await taking_notes
        except TimeoutError:
            log.error("training is silent and is stopped; its last words:\n%s", "\n".join(notes))
            return HANGS
        finally:
            taking_notes.cancel()
        if isinstance(ending, Finished) and code == 0:
            return ending
        if self._cancelled:
            return STOPPED if self._closed else None
        if isinstance(ending, Failed):
            return ending
        log.error(
            "training ended with code %d and without a result; its last words:\n%s", code, "\n".join(notes)
        )
        return Failed(f"The training process ended unexpectedly (code {code}); the log says more.")

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        for sign, patience in ((signal.SIGTERM, GRACE_SECONDS), (signal.SIGKILL, None)):
            if process.returncode is not None:
                return
            with suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await process.wait()


async def _next_line(stdout: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(LONGEST_SILENCE):
        return await stdout.readline()


async def _take_notes(process: asyncio.subprocess.Process, notes: deque[str]) -> None:
    assert process.stderr  # noqa: S101 - it is a pipe
    async for line in process.stderr:
        notes.append(line.decode(errors="replace").rstrip())
        log.info("training: %s", notes[-1])
