"""Updates of one chat in order, chats side by side.

A chat has two lanes, within which nothing overtakes: pictures and what is said about them, and commands
and buttons. So a command is answered at once while a picture before it still waits for the network.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

log = logging.getLogger(__name__)

MANY = 4096
"""Updates in flight. They are small: a picture is downloaded only when its turn has come."""


class ChatOrder(BaseUpdateProcessor):
    """Runs updates concurrently, but those of one lane one after another.

    Args:
        begun: Called with each update when its turn has come.
        done: Called with each update that was not cut off.
    """

    def __init__(
        self, begun: Callable[[Update], Awaitable[None]], done: Callable[[Update], Awaitable[None]]
    ) -> None:
        super().__init__(MANY)
        self._begun, self._done = begun, done
        self._lanes: dict[object, tuple[asyncio.Lock, int]] = {}
        self._running: set[asyncio.Task[Any]] = set()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for this update's turn, then process it."""
        task = asyncio.current_task()
        assert task  # noqa: S101 - a coroutine is always run by one
        self._running.add(task)
        try:
            async with self._turn(lane(update)):
                if isinstance(update, Update):
                    await self._begun(update)
                await coroutine
                self._running.discard(task)  # what is done is not cut off
                if isinstance(update, Update):
                    await self._done(update)
        finally:
            self._running.discard(task)

    async def pictures_done(self, chat_id: int) -> None:
        """Wait until the pictures that a chat has sent so far are done; for what takes the other lane."""
        async with self._turn((chat_id, False)):
            pass

    def cut_off(self) -> None:
        """End the processing of every update that is still at it."""
        if self._running:
            log.warning("%d updates are not finished: the bot stops", len(self._running))
        for task in self._running:
            task.cancel()

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release: `Application.stop` has waited for every update."""

    @asynccontextmanager
    async def _turn(self, key: object) -> Any:
        lock, waiting = self._lanes.get(key, (asyncio.Lock(), 0))
        self._lanes[key] = (lock, waiting + 1)
        try:
            async with lock:  # asyncio wakes waiters first come, first served
                yield
        finally:
            lock, waiting = self._lanes[key]
            if waiting == 1:
                del self._lanes[key]
            else:
                self._lanes[key] = (lock, waiting - 1)


def lane(update: object) -> object:
    """Name the lane of an update: its chat (or, without one, its sender), and which of the two it takes."""
    if not isinstance(update, Update):
        return None
    where = update.effective_chat or update.effective_user
    message = update.message
    quick = message is None or (message.text or "").startswith("/")
    return (where.id if where else None, quick)
