"""The record of what the bot has asked for, for tests to look at."""

from collections import deque
from dataclasses import dataclass, replace
from typing import Any

from bot.sandbox.errors import Json
from bot.sandbox.parameters import Parameters

_KEPT = 10_000


@dataclass(frozen=True)
class Call:
    """One call of the bot and its answer.

    Attributes:
        method: As documented, e.g. `sendMessage`; an unknown name as it came.
        parameters: As received; objects of forms are still JSON texts. Files are named, and empty.
        status: HTTP status of the answer.
        response: Its JSON body.
    """

    method: str
    parameters: Parameters
    status: int
    response: Json

    @property
    def result(self) -> Any:
        """What the method returned; KeyError when it failed."""
        return self.response["result"]


class CallLog:
    """The last 10 000 calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=_KEPT)

    def add(self, call: Call) -> None:
        """Append a call, without the bytes of its files: a demo may run for weeks."""
        files = {name: replace(upload, data=b"") for name, upload in call.parameters.uploads.items()}
        self._calls.append(replace(call, parameters=replace(call.parameters, uploads=files)))

    def all(self) -> list[Call]:
        """Return all calls."""
        return list(self._calls)

    def of(self, method: str) -> list[Call]:
        """Return the calls of one method."""
        return [call for call in self._calls if call.method == method]

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()
