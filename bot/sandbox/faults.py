"""Trouble on demand: what Telegram and networks do on bad days."""

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

DOWNLOAD = "download"
"""Stands in for a method name: the download of a file."""


UPDATE = "update"
"""Stands in for a method name: an update on its way to the bot."""


@dataclass(frozen=True)
class Fault:
    """What happens to one call, or to one update.

    Attributes:
        kind: `error` answers instead of the method; `delay` waits first; `drop` cuts the connection
            before, `drop_after` behind the method: it is done, but the bot does not hear of it;
            `twice` delivers an update again.
        status: HTTP status of an error.
        description: Its text.
        retry_after: Seconds, for 429.
        seconds: Of a delay.
    """

    kind: Literal["error", "delay", "drop", "drop_after", "twice"]
    status: int = 0
    description: str = ""
    retry_after: int | None = None
    seconds: float = 0.0


class Faults:
    """Faults that wait for the next calls of a method, first come first served."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def too_many_requests(self, method: str, *, retry_after: int = 1, times: int = 1) -> None:
        """Answer 429 with `retry_after` seconds, `times` times."""
        text = f"Too Many Requests: retry after {retry_after}"
        self._add(method, Fault("error", 429, text, retry_after), times)

    def server_error(
        self, method: str, *, status: int = 502, description: str = "Bad Gateway", times: int = 1
    ) -> None:
        """Answer 5xx, `times` times."""
        self._add(method, Fault("error", status, description), times)

    def delay(self, method: str, seconds: float, *, times: int = 1) -> None:
        """Answer `seconds` later, `times` times; a late update is overtaken by those behind it."""
        self._add(method, Fault("delay", seconds=seconds), times)

    def drop(self, method: str, *, after: bool = False, times: int = 1) -> None:
        """Cut the connection, `times` times.

        Args:
            method: Name of the method, or `DOWNLOAD`.
            after: Carry the method out first; only its answer is lost.
            times: How often.
        """
        self._add(method, Fault("drop_after" if after else "drop"), times)

    def repeat(self, *, times: int = 1) -> None:
        """Deliver an update twice, `times` times."""
        self._add(UPDATE, Fault("twice"), times)

    def clear(self) -> None:
        """Forget all faults that have not struck yet."""
        self._waiting.clear()

    def take(self, method: str) -> Fault | None:
        """Return the fault that strikes this call, or None."""
        waiting = self._waiting[method]
        return waiting.popleft() if waiting else None

    def _add(self, method: str, fault: Fault, times: int) -> None:
        self._waiting[method].extend([fault] * times)
