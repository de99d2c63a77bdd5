"""A person for tests and benchmarks: writes, presses buttons, reads what the bot answers."""

import asyncio
from collections.abc import Callable, Sequence

from bot.sandbox import people
from bot.sandbox.errors import Json, bad_request
from bot.sandbox.feed import Event
from bot.sandbox.people import Attachment
from bot.sandbox.world import Chat, Persona, World


class Person:
    """Acts as one persona in its private chat with the bot.

    Messages are `Message` objects of the Bot API, as plain dictionaries. `replies` hands out each message
    that the bot sends or edits once, in order; `messages` shows the whole chat at any time.
    """

    def __init__(self, world: World, chat: Chat) -> None:
        self._world = world
        self._chat = chat
        self._events = world.feed.open()
        for message in self.messages:
            self._events.put_nowait(Event("message", chat.persona.user_id, message))

    @property
    def persona(self) -> Persona:
        """Who this is."""
        return self._chat.persona

    @property
    def messages(self) -> list[Json]:
        """The chat as it is now, oldest first."""
        return [self._chat.view(message) for message in self._chat.messages.values()]

    @property
    def last(self) -> Json:
        """The bot's last message; LookupError when there is none."""
        return [message for message in self.messages if self._is_from_bot(message)][-1]

    async def send(self, text: str, *, reply_to: Json | None = None) -> Json:
        """Send a text and return the message.

        Args:
            text: 1 to 4096 characters; `/start` and other commands too.
            reply_to: The message that it answers.
        """
        return people.send_text(self._world, self._chat, text, reply_to=_id(reply_to))

    async def send_photo(
        self, data: bytes, *, name: str = "picture.jpg", caption: str = "", reply_to: Json | None = None
    ) -> Json:
        """Send a picture as a photo, the way the apps do, and return the message.

        Args:
            data: The bytes; what cannot be made into a photo arrives as a document.
            name: Of that document.
            caption: Up to 1024 characters.
            reply_to: The message that it answers.
        """
        sent = await self._send_files([Attachment(data, name)], True, caption, reply_to)
        return sent[0]

    async def send_document(
        self,
        data: bytes,
        name: str,
        *,
        mime_type: str | None = None,
        caption: str = "",
        reply_to: Json | None = None,
    ) -> Json:
        """Send a file byte for byte and return the message.

        Args:
            data: The bytes, at least one.
            name: File name.
            mime_type: Guessed from the name when missing.
            caption: Up to 1024 characters.
            reply_to: The message that it answers.
        """
        sent = await self._send_files([Attachment(data, name, mime_type)], False, caption, reply_to)
        return sent[0]

    async def send_album(
        self, pictures: Sequence[bytes], *, as_files: bool = False, caption: str = ""
    ) -> list[Json]:
        """Send several pictures as one album and return its messages.

        Args:
            pictures: The bytes of 2 to 10 pictures.
            as_files: As documents `1.jpg`, `2.jpg`, … instead of photos.
            caption: Of the first one.
        """
        attachments = [Attachment(data, f"{number}.jpg") for number, data in enumerate(pictures, 1)]
        return await self._send_files(attachments, not as_files, caption, None)

    async def press(self, button: str, *, message: Json | None = None) -> Json | None:
        """Press an inline button and wait for the bot's answer.

        Args:
            button: Its text, or a part of it that only one button has.
            message: Where it is; the bot's last message with a button of that text when missing.

        Returns:
            `{"text", "show_alert"}` of answerCallbackQuery, or None when no answer came within 30 s.

        Raises:
            LookupError: No such button, or more than one.
        """
        where, data = self._find_button(button, message)
        return await people.press(self._world, self._chat, where, data)

    async def press_data(self, message: Json, data: str) -> Json | None:
        """Press the button of `message` that carries `data`; see `press`."""
        return await people.press(self._world, self._chat, message["message_id"], data)

    async def replies(self, count: int = 1, *, timeout_s: float = 10.0) -> list[Json]:
        """Wait until the bot has sent or edited `count` messages beyond those already handed out.

        Raises:
            TimeoutError: Fewer within `timeout_s` seconds; the text tells what came.
        """
        found: list[Json] = []
        try:
            async with asyncio.timeout(timeout_s):
                while len(found) < count:
                    event = await self._events.get()
                    if event is None:
                        raise TimeoutError
                    if self._is_bots(event):
                        found.append(event.payload)
        except TimeoutError as err:
            said = [message.get("text") or message.get("caption") for message in found]
            raise TimeoutError(
                f"Expected {count} messages of the bot in {timeout_s} s. Received: {said}"
            ) from err
        return found

    async def reply(self, *, timeout_s: float = 10.0) -> Json:
        """Wait for the next message that the bot sends or edits; see `replies`."""
        return (await self.replies(timeout_s=timeout_s))[0]

    async def until(self, wanted: Callable[[Json], bool], *, timeout_s: float = 10.0) -> Json:
        """Wait until some message of the bot is as wanted, now or after edits, and return it.

        Raises:
            TimeoutError: No such message within `timeout_s` seconds; the text shows the end of the chat.
        """
        with self._world.feed.subscription() as events:
            for message in self.messages:
                if self._is_from_bot(message) and wanted(message):
                    return message
            try:
                async with asyncio.timeout(timeout_s):
                    while event := await events.get():
                        if self._is_bots(event) and wanted(event.payload):
                            return event.payload
            except TimeoutError as err:
                said = [message.get("text") or message.get("caption") for message in self.messages[-5:]]
                raise TimeoutError(
                    f"No such message within {timeout_s} s. The chat ends with: {said}"
                ) from err
        raise TimeoutError("The sandbox was closed.")

    def forget_replies(self) -> None:
        """Hand out only what comes from now on."""
        while not self._events.empty():
            self._events.get_nowait()

    async def _send_files(
        self, attachments: Sequence[Attachment], as_photo: bool, caption: str, reply_to: Json | None
    ) -> list[Json]:
        return await people.send_files(
            self._world, self._chat, attachments, as_photo=as_photo, caption=caption, reply_to=_id(reply_to)
        )

    def _find_button(self, text: str, message: Json | None) -> tuple[int, str]:
        candidates = [message] if message else [m for m in reversed(self.messages) if self._is_from_bot(m)]
        for candidate in candidates:
            rows = candidate.get("reply_markup", {}).get("inline_keyboard", [])
            buttons = [button for row in rows for button in row]
            found = [b for b in buttons if b["text"] == text] or [b for b in buttons if text in b["text"]]
            if len(found) > 1:
                raise LookupError(f"More than one button has {text!r}: {[b['text'] for b in found]}")
            if found:
                if "callback_data" not in found[0]:
                    raise bad_request("BUTTON_TYPE_INVALID")
                return candidate["message_id"], found[0]["callback_data"]
        raise LookupError(f"No button has {text!r}")

    def _is_from_bot(self, message: Json) -> bool:
        return bool(message["from"]["id"] == self._world.bot["id"])

    def _is_bots(self, event: Event) -> bool:
        mine = event.chat_id == self.persona.user_id and event.kind in {"message", "edited"}
        return mine and self._is_from_bot(event.payload)


def _id(message: Json | None) -> int | None:
    return None if message is None else int(message["message_id"])
