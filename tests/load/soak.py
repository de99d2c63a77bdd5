"""`make soak`: thousands of photos from hundreds of people, with faults on the way, and what the bot takes.

The bot is a process of its own, so that its memory, files and tasks are counted without those of the
sandbox. By default its model reads colours; `--real` takes the base model, which needs far longer.
"""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot.cli.sandboxed import bring_base_model
from bot.sandbox.faults import DOWNLOAD, UPDATE, Faults
from bot.sandbox.server import SandboxServer
from bot.sandbox.world import Persona
from tests.load.crowd import Crowd
from tests.load.process import ADMIN, TOKEN, BotProcess

AT_ONCE = 24
"""Photos on their way at the same time."""
PATIENCE = 120.0
"""Seconds that an answer may take, repeats after faults included."""
POOLED = 6
"""Files that are no leak: the pool keeps up to five connections to the database, two files each besides
one that they share, and may open the last three late."""
GROWTH = 1.05
"""Memory at the end, by that after a tenth of the photos."""
REAL = (sys.executable, "-c", "from bot.cli.main import main; main()", "run")


@dataclass(frozen=True, slots=True)
class Gauge:
    """What the bot takes.

    Attributes:
        memory: Resident bytes.
        files: Open file descriptors.
        tasks: Tasks of its event loop; None where it cannot be asked.
    """

    memory: int
    files: int
    tasks: int | None


@dataclass(frozen=True, slots=True)
class Soaked:
    """What came of it.

    Attributes:
        photos: How many were sent.
        faults: How many faults were injected.
        unanswered: Photos without an answer.
        twice: Photos with more than one.
        early: What the bot took after a tenth of the photos.
        late: What it took at the end.
    """

    photos: int
    faults: int
    unanswered: int
    twice: int
    early: Gauge
    late: Gauge


async def soak(
    photos: int,
    people: int,
    share: float,
    seed: int,
    folder: Path,
    *,
    real: bool = False,
    quiet: bool = False,
) -> Soaked:
    """Send so many photos.

    Args:
        photos: How many.
        people: From how many people.
        share: Of the photos, how many meet a fault, 0 to 1.
        seed: Of all chance.
        folder: Where the bot keeps everything.
        real: Let the base model answer.
        quiet: Show no progress.
    """
    chance, everybody = random.Random(seed), range(ADMIN + 1, ADMIN + 1 + people)
    personas = [Persona(ADMIN, "Admin"), *(Persona(user_id, f"Person {user_id}") for user_id in everybody)]
    faults, sent, gauges = 0, [], []
    if real:
        bring_base_model(Path("models"), folder / "models")
    async with SandboxServer(TOKEN, personas) as sandbox, asyncio.TaskGroup() as tasks:
        crowd = Crowd(sandbox)
        watching = tasks.create_task(crowd.watch())  # whose failure ends everything
        bot = BotProcess(sandbox, folder, everybody, REAL if real else None)
        await bot.start()
        with Progress(disable=quiet) as progress:
            bar = progress.add_task("photos", total=photos)
            for part in (photos // 10, photos - photos // 10):
                for begin in range(0, part, AT_ONCE):
                    batch = range(len(sent), len(sent) + min(AT_ONCE, part - begin))
                    struck = [number for number in batch if chance.random() < share]
                    for _ in struck:
                        _inject(sandbox.faults, chance)
                    faults += len(struck)
                    fresh = [await crowd.send_photo(chance.choice(everybody), number) for number in batch]
                    await asyncio.gather(
                        *(crowd.answered(photo, PATIENCE) for photo in fresh), return_exceptions=True
                    )
                    sent += fresh
                    progress.advance(bar, len(fresh))
                sandbox.calls.clear()
                gauges.append(await _measure(bot, real=real))
        await bot.stop()
        watching.cancel()
    counts = [crowd.answers[photo] for photo in sent]
    return Soaked(photos, faults, counts.count(0), sum(count > 1 for count in counts), *gauges)


def _inject(faults: Faults, chance: random.Random) -> None:
    """Let one thing go wrong that must neither cost an answer nor make a second one."""
    method = chance.choice(("getFile", "sendMessage"))
    match chance.randrange(7):
        case 0:
            faults.too_many_requests(method, retry_after=1)
        case 1:
            faults.server_error(method)
        case 2:
            faults.drop(method, after=True)
        case 3:
            faults.drop(chance.choice(("getFile", DOWNLOAD)))
        case 4:
            faults.repeat()
        case 5:
            faults.delay(UPDATE, chance.uniform(0.1, 1))
        case _:
            faults.delay(method, chance.uniform(0.1, 1))


async def _measure(bot: BotProcess, *, real: bool) -> Gauge:
    await asyncio.sleep(2)  # repeats that are on their way end
    return Gauge(bot.memory, bot.files, None if real else await bot.tasks())


def verdict(found: Soaked) -> list[str]:
    """Say what must not be."""
    early, late = found.early, found.late
    checks = {
        f"{found.unanswered} photos have no answer": found.unanswered > 0,
        f"{found.twice} photos have several answers": found.twice > 0,
        f"memory grew by {late.memory / early.memory - 1:.1%}": late.memory > GROWTH * early.memory,
        f"{late.tasks} tasks, {early.tasks} before": (late.tasks or 0) > (early.tasks or 0) + 2,
        f"{late.files} open files, {early.files} before": late.files > early.files + POOLED,
    }
    return [what for what, is_wrong in checks.items() if is_wrong]


def main() -> None:
    """Read the command line, soak, print a table; ends with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--faults", type=float, default=0.05, help="share of the photos")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--real", action="store_true", help="let the base model answer")
    arguments = parser.parse_args()
    # It complains about every connection that the sandbox cuts on purpose.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        found = asyncio.run(
            soak(
                arguments.photos,
                arguments.people,
                arguments.faults,
                arguments.seed,
                Path(name),
                real=arguments.real,
            )
        )
    table = Table("what", f"after {found.photos // 10}", f"after {found.photos}")
    table.add_row("memory (MB)", *(f"{gauge.memory / 1e6:.1f}" for gauge in (found.early, found.late)))
    table.add_row("open files", *(str(gauge.files) for gauge in (found.early, found.late)))
    table.add_row("tasks", *(str(gauge.tasks or "–") for gauge in (found.early, found.late)))
    table.add_row("faults injected", "", str(found.faults))
    table.add_row("photos without an answer", "", str(found.unanswered))
    table.add_row("photos with several answers", "", str(found.twice))
    console = Console()
    console.print(table)
    wrong = verdict(found)
    console.print("; ".join(wrong) or "Every photo was answered exactly once, and nothing leaks.")
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
