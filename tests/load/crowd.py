"""People by the hundred: they send numbered photos, press buttons, and remember what was said to them."""

import asyncio
import io
import random
import re
from collections import Counter
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from PIL import Image, ImageDraw

from bot import keyboards
from bot.review import keyboards as review_keyboards
from bot.sandbox import people
from bot.sandbox.errors import BotApiError, Json
from bot.sandbox.feed import Event
from bot.sandbox.people import Attachment
from bot.sandbox.server import SandboxServer
from bot.sandbox.world import Chat
from tests.bot.doubles import SCORES

CLASSES: Mapping[str, str] = {
    "Euro": "EUR",
    "British Pound": "GBP",
    "Japanese Yen": "JPY",
    "US Dollar": "USD",
    "None of these": "NONE",
}
_SAVED = re.compile(r"Saved as (.+?)\. Thank you!")
_CORRECTING = frozenset({keyboards.RIGHT, keyboards.WRONG, keyboards.CHOOSE, keyboards.UNDO, keyboards.BACK})
_REVIEWING = frozenset({review_keyboards.APPROVE, review_keyboards.SKIP, review_keyboards.UNDO})
"""Of the buttons below a picture in review, those that leave the label what it is."""
_COLOURS = ("green", "red", "blue")
_OPEN = "question"


def numbered(number: int) -> bytes:
    """A picture like no other: its number stands in it, in blocks that survive a second compression."""
    image = Image.new("RGB", (64, 48), _COLOURS[number % 3])
    draw = ImageDraw.Draw(image)
    for bit in range(24):
        if number >> bit & 1:
            left, top = 8 * (bit % 8), 8 * (bit // 8)
            draw.rectangle((left, top, left + 7, top + 7), "white")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92)
    return out.getvalue()


class Crowd:
    """Everybody who writes to a sandbox.

    Attributes:
        sent: Photos, by chat and message.
        answers: How often each photo was answered, by chat and message.
        thanked: The class that the bot last said a photo has, by prediction; None for none.
        hoped: What was asked of the bot since and not yet confirmed, by prediction.
    """

    def __init__(self, sandbox: SandboxServer) -> None:
        self.world = sandbox._world
        self.sent: set[tuple[int, int]] = set()
        self.answers: Counter[tuple[int, int]] = Counter()
        self.thanked: dict[int, str | None] = {}
        self.hoped: dict[int, set[str | None]] = {}
        self._orders: dict[int, list[str]] = {}
        self._latest: dict[int, list[Json]] = {}
        self._reviews: list[Json] = []
        self._presses: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Condition()

    async def watch(self) -> None:
        """Take note of what the bot says, until cancelled."""
        with self.world.feed.subscription() as events:
            while event := await events.get():
                if event.kind in ("message", "edited") and event.payload["from"]["is_bot"]:
                    self._note(event)
                    async with self._changed:
                        self._changed.notify_all()

    async def send_photo(self, user_id: int, number: int) -> tuple[int, int]:
        """Send a photo; returns its chat and message."""
        chat = self.world.chats[user_id]
        sent = await people.send_files(
            self.world, chat, [Attachment(numbered(number), "photo.jpg")], as_photo=True
        )
        photo = user_id, sent[0]["message_id"]
        self.sent.add(photo)
        return photo

    def send_text(self, user_id: int, text: str) -> None:
        """Send a text."""
        people.send_text(self.world, self.world.chats[user_id], text)

    async def answered(self, photo: tuple[int, int], timeout_s: float) -> None:
        """Wait for the answer to a photo."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: self.answers[photo] > 0)

    def press_something(self, user_id: int, chance: random.Random) -> None:
        """Press some button below one of a person's latest answers, and remember what that asks for."""
        messages = self._latest.get(user_id)
        if not messages:
            return
        message = chance.choice(messages[-5:])
        data = chance.choice(list(_buttons(message)))
        if (wanted := self._wanted(data)) != _OPEN:
            self.hoped.setdefault(_prediction(data), set()).add(wanted)
        self._start(self._press(self.world.chats[user_id], message["message_id"], data))

    def press_review(self, admin: int, chance: random.Random) -> None:
        """Approve, skip or undo below one of the pictures that /review showed last."""
        if not self._reviews:
            return
        message = chance.choice(self._reviews)
        data = chance.choice([each for each in _buttons(message) if _verb(each) in _REVIEWING])
        self._start(self._press(self.world.chats[admin], message["message_id"], data))

    def allowed(self, prediction: int, written_down: Iterable[Mapping[str, Any]]) -> set[str | None]:
        """What may be on record: what was thanked for, or what is being asked for just now.

        Args:
            prediction: Of which photo.
            written_down: Updates that the bot has received and not done, or done and not crossed out.
        """
        waiting = {
            self._wanted(update["callback_query"]["data"])
            for update in [*self.world.updates._pending, *written_down]
            if "callback_query" in update and _prediction(update["callback_query"]["data"]) == prediction
        } - {_OPEN}
        return {self.thanked[prediction]} | self.hoped.get(prediction, set()) | waiting

    def _start(self, work: Coroutine[None, None, None]) -> None:
        press = asyncio.create_task(work)
        self._presses.add(press)
        press.add_done_callback(self._presses.discard)

    async def _press(self, chat: Chat, message_id: int, data: str) -> None:
        with suppress(BotApiError):  # the message has changed meanwhile and has no such button any more
            await people.press(self.world, chat, message_id, data)

    def _wanted(self, data: str) -> str | None:
        """The class that a tap asks for; `_OPEN` where it asks for none."""
        tap = keyboards.read_tap(data)
        if tap and tap.verb == keyboards.UNDO:
            return None
        if tap and tap.verb == keyboards.NO_MONEY:  # also where it was taken back meanwhile
            return "NONE"
        if tap and tap.verb in (keyboards.RIGHT, keyboards.CHOOSE):
            return self._orders[tap.id][(tap.number or 1) - 1]
        return _OPEN

    def _note(self, event: Event) -> None:
        message = event.payload
        quoted = message.get("reply_to_message", {})
        if event.kind == "message" and ("photo" in quoted or "document" in quoted):
            self.answers[event.chat_id, quoted["message_id"]] += 1
        buttons = list(_buttons(message))
        if any(_verb(data) in _REVIEWING for data in buttons):
            self._reviews = [*self._reviews[-4:], message]
        if not any(_verb(data) in _CORRECTING for data in buttons):
            return
        prediction = _prediction(buttons[0])
        text = message["text"]
        colour = "green" if text.startswith("Euro") else "red" if text.startswith("I am not sure") else "blue"
        self._orders[prediction] = list(SCORES[colour])
        if not any(_verb(data) == keyboards.BACK for data in buttons):  # else it only asks
            saved = _SAVED.search(text)
            said = CLASSES[saved[1]] if saved else None
            self.thanked[prediction] = said
            self.hoped.get(prediction, set()).discard(said)
        mine = self._latest.setdefault(event.chat_id, [])
        mine[:] = [each for each in mine if each["message_id"] != message["message_id"]][-20:] + [message]


def _buttons(message: Json) -> Iterator[str]:
    for row in message.get("reply_markup", {}).get("inline_keyboard", []):
        for button in row:
            if _verb(button["callback_data"]) != keyboards.WHY:
                yield button["callback_data"]


def _prediction(data: str) -> int:
    tap = keyboards.read_tap(data)
    return tap.id if tap else 0


def _verb(data: str) -> str:
    tap = keyboards.read_tap(data)
    return tap.verb if tap else ""
