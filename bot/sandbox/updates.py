"""Updates on their way to the bot: a queue that polling or a webhook empties."""

import asyncio
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.sandbox.errors import BotApiError, Json, conflict
from bot.sandbox.faults import UPDATE, Faults

# What a bot must ask for by name (https://core.telegram.org/bots/api#getupdates).
_OPT_IN = {"chat_member", "message_reaction", "message_reaction_count"}
_MAX_LIMIT = 100
_MAX_TIMEOUT_S = 50.0


@dataclass
class Webhook:
    """Where updates go instead of waiting for a poll.

    Attributes:
        url: Receives one POST an update.
        secret: Value of `X-Telegram-Bot-Api-Secret-Token`, or empty.
        max_connections: As asked for; the sandbox delivers one at a time.
        last_error_date: Unix time of the last failed delivery.
        last_error_message: Why it failed.
    """

    url: str
    secret: str = field(default="", repr=False)
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str | None = None


class UpdateQueue:
    """Keeps updates until the bot confirms them.

    Args:
        faults: Strike some of them on their way.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.webhook: Webhook | None = None
        self.allowed: list[str] | None = None
        self.changed = asyncio.Event()
        self._next_id = random.randrange(100_000_000, 900_000_000)  # noqa: S311 - as opaque as Telegram's
        self._pending: deque[Json] = deque()
        self._poller: asyncio.Future[None] | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, kind: str, payload: Json) -> None:
        """Queue an update unless the bot has not asked for its kind.

        Args:
            kind: `message`, `callback_query`, …
            payload: The object of that name.
        """
        wanted = kind in self.allowed if self.allowed else kind not in _OPT_IN
        if not wanted or self._closed:
            return
        fault = self._faults.take(UPDATE)
        if fault and fault.kind == "delay":
            asyncio.get_running_loop().call_later(fault.seconds, self._put, kind, payload, 1)
        else:
            self._put(kind, payload, 2 if fault else 1)

    def _put(self, kind: str, payload: Json, times: int) -> None:
        self._pending.extend([{"update_id": self._next_id, kind: payload}] * times)
        self._next_id += 1
        self._wake()

    def next_update(self) -> Json | None:
        """Return the oldest update that is not confirmed, or None."""
        return self._pending[0] if self._pending else None

    def confirm(self, update_id: int) -> None:
        """Forget all updates up to and including `update_id`."""
        while self._pending and self._pending[0]["update_id"] <= update_id:
            self._pending.popleft()

    def clear(self) -> None:
        """Forget all updates."""
        self._pending.clear()

    def set_webhook(self, webhook: Webhook | None) -> None:
        """Deliver to a webhook from now on, or to polls again."""
        self.webhook = webhook
        if webhook:
            self._terminate("terminated by setWebhook request")
        self._wake()

    async def poll(
        self, offset: int, limit: int, timeout_s: float, allowed: Sequence[str] | None
    ) -> list[Json]:
        """Answer getUpdates.

        Args:
            offset: Id of the first update wanted; earlier ones are confirmed. Negative: counted
                from the end.
            limit: At most so many, 1 to 100.
            timeout_s: Seconds to wait for the first one.
            allowed: Kinds wanted from now on, or None to leave that as it is.

        Raises:
            BotApiError: A webhook is set, or another poll has come meanwhile.
        """
        if self.webhook:
            raise conflict(
                "can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first"
            )
        self._terminate(
            "terminated by other getUpdates request; make sure that only one bot instance is running"
        )
        if allowed is not None:
            self.allowed = list(allowed)
        if offset < 0 and self._pending:
            offset = max(self._pending[-1]["update_id"] + 1 + offset, self._pending[0]["update_id"])
        if offset > 0:
            self.confirm(offset - 1)
        if not self._pending and timeout_s > 0 and not self._closed:
            await self._wait(min(timeout_s, _MAX_TIMEOUT_S))
        return list(self._pending)[: limit if 1 <= limit <= _MAX_LIMIT else _MAX_LIMIT]

    def close(self) -> None:
        """Release whoever waits; updates are no longer taken."""
        self._closed = True
        self._wake()

    async def _wait(self, timeout_s: float) -> None:
        poller = self._poller = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout_s):
                await poller
        except TimeoutError:
            return
        finally:
            if self._poller is poller:
                self._poller = None

    def _wake(self) -> None:
        self.changed.set()
        if self._poller and not self._poller.done():
            self._poller.set_result(None)

    def _terminate(self, reason: str) -> None:
        poller, self._poller = self._poller, None
        if poller and not poller.done():
            error: BotApiError = conflict(reason)
            poller.set_exception(error)
