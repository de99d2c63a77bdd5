"""The bot as `currency-bot run` runs it, but for a model that reads colours and a training that copies.

What is not under test here (TensorFlow) would take nearly all of the time. SIGUSR1 lets it write down how
many tasks it has.
"""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any, cast

from bot import logs
from bot.app import build
from bot.running import running
from bot.settings import load_settings
from model.predictor import Predictor
from model.registry import Registry
from tests.bot.doubles import ColourPredictor

TASKS = "tasks.txt"


async def serve() -> None:
    """Run until SIGTERM."""
    settings = load_settings(_env_file=None)
    logs.configure(settings.log_level, settings.secrets)
    predictor = cast(Predictor, ColourPredictor(Registry(settings.models_dir)))
    training = (sys.executable, "-m", "tests.load.training", str(settings.models_dir))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, count_tasks, settings.data_dir / TASKS)
    async with running(build(settings, predictor=predictor, training=training)):
        await stop.wait()


def count_tasks(path: Path) -> None:
    """Write down how many tasks there are."""
    fresh = path.with_suffix(".new")
    tasks: set[asyncio.Task[Any]] = asyncio.all_tasks()
    fresh.write_text(str(len(tasks)))
    fresh.replace(path)


if __name__ == "__main__":
    asyncio.run(serve())
