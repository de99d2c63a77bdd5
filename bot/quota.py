"""How many photos are taken on: so many a minute from one person, so many at once. No Telegram in here."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot import texts
from model.errors import BusyError

MINUTE = 60.0
MANY_PEOPLE = 1000
"""From so many remembered people on, those who sent nothing within a minute are forgotten."""


class Quota:
    """Lets photos in.

    Args:
        per_minute: From one person.
        at_once: Being answered or waiting for it, over all.
        clock: Seconds that only ever grow.
    """

    def __init__(self, per_minute: int, at_once: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._at_once, self._clock = per_minute, at_once, clock
        self._at_work = 0
        self._taken: dict[int, deque[float]] = {}
        self._told: dict[int, float] = {}

    @contextmanager
    def photo(self, user_id: int) -> Iterator[bool]:
        """Take a photo on for as long as the block lasts.

        Yields:
            False for one that is refused, after the person was told so within the last minute.

        Raises:
            BusyError: It is refused, and the person is to be told.
        """
        now = self._clock()
        self._tidy(now)
        taken = self._taken.setdefault(user_id, deque(maxlen=self._per_minute))
        if len(taken) == self._per_minute and taken[0] > now - MINUTE:
            refusal = texts.TOO_FAST
        elif self._at_work >= self._at_once:
            refusal = texts.BUSY
        else:
            taken.append(now)
            self._at_work += 1
            try:
                yield True
            finally:
                self._at_work -= 1
            return
        if self._told.get(user_id, -MINUTE) > now - MINUTE:
            yield False
            return
        self._told[user_id] = now
        raise BusyError(refusal)

    def _tidy(self, now: float) -> None:
        if len(self._taken) > MANY_PEOPLE:
            self._taken = {who: at for who, at in self._taken.items() if at and at[-1] > now - MINUTE}
            self._told = {who: at for who, at in self._told.items() if at > now - MINUTE}
