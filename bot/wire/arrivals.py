"""Updates as they arrive: written down before Telegram forgets them, crossed out when they are done.

Telegram takes an update for received with the bot's next question (or the answer of its webhook), long
before it is done. What is still written down when the bot starts was cut off, and is done then.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from telegram import Bot, Update

from bot.store.store import Store
from bot.store.updates import REMEMBERED, Arrived

log = logging.getLogger(__name__)

REPEATS = 3
"""How often an update is begun again: perhaps it is what ends the bot."""

PATIENCE = 2.0
"""Seconds to wait for the database; nobody is answered meanwhile."""

MOST_OWED = 20
"""Updates that are taken without being written down; any more wait, for they would be lost with the bot."""

PAUSE = 10.0
"""Seconds without writing down, once the database did not answer; less, if it does so late."""


class Arrivals(asyncio.Queue[object]):
    """The queue between the library's receiver and its handlers.

    Args:
        store: Where updates are written down.
    """

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._received: OrderedDict[int, None] = OrderedDict()
        self._done: set[int] = set()
        self._writing: set[asyncio.Task[None]] = set()
        self._owed: dict[int, Update] = {}
        self._being_kept: set[int] = set()
        self._repeated: set[int] = set()
        self._pause_until = 0.0
        self._answers = asyncio.Event()
        self._closed = False

    async def put(self, item: object) -> None:
        """Take an update, unless it came before, and write it down if the database lets it."""
        if isinstance(item, Update):
            if not self._is_new(item.update_id):
                log.info("update %d came again", item.update_id)
                return
            await self._write_down(item)
            if self._closed:
                return  # for the next start; the handlers have been told that nothing more comes
        await super().put(item)

    async def take_up(self, bot: Bot) -> list[Update]:
        """Take what earlier lives of the bot left unfinished, as far as doing it again can do no harm.

        A photo is known by its message and a tap says what it is about, so they can be repeated. "Undo" is
        about what happened last, which is no longer what it was.

        Returns:
            Updates that only the person can repeat; they stay written down until they are `done`.

        Raises:
            StoreError: The database cannot be read or written.
        """
        left = await self._store.updates.left()
        for number in left.numbers:
            self._is_new(number)
        not_taken = []
        for number, data, repeats in left.unfinished:
            try:
                update = Update.de_json(dict(data), bot)
            except (KeyError, TypeError, ValueError):  # written by another version of the library
                log.exception("update %d was cut off and cannot be read", number)
                self._done.add(number)
                continue
            if repeats >= REPEATS or (update.message and update.message.text):
                log.warning("update %d was cut off and is not repeated", update.update_id)
                not_taken.append(update)
            else:
                log.warning("update %d was cut off and is done now", update.update_id)
                self._repeated.add(update.update_id)
                await super().put(update)
        return not_taken

    async def begun(self, update: Update) -> None:
        """Count that an update is begun again, before it can end the bot again."""
        if update.update_id in self._repeated:
            self._repeated.discard(update.update_id)
            await self._written(self._store.updates.begun(update.update_id))

    async def done(self, update: Update) -> None:
        """Cross out an update, and those that could not be crossed out before."""
        self._done.add(update.update_id)
        self._owed.pop(update.update_id, None)
        numbers = self._done - self._being_kept  # else what is kept late would stay
        if not numbers:
            return
        if await self._written(self._store.updates.done(numbers)):
            self._done -= numbers
        else:
            log.warning("update %d is not crossed out yet", update.update_id)

    def close(self) -> None:
        """Hand on nothing more; what still arrives is only written down."""
        self._closed = True

    async def _write_down(self, update: Update) -> None:
        now = asyncio.get_running_loop().time()
        self._owed[update.update_id] = update
        if now < self._pause_until:
            if len(self._owed) + len(self._being_kept) <= MOST_OWED:
                return
            with suppress(TimeoutError):  # what comes now had better stay with Telegram
                async with asyncio.timeout(self._pause_until - now):
                    await self._answers.wait()
        if not await self._written(self._keep_owed()):
            # It is answered all the same, and only lost if the bot ends meanwhile.
            log.warning("update %d is not written down yet", update.update_id)
            self._answers.clear()
            self._pause_until = now + PATIENCE + PAUSE

    async def _keep_owed(self) -> None:
        """Write down what arrived, and what came while the database was slow."""
        while self._owed:
            owed, self._owed = self._owed, {}
            self._being_kept |= owed.keys()
            try:
                await self._store.updates.keep([_arrived(each) for each in owed.values()])
            except BaseException:
                self._owed = {number: each for number, each in owed.items() if number not in self._done} | (
                    self._owed
                )
                raise
            finally:
                self._being_kept -= owed.keys()
            self._pause_until = 0.0
            self._answers.set()
            for number in owed.keys() & self._done:  # done before they were kept
                await self.done(owed[number])

    async def _written(self, work: Coroutine[Any, Any, None]) -> bool:
        """Wait for the database, but not for long; what takes longer goes on by itself."""
        writing = asyncio.create_task(work)  # not cancelled: the driver would wait for its lock all the same
        self._writing.add(writing)
        writing.add_done_callback(self._end_of_writing)
        done, _ = await asyncio.wait({writing}, timeout=PATIENCE)
        return bool(done) and writing.exception() is None

    def _end_of_writing(self, writing: asyncio.Task[None]) -> None:
        self._writing.discard(writing)
        if not writing.cancelled() and (error := writing.exception()):
            log.warning("what arrives cannot be written down or crossed out", exc_info=error)

    def _is_new(self, number: int) -> bool:
        if number in self._received:
            return False
        self._received[number] = None
        if len(self._received) > REMEMBERED:
            self._received.popitem(last=False)
        return True


def _arrived(update: Update) -> Arrived:
    user = update.effective_user
    return Arrived(update.update_id, user.id if user else None, update.to_dict())
