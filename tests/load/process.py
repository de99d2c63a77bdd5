"""The bot as a process that is started, measured, asked to leave and killed."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil

from bot.sandbox.calls import Call
from bot.sandbox.server import SandboxServer
from tests.bot.doubles import make_version
from tests.load.program import TASKS

TOKEN = "123456:TEST-token"
ADMIN = 1
STARTING = 60.0
"""Seconds that a start may take on a busy machine."""
LEAVING = 10.0
"""Seconds that the bot has to leave after SIGTERM."""


class BotProcess:
    """One bot, started as often as wanted on the same folders.

    Args:
        sandbox: Its Telegram.
        folder: Holds its data, models and log.
        people: Ids of those who are trusted.
        command: What to run instead of the bot with a model that reads colours.
    """

    def __init__(
        self, sandbox: SandboxServer, folder: Path, people: range, command: tuple[str, ...] | None = None
    ) -> None:
        self._sandbox = sandbox
        self._command = command or (sys.executable, "-m", "tests.load.program")
        self.data, self.models, self.log = folder / "data", folder / "models", folder / "log.txt"
        self._process: asyncio.subprocess.Process | None = None
        self._environment = os.environ | {
            "BOT_TOKEN": TOKEN,
            "ADMIN_IDS": str(ADMIN),
            "TRUSTED_IDS": ",".join(map(str, people)),
            "DATA_DIR": str(self.data),
            "MODELS_DIR": str(self.models),
            "TELEGRAM_API_URL": sandbox.url,
            "PHOTOS_PER_MINUTE": "1000000",
            "PHOTOS_AT_ONCE": "1000000",
        }
        if not self.models.exists():
            make_version(self.models, "base")
            for plot in ("curves.png", "confusion.png"):
                (self.models / "base" / plot).write_bytes(b"no plot")

    async def start(self) -> None:
        """Start it and wait until it asks for updates."""
        before = self._last_start()
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, env=self._environment, stderr=log, stdout=log
            )
        async with asyncio.timeout(STARTING):
            while self._last_start() is before:
                if self._process.returncode is not None:
                    raise AssertionError(f"The bot does not start:\n{self.log.read_text()[-3000:]}")
                await asyncio.sleep(0.02)

    def _last_start(self) -> Call | None:
        """The latest call that a start begins with; the record keeps only the last of many calls."""
        calls = self._sandbox.calls.of("deleteWebhook")
        return calls[-1] if calls else None

    async def kill(self) -> None:
        """Cut it off, as a power failure does."""
        assert self._process
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """Ask it to leave; fails if that takes too long."""
        assert self._process
        self._process.terminate()
        await asyncio.wait_for(self._process.wait(), LEAVING)

    @property
    def memory(self) -> int:
        """Resident bytes."""
        return int(self._psutil.memory_info().rss)

    @property
    def files(self) -> int:
        """Open file descriptors."""
        return int(self._psutil.num_fds())

    async def tasks(self) -> int:
        """How many tasks its event loop has."""
        assert self._process
        path = self.data / TASKS
        path.unlink(missing_ok=True)
        self._process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(10):
            while not path.exists():  # noqa: ASYNC110 - nobody tells when
                await asyncio.sleep(0.02)
        return int(path.read_text())

    @property
    def _psutil(self) -> psutil.Process:
        assert self._process
        return psutil.Process(self._process.pid)
