"""`make crash`: kill the real bot again and again in the middle of its work, and see what is left of it.

Every round starts the bot, lets a crowd send photos, correct, confirm and undo while an admin reviews,
retrains and promotes, and cuts it off at a random moment. Then the folders, the database and the models are
compared with what the bot had thanked for.
"""

import argparse
import asyncio
import random
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from contextlib import closing, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.labels.mending import look
from bot.sandbox.server import SandboxServer
from bot.sandbox.world import Persona
from bot.store.store import Store
from model.registry import Registry
from tests.load.crowd import Crowd
from tests.load.process import ADMIN, TOKEN, BotProcess
from training.data.dataset import Dataset

PEOPLE = range(2, 14)
TRUSTED = range(1, 10)
"""The others' labels go to `pending`."""
AT_MOST = 4.0
"""Seconds of work before the kill."""
PATIENCE = 300.0
"""Seconds that everything left unanswered may take at the end, on a machine that has other work."""
KEPT = Path("var/crash")
"""Where to look when something is wrong."""


@dataclass(slots=True)
class Tally:
    """What all rounds together found.

    Attributes:
        kills: How often the bot was killed.
        thanked: Labels on record that the bot had thanked for, counted after every kill.
        photos: Photos that were sent.
        versions: Model versions that were written.
        wrong: What must not be, in words.
    """

    kills: int = 0
    thanked: int = 0
    photos: int = 0
    versions: int = 0
    wrong: list[str] = field(default_factory=list)


async def crash(kills: int, seed: int, folder: Path, *, quiet: bool = False) -> Tally:
    """Kill so often, then start once more, leave in peace and compare for the last time.

    Args:
        kills: How often.
        seed: Of all chance; the same seed kills at the same moments.
        folder: Where the bot keeps everything.
        quiet: Show no progress.
    """
    tally = Tally()
    personas = [Persona(ADMIN, "Admin"), *(Persona(user_id, f"Person {user_id}") for user_id in PEOPLE)]
    async with SandboxServer(TOKEN, personas) as sandbox, asyncio.TaskGroup() as tasks:
        crowd = Crowd(sandbox)
        watching = tasks.create_task(crowd.watch())  # whose failure ends everything
        bot = BotProcess(sandbox, folder, TRUSTED)
        for number in track(range(kills), "kills", disable=quiet):
            chance = random.Random(f"{seed}.{number}")
            await bot.start()
            working = tasks.create_task(_work(crowd, chance, number))
            await asyncio.sleep(chance.uniform(0.1, AT_MOST))
            await bot.kill()
            working.cancel()
            tally.kills += 1
            await asyncio.sleep(0.05)  # what the bot said last is noted
            await _compare(bot, crowd, tally, f"after kill {number} (seed {seed})")
        await bot.start()
        with suppress(TimeoutError):  # what is missing is said below
            async with asyncio.timeout(PATIENCE):
                # What was not confirmed is delivered again, and what was is still written down.
                while len(crowd.world.updates) or not crowd.sent <= crowd.answers.keys():  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        await bot.stop()
        await _compare(bot, crowd, tally, f"at the end (seed {seed})", at_rest=True)
        watching.cancel()
    tally.versions = len(Registry(bot.models).versions())
    log = bot.log.read_text(errors="replace")
    tally.photos = len(crowd.sent)
    tally.wrong += [f"photo {photo} was not answered" for photo in sorted(crowd.sent - crowd.answers.keys())]
    for bad in ("Traceback", "not set right at start"):
        if bad in log:
            at = log.index(bad)
            tally.wrong.append(f"the log says {bad!r}: …{log[max(0, at - 300) : at + 1500]}")
    return tally


