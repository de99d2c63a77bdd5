"""Logging without secrets: no token reaches a log, a traceback included."""

import logging
import re
import sys
from collections.abc import Iterable

_TOKEN = re.compile(r"\d{5,}:[\w-]{10,}")
_PLAIN = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class Redacting(logging.Formatter):
    """Formats a record whole, traceback included, then takes the secrets out."""

    def __init__(self, fmt: str, secrets: Iterable[str]) -> None:
        super().__init__(fmt)
        self._secrets = tuple(secret for secret in secrets if secret)

    def format(self, record: logging.LogRecord) -> str:
        """Format the record without any secret or anything that looks like a bot token."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return _TOKEN.sub("[token]", text)


def configure(level: str, secrets: Iterable[str]) -> None:
    """Send the log to stderr, at `level`, in place of whatever was set up before."""
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacting(_PLAIN, secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # These say a line for every request, and the Bot API's addresses hold the token.
    for chatty in (
        "httpx",
        "httpcore",
        "telegram",
        "tornado.access",
        "uvicorn.access",
        "alembic",
        "aiosqlite",
    ):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level)))
