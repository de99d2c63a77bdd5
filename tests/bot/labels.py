"""Labels for tests that need no pictures."""

from bot.store.rows import Label
from bot.store.store import Store


async def hold(store: Store, label: Label) -> None:
    """Let a label hold, as if its picture had been written."""
    await store.labels.hold(await store.labels.plan(label))
