"""What there is of each class: pictures, what the model knows, and what waits in the inbox."""

import asyncio
import tempfile
from pathlib import Path

from bot.classes.texts import Inbox, Row
from bot.context import Services
from bot.store.rows import Named, Proposal
from model.prediction import NONE
from training.data.dataset import PLACES
from training.intake.sheet import Entry, Section, contact_sheet
from training.measuring.held_out import remembered_splits

WIDE = 4
"""Pictures side by side on a contact sheet: their numbers are read on a phone, and typed."""


async def rows(services: Services) -> list[Row]:
    """List the classes, those with most pictures first."""
    opened = {each.name: each for each in await services.store.classes.opened()}

    def read() -> list[Row]:
        in_use = services.registry.in_use()
        known = services.registry.card(in_use).labels
        splits = remembered_splits(services.registry, in_use)
        total, held_out = services.dataset.counts(), dict[str, int]()
        for example in services.dataset.examples():
            if (splits.get(example.path.stem) or example.split or "train") != "train":
                held_out[example.label] = held_out.get(example.label, 0) + 1
        waiting = services.dataset.counts(place="pending")
        return [
            Row(
                label,
                total.get(label, 0) - held_out.get(label, 0),
                held_out.get(label, 0),
                waiting.get(label, 0),
                label in known,
                opened.get(label),
            )
            for label in sorted({*total, *waiting, *known, *opened}, key=lambda each: -total.get(each, 0))
        ]

    return await asyncio.to_thread(read)


async def inbox(services: Services) -> list[Inbox]:
    """List the proposed classes, those with most pictures first."""
    opened = {each.id for each in await services.store.classes.opened()}
    minimum = services.settings.new_class_from
    found = await services.store.suggestions.inbox()
    return [Inbox(each, each.id in opened, max(minimum - each.pictures, 0)) for each in found]


async def pictures(services: Services, label: str) -> int:
    """Count the pictures of a class, those that wait included."""

    def count() -> int:
        return sum(len(services.dataset.pictures(label, place=place)) for place in PLACES)

    return await asyncio.to_thread(count)


async def existing(services: Services) -> list[str]:
    """Name every class that there is: with pictures, known, opened or proposed."""
    proposed: list[Proposal] = await services.store.suggestions.inbox()
    names = [row.label for row in await rows(services)] + [each.name for each in proposed]
    return [name for name in dict.fromkeys(names) if name != NONE]


async def sheet(services: Services, title: str, waiting: list[Named]) -> tuple[bytes, list[Named]]:
    """Draw the pictures that wait for a class, each with the number that it keeps.

    Returns:
        A PNG, and what is on it: all of it, or as much as anybody looks at.
    """

    def draw() -> tuple[bytes, list[Named]]:
        drawn = [(each, path) for each in waiting if (path := _path(services, each)).is_file()]
        entries = tuple(Entry((path,), str(each.suggestion_id)) for each, path in drawn)
        section = Section(title, entries, WIDE)
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "sheet.png"
            contact_sheet([section], target)
            return target.read_bytes(), [each for each, _ in drawn[: len(section.shown)]]

    return await asyncio.to_thread(draw)


def _path(services: Services, waiting: Named) -> Path:
    label = waiting.label
    return services.dataset.path(label.sha256, label.label, place=label.place)
