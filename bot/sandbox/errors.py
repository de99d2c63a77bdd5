"""What the server refuses, in Telegram's words."""

from typing import Any

Json = dict[str, Any]
"""One JSON object of the Bot API, as it goes over the wire."""


class BotApiError(Exception):
    """An answer with `"ok": false`.

    Args:
        code: HTTP status and `error_code`, 400 to 599.
        description: The text that Telegram would send, prefix included.
        parameters: `ResponseParameters`, e.g. `{"retry_after": 3}`.
    """

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        """Return the JSON body of the answer."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(reason: str) -> BotApiError:
    """Return error 400 with Telegram's prefix.

    Args:
        reason: What follows `Bad Request: `.
    """
    return BotApiError(400, f"Bad Request: {reason}")


def conflict(reason: str) -> BotApiError:
    """Return error 409: somebody else receives the updates.

    Args:
        reason: What follows `Conflict: `.
    """
    return BotApiError(409, f"Conflict: {reason}")