async def _work(crowd: Crowd, chance: random.Random, number: int) -> None:
    """Send, press, review and retrain until cancelled."""
    photo = number * 10_000
    while True:
        await asyncio.sleep(chance.uniform(0, 0.12))
        person = chance.choice(PEOPLE)
        match chance.choices(("photo", "press", "look", "review", "retrain"), (5, 10, 1, 3, 1))[0]:
            case "photo":
                photo += 1
                await crowd.send_photo(person, photo)
            case "press":
                crowd.press_something(person, chance)
            case "look":
                crowd.send_text(ADMIN, "/review")
            case "review":
                crowd.press_review(ADMIN, chance)
            case _:
                crowd.send_text(ADMIN, "/retrain")


async def _compare(bot: BotProcess, crowd: Crowd, tally: Tally, when: str, *, at_rest: bool = False) -> None:
    """Compare what lies there with what the bot had thanked for."""
    wrong = [f"{problem} {when}" for problem in await asyncio.to_thread(_damage, bot)]
    store = Store(f"sqlite+aiosqlite:///{bot.data / 'currency-bot.db'}")
    await store.open()
    labels = await store.labels.all()
    written_down = [update for _, update, _ in (await store.updates.left()).unfinished]
    found = await look(store, Dataset(bot.data), Registry(bot.models))
    await store.close()
    # A photo may have two: what was reviewed, and what somebody has said since and waits beside it.
    held: defaultdict[int, set[str | None]] = defaultdict(set)
    photos: defaultdict[str, set[int]] = defaultdict(set)
    for label, holds in labels:
        if holds:
            held[label.prediction_id].add(label.label)
            photos[label.sha256].add(label.prediction_id)
    for prediction, thanked in crowd.thanked.items():
        kept = held.get(prediction, {None})
        if not kept & crowd.allowed(prediction, written_down):
            wrong.append(f"photo {prediction} was thanked for as {thanked}, on record is {kept} {when}")
        tally.thanked += kept != {None}
    twice = [sha256 for sha256, predictions in photos.items() if len(predictions) > 1]
    differences = found.differences
    wrong += [f"{name} is held twice {when}" for name in twice]
    wrong += [f"{file} is missing {when}" for file in differences.missing]
    wrong += [f"{file} is nobody's {when}" for file in differences.unknown]
    wrong += [f"version {version} is broken {when}" for version in found.broken]
    if at_rest:
        wrong += [f"{file} is left over {when}" for file in differences.leftovers]
    tally.wrong += wrong


def _damage(bot: BotProcess) -> list[str]:
    """Find files that are not what their name says, and damage to the database."""
    wrong = [
        f"{path} is half written"
        for path in bot.data.glob("*/*/*.jpg")
        if sha256(path.read_bytes()).hexdigest() != path.stem
    ]
    with closing(sqlite3.connect(bot.data / "currency-bot.db")) as database:
        if (said := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            wrong.append(f"the database is damaged: {said}")
    whole = {path.name for path in (bot.models / "base").iterdir()}
    for version in bot.models.glob("v*"):
        if {path.name for path in version.iterdir()} != whole:
            wrong.append(f"{version} is half written")
    return wrong


def main() -> None:
    """Read the command line, kill, print a table; ends with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments = parser.parse_args()
    console = Console()
    console.print(f"seed {arguments.seed}; the same again: make crash ARGS='--seed {arguments.seed}'")
    with tempfile.TemporaryDirectory() as name:
        tally = asyncio.run(crash(arguments.kills, arguments.seed, Path(name)))
        if tally.wrong:
            shutil.rmtree(KEPT, ignore_errors=True)
            shutil.copytree(name, KEPT)
    table = Table("what", "count")
    table.add_row("kills with SIGKILL", str(tally.kills))
    table.add_row("photos sent", str(tally.photos))
    table.add_row("thanked-for labels looked up", str(tally.thanked))
    table.add_row("model versions written", str(tally.versions))
    table.add_row("lost, unanswered, duplicated, half written, damaged", str(len(tally.wrong)))
    console.print(table)
    for problem in tally.wrong[:20]:
        console.print(problem, markup=False)
    if tally.wrong:
        console.print(f"The bot's log, data and models are kept in {KEPT}.")
    raise SystemExit(bool(tally.wrong))


if __name__ == "__main__":
    main()
