"""What happens in the chats, told to whoever looks: the page and the tests."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.errors import Json

Kind = Literal["message", "edited", "deleted", "typing", "force_reply", "answer", "commands", "status"]


@dataclass(frozen=True)
class Event:
    """One change.

    Attributes:
        kind: What changed.
        chat_id: In which chat; 0 when it concerns all of them.
        payload: The message as it is now, or what the kind needs.
    """

    kind: Kind
    chat_id: int
    payload: Json

    def to_json(self) -> Json:
        """Return the event as the page receives it."""
        return {"kind": self.kind, "chat_id": self.chat_id, "payload": self.payload}


class Feed:
    """Copies every event to every subscriber, in order."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Event | None]] = set()

    def publish(self, kind: Kind, chat_id: int, payload: Json) -> None:
        """Tell all subscribers."""
        for queue in self._queues:
            queue.put_nowait(Event(kind, chat_id, payload))

    def close(self) -> None:
        """End all subscriptions: each receives None."""
        for queue in self._queues:
            queue.put_nowait(None)

    def open(self) -> asyncio.Queue[Event | None]:
        """Return a queue that receives all events from now on; give it back with `drop`."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._queues.add(queue)
        return queue

    def drop(self, queue: asyncio.Queue[Event | None]) -> None:
        """Stop a queue from receiving events."""
        self._queues.discard(queue)

    @contextmanager
    def subscription(self) -> Iterator[asyncio.Queue[Event | None]]:
        """Receive events inside a `with` block."""
        queue = self.open()
        try:
            yield queue
        finally:
            self.drop(queue)
