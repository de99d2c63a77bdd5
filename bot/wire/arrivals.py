"""Updates as they arrive: each once, and none is lost when the bot is killed.

Telegram takes an update for received, and forgets it, with the next question of the bot (or with the answer
of its webhook), long before it is done. So it is written down first, and crossed out when it is done; what
is still written down when the bot starts is done then.
"""

import asyncio
import logging
from collections import OrderedDict

from telegram import Bot, Update

from bot.store.store import Store
from model.errors import StoreError

log = logging.getLogger(__name__)

REMEMBERED = 10_000
"""Updates by whose number a repetition is noticed. Telegram repeats one at once if at all: when the word that
it was received got lost."""


class Arrivals(asyncio.Queue[object]):
    """The queue between the library's receiver and its handlers.

    Args:
        store: Where updates are written down.
    """

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._received: OrderedDict[int, None] = OrderedDict()

    async def put(self, item: object) -> None:
        """Take an update, unless it came before; when this returns, it is on the disk."""
        if isinstance(item, Update):
            if not self._is_new(item.update_id):
                log.info("update %d came again", item.update_id)
                return
            try:
                await self._store.updates.keep(item.update_id, item.to_dict())
            except StoreError as err:
                # It is answered all the same, and only lost if the bot is killed meanwhile.
                log.warning("update %d is not written down: %s", item.update_id, err)
        await super().put(item)

    async def put_left_over(self, bot: Bot) -> None:
        """Take what an earlier life of the bot left unfinished.

        Raises:
            StoreError: The database cannot be read or written.
        """
        left, out = await self._store.updates.left_over()
        for number in out:
            log.error("update %d was cut off again and again, and is left out", number)
        for data in left:
            update = Update.de_json(dict(data), bot)
            log.warning("update %d was cut off and is done now", update.update_id)
            self._is_new(update.update_id)
            await super().put(update)

    async def done(self, update: Update) -> None:
        """Cross out an update."""
        try:
            await self._store.updates.done(update.update_id)
        except StoreError as err:
            log.warning("update %d will be done again at the next start: %s", update.update_id, err)

    def _is_new(self, number: int) -> bool:
        if number in self._received:
            return False
        self._received[number] = None
        if len(self._received) > REMEMBERED:
            self._received.popitem(last=False)
        return True
