"""What a head costs from the command to the swap, and where the time goes.

20 and 1,000 new pictures on the memory of the base model, then 20 on a memory of 100,000 rows that are
spread like the real ones.
"""

import asyncio
import os
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bot.context import Services
from bot.models import promotion, runs
from bot.simulation.loop import opened
from model.registry import BASE
from tests.bench.answers import photo
from training.events import Event, Finished, Progress, Started
from training.fitting.memory import Memory, read_memory, write_memory

MANY_ROWS = 100_000
STAGES = ("starting", "reading", "embedding", "fitting", "writing", "swapping")


@dataclass(frozen=True, slots=True)
class Case:
    """One training run.

    Attributes:
        new: Pictures that are new.
        rows: Rows that the version in use remembers; None for those of the base model.
        at_most: Seconds that it may take on two cores with nothing else to do.
    """

    new: int
    rows: int | None
    at_most: float


CASES = (Case(20, None, 20), Case(1000, None, 60), Case(20, MANY_ROWS, 80))


def main() -> bool:
    """Measure and print; False if a run takes longer than it may."""
    table = Table("new pictures", "remembered", *STAGES, "seconds", "allowed")
    held = True
    for case in CASES:
        with tempfile.TemporaryDirectory() as name:
            spent = asyncio.run(measure(case, Path(name)))
        total = sum(spent.values())
        held = held and total <= case.at_most
        rows = case.rows or len(read_memory(Path("models") / BASE))
        stages = (f"{spent[stage]:.1f}" for stage in STAGES)
        table.add_row(str(case.new), str(rows), *stages, f"{total:.1f}", f"{case.at_most:.0f}")
    Console().print(table)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.")  # noqa: T201
    return held


async def measure(case: Case, folder: Path) -> Counter[str]:
    """Do what /retrain does.

    Returns:
        Seconds by stage.
    """
    shutil.copytree(Path("models") / BASE, folder / "models" / BASE)
    if case.rows:
        base = folder / "models" / BASE
        write_memory(grown(read_memory(base), case.rows), base)
    async with opened(folder, ()) as services:
        await services.predictor.ready()
        for number in range(case.new):
            await asyncio.to_thread(services.dataset.add, photo(20_000 + number), "EUR")
        return await _timed(services)


async def _timed(services: Services) -> Counter[str]:
    spent: Counter[str] = Counter()
    since = time.perf_counter()

    def done(stage: str) -> None:
        nonlocal since
        now = time.perf_counter()
        spent[stage] += now - since
        since = now

    def follow(event: Event) -> None:
        if isinstance(event, Started | Progress):
            done("starting" if isinstance(event, Started) else event.stage)

    await runs.news(services)
    services.retraining.claim()
    outcome = await services.retraining.run("head", follow)
    services.retraining.release()
    assert isinstance(outcome, Finished), outcome
    done("writing")
    await promotion.put_in_use(services, outcome.version, "bench")
    done("swapping")
    return spent


def grown(memory: Memory, rows: int) -> Memory:
    """Blow a memory up: rows of the real one, each moved a little and brought back to its length."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, len(memory), rows)
    real = memory.embedding[drawn].astype(np.float32)  # (rows, d)
    moved = real + rng.normal(0, 0.3 * real.std(), real.shape).astype(np.float32)
    length = np.linalg.norm(real, axis=1) / np.linalg.norm(moved, axis=1)
    return Memory(
        np.array([f"{number:064x}" for number in range(rows)]),
        memory.label[drawn],
        memory.split[drawn],
        np.ones(rows, np.bool_),
        (moved * length[:, None]).astype(np.float16),
    )
