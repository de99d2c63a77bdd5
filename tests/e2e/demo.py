"""`currency-bot demo` as a process, and a person who writes to it the way the chat page does."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

from bot.cli.sandboxed import ADMIN, ANNA, BEN, TRAVELLER
from bot.settings import Settings

Json = dict[str, Any]
Found = TypeVar("Found")

PROJECT = Path(__file__).parents[2]
PATIENCE_S = 90.0
"""How long a step may take on a machine that is busy with other things."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo.

    Args:
        http: Talks to its server; its base address is that of the chat page.
        folder: Holds its data set, database and models.
        started_at: When the process was started, by `time.monotonic`.
    """

    http: httpx.Client
    folder: Path
    started_at: float

    @property
    def page_url(self) -> str:
        """Address of the chat page."""
        return str(self.http.base_url)

    @property
    def traveller(self) -> "Visitor":
        """Who asks."""
        return Visitor(self.http, TRAVELLER.user_id)

    @property
    def admin(self) -> "Visitor":
        """Who runs the bot."""
        return Visitor(self.http, ADMIN.user_id)

    @property
    def anna(self) -> "Visitor":
        """Whose labels wait."""
        return Visitor(self.http, ANNA.user_id)

    @property
    def ben(self) -> "Visitor":
        """Whose labels wait, too."""
        return Visitor(self.http, BEN.user_id)

    def kept(self, place: str = "dataset") -> dict[str, bytes]:
        """Return the labelled pictures by class folder and name; `place` may be "pending"."""
        root = self.folder / place
        return {str(path.relative_to(root)): path.read_bytes() for path in root.glob("*/*.jpg")}


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """Start the command as a user would, and tell it to stop afterwards, which it has to do cleanly.

    Args:
        folder: An empty folder; `data` in it becomes that of the demo.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(Path(sys.executable).with_name("currency-bot")), "demo", "--no-browser"]
    command += ["--port", str(port), "--data-dir", str(folder / "data")]
    settings = {name.upper() for name in Settings.model_fields}
    environment = {key: value for key, value in os.environ.items() if key.upper() not in settings}
    complaints = folder / "stderr.txt"
    started_at = time.monotonic()
    with (
        complaints.open("w") as stderr,
        subprocess.Popen(  # noqa: S603
            command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as process,
        httpx.Client(base_url=url, timeout=PATIENCE_S, trust_env=False) as http,
    ):
        try:
            assert process.stdout
            assert url in process.stdout.readline(), complaints.read_text()
            yield Demo(http, folder / "data", started_at)
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
        finally:
            process.kill()
    assert complaints.read_text() == "Stopped.\n"


class Visitor:
    """Reads and writes one private chat over HTTP, as the page does."""

    def __init__(self, http: httpx.Client, chat_id: int) -> None:
        self._http = http
        self._chat_id = chat_id

    def say(self, text: str) -> Json:
        """Send a text and return the message."""
        return self._send({"text": text}, [])[0]

    def send(self, *files: tuple[str, bytes], as_photo: bool = True) -> list[Json]:
        """Send files, each a name and its bytes, and return the messages."""
        return self._send({"as": "photo" if as_photo else "file"}, list(files))

    def press(self, button: str, message: Json) -> None:
        """Press the button of a message whose text contains `button`."""
        data = next(key["callback_data"] for key in buttons(message) if button in key["text"])
        body = {"message_id": message["message_id"], "data": data}
        self._http.post(f"/api/chats/{self._chat_id}/presses", json=body).raise_for_status()

    def file(self, file_id: str) -> bytes:
        """Fetch a file of the chat."""
        return self._http.get(f"/api/files/{file_id}").raise_for_status().content

    def messages(self) -> list[Json]:
        """Return the chat as it is now, oldest first."""
        with closing(self._states(PATIENCE_S)) as states:
            return next(states)

    def replies(self, message: Json) -> list[Json]:
        """Return all that the bot has said in reply to a message so far."""
        return _replies(self.messages(), message)

    def reply(self, message: Json, within_s: float = PATIENCE_S) -> Json:
        """Wait for the bot's reply to a message that quotes it."""
        return self.until(lambda messages: next(iter(_replies(messages, message)), None), within_s)

    def following(self, message: Json, within_s: float = PATIENCE_S) -> Json:
        """Wait for what the bot says next after a message, quoting it or not."""

        def next_one(messages: list[Json]) -> Json | None:
            later = (m for m in messages if m["message_id"] > message["message_id"] and m["from"]["is_bot"])
            return next(later, None)

        return self.until(next_one, within_s)

    def becomes(self, message: Json, words: str, within_s: float = PATIENCE_S) -> Json:
        """Wait until a message of the bot, edited or not, contains some words."""

        def edited(messages: list[Json]) -> Json | None:
            same = (m for m in messages if m["message_id"] == message["message_id"])
            return next((m for m in same if words in said(m)), None)

        return self.until(edited, within_s)

    def until(self, wanted: Callable[[list[Json]], Found | None], within_s: float = PATIENCE_S) -> Found:
        """Follow the chat until something holds of its messages, and return what was found.

        Raises:
            TimeoutError: It did not within `within_s` seconds; the text shows the end of the chat.
        """
        end = time.monotonic() + within_s
        messages: list[Json] = []
        with closing(self._states(within_s)) as states:
            for messages in states:
                if found := wanted(messages):
                    return found
                if time.monotonic() > end:
                    break
        end_of_chat = [said(message) for message in messages[-5:]]
        raise TimeoutError(f"Not within {within_s} s. The chat ends with: {end_of_chat}")

    def _states(self, within_s: float) -> Generator[list[Json]]:
        """Yield the chat as it is, then again after every change, and every few seconds without one."""
        messages: dict[int, Json] = {}
        with self._http.stream("GET", "/api/events", timeout=within_s) as stream:
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    self._follow(messages, json.loads(line.removeprefix("data: ")))
                if line:
                    yield list(messages.values())

    def _follow(self, messages: dict[int, Json], event: Json) -> None:
        payload = event["payload"]
        if event["kind"] == "state":
            chat = next(chat for chat in payload["chats"] if chat["id"] == self._chat_id)
            messages.update((message["message_id"], message) for message in chat["messages"])
        elif event["chat_id"] == self._chat_id and event["kind"] in {"message", "edited"}:
            messages[payload["message_id"]] = payload

    def _send(self, fields: dict[str, str], files: list[tuple[str, bytes]]) -> list[Json]:
        known = {message["message_id"] for message in self.messages()}
        parts = [("file", file) for file in files]
        self._http.post(f"/api/chats/{self._chat_id}/messages", data=fields, files=parts).raise_for_status()
        return [m for m in self.messages() if m["message_id"] not in known and not m["from"]["is_bot"]]


def said(message: Json) -> str:
    """Return the text of a message, or what is written below its picture."""
    return str(message.get("text") or message.get("caption", ""))


def buttons(message: Json) -> list[Json]:
    """Return the inline buttons of a message."""
    rows: list[list[Json]] = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def _replies(messages: list[Json], message: Json) -> list[Json]:
    return [m for m in messages if m.get("reply_to_message", {}).get("message_id") == message["message_id"]]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
