"""Whether the running bot can do its work: looked at again and again, told to other programs."""

import asyncio
import json
import logging
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.context import Services
from bot.wire.client import Client
from model.errors import CurrencyBotError, DataError

log = logging.getLogger(__name__)

FILE = "health.json"
LOADING = "no model is loaded yet"
EVERY = 15.0
"""Seconds between two looks."""
PATIENCE = 30.0
"""Seconds within which the worker thread and the database have to answer."""
UNANSWERED = 90.0
"""Seconds without an answer from Telegram after which nobody can be answered; it is asked for updates all the
time, and about once a minute while it does not answer."""
FRESH = 90.0
"""Seconds after which a bot that has written nothing is stuck or gone: a look, its patience and a margin."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a look found.

    Attributes:
        at: When, in seconds since 1970.
        problems: What keeps the bot from its work; nothing when it is well and ready.
    """

    at: float
    problems: tuple[str, ...]


async def watch(services: Services, client: Client) -> None:
    """Look until cancelled."""
    path = services.settings.data_dir / FILE
    before: tuple[str, ...] = (LOADING,)  # so it begins: nothing to warn of
    while True:
        health = await look(services, client)
        if health.problems != before:
            level = logging.WARNING if health.problems else logging.INFO
            log.log(level, "health: %s", "; ".join(health.problems) or "all is well")
        before = health.problems
        try:
            await asyncio.to_thread(_write, path, health)
        except OSError as err:
            log.warning("health cannot be written down: %s", err)
        await asyncio.sleep(EVERY)


async def look(services: Services, client: Client) -> Health:
    """See whether a network is loaded, and the worker thread, the database and Telegram answer."""
    problems = []
    if not services.predictor.is_ready:
        problems.append(LOADING)
    elif not await services.predictor.responds(PATIENCE):
        problems.append(f"the worker thread has not answered for {PATIENCE:.0f} s")
    try:
        async with asyncio.timeout(PATIENCE):
            await services.store.write_nothing()
    except (CurrencyBotError, TimeoutError):
        problems.append("the database cannot be written")
    if client.seconds_unanswered() > UNANSWERED:
        problems.append(f"Telegram has given no updates for more than {UNANSWERED:.0f} s")
    return Health(time.time(), tuple(problems))


def read(data_dir: Path, now: float) -> tuple[str, ...]:
    """Read what keeps the bot from its work; nothing when it is well.

    Args:
        data_dir: Of the running bot.
        now: Seconds since 1970.

    Raises:
        DataError: It has written nothing, or nothing that can be read.
    """
    try:
        found = Health(**json.loads((data_dir / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as err:
        raise DataError(
            f"No bot has told of its health in {str(data_dir)!r}: start it, or see DATA_DIR."
        ) from err
    if now - found.at > FRESH:
        return (f"the bot has given no sign of life for {now - found.at:.0f} s",)
    return tuple(found.problems)


def _write(path: Path, health: Health) -> None:
    # Whole, but not `model.durable`: it is written anew in seconds, says nothing after a power failure,
    # and programs of other users may read it.
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(health)), encoding="utf-8")
    fresh.replace(path)
