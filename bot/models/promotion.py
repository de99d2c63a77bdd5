"""Which version answers: put in use, taken back, thrown away; one change at a time. No Telegram in here."""

import asyncio
from collections.abc import Callable

from bot.context import Services
from bot.store.rows import Run, Who
from model.errors import CurrencyBotError, ModelError


async def put_in_use(services: Services, version: str, by: str, measured_against: str | None = None) -> None:
    """Let a version answer, and write down that it does.

    Args:
        services: The parts behind the chat.
        version: Which one.
        by: Who wants it, in words for people.
        measured_against: What has to be in use until then, for its measurement to mean anything; whatever
            it is if None.

    Raises:
        ModelError: Another version is in use by now, or it cannot be loaded or written down; the present
            one goes on answering.
    """
    async with services.choosing:
        # By the history, as training does: what answers is another one where that did not load.
        in_use = await asyncio.to_thread(services.registry.in_use)
        if measured_against not in (None, in_use):
            raise ModelError(
                f"The model in use was changed meanwhile: {version} was measured against {measured_against}, "
                f"not against {in_use}. /models can put it in use."
            )
        await _answer_with(services, version, lambda: services.registry.promote(version, by))


async def roll_back(services: Services, to: str, by: str) -> None:
    """Let the version answer that did so before the last promotion.

    Args:
        services: The parts behind the chat.
        to: The version that the person expects; nothing happens when it is in use already.
        by: Who wants it, in words for people.

    Raises:
        ModelError: Meanwhile another version is the earlier one, or it cannot be loaded.
    """
    async with services.choosing:
        # By the history, not by what answers: that is another one where the version in use did not load.
        in_use, *earlier = await asyncio.to_thread(services.registry.fallbacks)
        if in_use == to:
            return
        if earlier[:1] != [to]:
            raise ModelError("Meanwhile somebody else changed the model; send /models to see what holds now.")
        await _answer_with(services, to, lambda: services.registry.rollback(by))


async def discard(services: Services, run: Run, by: Who) -> None:
    """Throw the version of a finished run away.

    Raises:
        ModelError: It is still needed.
    """
    async with services.choosing:
        await asyncio.to_thread(services.registry.discard, run.version or "", by.words)
        await services.store.runs.discard(run.id, by.id)


async def _answer_with(services: Services, version: str, write_down: Callable[[], object]) -> None:
    """Load a version, then write it down: one that does not load is never written down as in use."""
    before = services.predictor.version
    await services.predictor.switch(version)
    try:
        await asyncio.to_thread(write_down)
    except (CurrencyBotError, OSError):
        if before:
            await services.predictor.switch(before)
        raise
