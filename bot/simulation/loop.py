"""The real loop with people who are not real: real answers, store, folders, retraining, gate and promotion.

Only Telegram is missing. Everything is written below one folder, which the caller throws away.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bot.context import Services
from bot.labels import labelling
from bot.models import promotion, runs
from bot.models.retraining import Retraining, training_command
from bot.quota import Quota
from bot.settings import load_settings
from bot.simulation.course import Point, Refused
from bot.simulation.crowd import Crowd, Opinion, opinions
from bot.store.rows import Photo
from bot.store.store import Store
from model.errors import TrainingError
from model.predictor import Predictor
from model.registry import Registry
from training.data.dataset import Dataset
from training.events import Failed, OnEvent, Progress
from training.fitting.memory import Memory
from training.gate.report import Report
from training.intake.findings import Picture
from training.starting import hits

BY = "simulation"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated.

    Attributes:
        crowd: Who sends pictures.
        every: Pictures between two training runs.
        seed: The same seed sends the same pictures and has the same people say the same.
    """

    crowd: Crowd
    every: int
    seed: int


async def run(
    plan: Plan, stream: Sequence[Picture], labels: Sequence[str], rows: Memory, folder: Path, report: OnEvent
) -> list[Point]:
    """Send a stream of pictures and train now and then, the last time at its end.

    Args:
        plan: Who, and when to train.
        stream: Pictures; their labels are the truth.
        labels: What people can say.
        rows: What each version is measured on.
        folder: Holds `models/` with the version to start from; everything else is made in it.
        report: Where events go: those of the training runs, and "sending", one step a picture.

    Returns:
        How things stood at the start and after each training run.

    Raises:
        TrainingError: A run failed.
    """
    chance = np.random.default_rng(plan.seed)
    truth: dict[str, str] = {}
    async with opened(folder, range(1, plan.crowd.users + 1) if plan.crowd.trusted else ()) as services:
        course = [await _point(services, rows, 0, truth)]
        for done, picture in enumerate(stream, 1):
            data = await asyncio.to_thread(picture.example.path.read_bytes)
            said = opinions(plan.crowd, picture.example.label, labels, chance)
            truth[picture.sha256] = picture.example.label
            await _send(services, done, data, said)
            report(Progress("sending", done, len(stream)))
            if done % plan.every == 0 or done == len(stream):
                course.append(await _train(services, rows, done, truth, report))
    return course


@asynccontextmanager
async def opened(folder: Path, trusted: Iterable[int]) -> AsyncIterator[Services]:
    """Open everything behind the chat, but for the chat, with the owner's settings where they concern it.

    Args:
        folder: Holds `models/`; everything else is made in it.
        trusted: Whose labels count at once.
    """
    settings = load_settings(
        admin_ids=frozenset(),
        trusted_ids=frozenset(trusted),
        data_dir=folder,
        models_dir=folder / "models",
        database_url=f"sqlite+aiosqlite:///{folder / 'currency-bot.db'}",
    )
    registry = Registry(settings.models_dir)
    command = training_command(settings.data_dir, settings.models_dir)
    services = Services(
        settings,
        Store(settings.database),
        Predictor(registry),
        registry,
        Dataset(folder),
        Retraining(command),
        Quota(settings.photos_per_minute, settings.photos_at_once),
    )
    try:
        await services.store.open()
        services.predictor.start()
        yield services
    finally:
        await services.retraining.close()
        await services.predictor.close()
        await services.store.close()


async def _send(services: Services, number: int, data: bytes, said: Sequence[Opinion]) -> None:
    """Let people send one picture and say what it shows; AGREEMENT decides whether that counts.

    LABELS_PER_DAY does not: however many pictures are sent, they are not those of one day.
    """
    prediction = await services.predictor.predict(data)
    for opinion in said:
        photo = Photo(opinion.user, opinion.user, number, number, f"{number}", f"{number}")
        answer = await services.store.predictions.add(photo, prediction)
        await labelling.save(services, answer, opinion.label, opinion.user, data)


async def _train(
    services: Services, rows: Memory, corrections: int, truth: dict[str, str], report: OnEvent
) -> Point:
    """Do what /retrain does."""
    began = time.perf_counter()
    if not await runs.news(services):
        return await _point(services, rows, corrections, truth)
    services.retraining.claim()
    try:
        outcome = await services.retraining.run("head", report)
    finally:
        services.retraining.release()
    if isinstance(outcome, Failed) or outcome is None:
        raise TrainingError(outcome.message if outcome else "The training run was cancelled.")
    found, refused = Report.from_dict(outcome.report), None
    if found.passed:
        await promotion.put_in_use(services, outcome.version, BY)
    seconds = time.perf_counter() - began
    if not found.passed:
        worth = await asyncio.to_thread(hits, services.registry, outcome.version, rows)
        refused = Refused(found.reasons, worth)
    point = await _point(services, rows, corrections, truth)
    return replace(point, version=outcome.version, seconds=seconds, refused=refused)


async def _point(services: Services, rows: Memory, corrections: int, truth: dict[str, str]) -> Point:
    examples = await asyncio.to_thread(services.dataset.examples)
    wrong = sum(truth[example.path.stem] != example.label for example in examples)
    version = await asyncio.to_thread(services.registry.in_use)
    worth = await asyncio.to_thread(hits, services.registry, version, rows)
    return Point(corrections, len(examples), wrong, worth)
