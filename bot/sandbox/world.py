"""The state of a sandbox: people, chats, messages, pressed buttons, commands."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.sandbox.errors import Json, bad_request
from bot.sandbox.faults import Faults
from bot.sandbox.feed import Feed
from bot.sandbox.files import FileStore
from bot.sandbox.updates import UpdateQueue

QUERY_LIFETIME_S = 30.0
"""How long a pressed button waits for its answer; Telegram gives no number, bots report 15 to 60 s."""


@dataclass(frozen=True)
class Persona:
    """Somebody who writes to the bot, each in a private chat of their own.

    Attributes:
        user_id: Positive; the id of the private chat too, as on Telegram.
        first_name: Shown on the page.
        language_code: IETF tag of the app's language.
    """

    user_id: int
    first_name: str
    language_code: str = "en"

    def user(self) -> Json:
        """Return the `User` that the bot sees."""
        return {
            "id": self.user_id,
            "is_bot": False,
            "first_name": self.first_name,
            "language_code": self.language_code,
        }

    def chat(self) -> Json:
        """Return the private `Chat` with this person."""
        return {"id": self.user_id, "type": "private", "first_name": self.first_name}


@dataclass
class Chat:
    """One private chat; `messages` by id, oldest first. It exists for the bot once the person wrote."""

    persona: Persona
    messages: dict[int, Json] = field(default_factory=dict)
    started: bool = False

    def view(self, message: Json) -> Json:
        """Return a message as clients see it: with the replied-to message as it is now, if still there."""
        seen = {key: value for key, value in message.items() if key != "reply_to"}
        quoted = self.messages.get(message.get("reply_to", 0))
        if quoted:
            # Telegram nests one level only.
            seen["reply_to_message"] = {
                key: value for key, value in quoted.items() if key not in {"reply_to", "quote"}
            }
        return seen


@dataclass
class Query:
    """A pressed button that waits for answerCallbackQuery."""

    pressed_at: float
    answer: asyncio.Future[Json]


class World:
    """Everything that the methods of the Bot API and the page act on."""

    def __init__(
        self, bot: Json, personas: Sequence[Persona], faults: Faults, last_message_id: int = 0
    ) -> None:
        self.bot = bot
        self.chats = {persona.user_id: Chat(persona) for persona in personas}
        self.files = FileStore()
        self.updates = UpdateQueue(faults)
        self.feed = Feed()
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.queries: dict[str, Query] = {}
        self.online = False
        # Counted over all private chats of the bot, as on Telegram: an id from one is unknown in another.
        self._last_message_id = last_message_id

    def chat(self, chat_id: str | None) -> Chat:
        """Return the chat of that id.

        Raises:
            BotApiError: No such chat, or the person has not written to the bot yet.
        """
        if not chat_id:
            raise bad_request("chat_id is empty")
        chat = self.chats.get(int(chat_id)) if chat_id.isdecimal() else None
        if chat is None or not chat.started:
            raise bad_request("chat not found")
        return chat

    def post(self, chat: Chat, sender: Json, content: Json) -> Json:
        """Add a message to a chat, tell the page, and return the message as clients see it.

        Args:
            chat: Where.
            sender: `User`, the bot or the chat's person.
            content: The rest of the message; `reply_to` names the message that it answers.
        """
        self._last_message_id += 1
        message = {
            "message_id": self._last_message_id,
            "from": sender,
            "chat": chat.persona.chat(),
            "date": int(time.time()),
            **content,
        }
        chat.messages[self._last_message_id] = message
        seen = chat.view(message)
        self.feed.publish("message", chat.persona.user_id, seen)
        return seen

    def edit(self, chat: Chat, message: Json, content: Json) -> Json:
        """Replace what a message says, tell the page, and return the message as clients see it.

        Args:
            chat: Where the message is.
            message: As it is now, from `chat.messages`.
            content: All that remains besides id, sender, chat, date and reply.
        """
        kept = ("message_id", "from", "chat", "date", "reply_to", "quote", "media_group_id")
        edited = (
            {key: message[key] for key in kept if key in message} | content | {"edit_date": int(time.time())}
        )
        chat.messages[message["message_id"]] = edited
        seen = chat.view(edited)
        self.feed.publish("edited", chat.persona.user_id, seen)
        return seen

    def delete(self, chat: Chat, message_id: int) -> None:
        """Remove a message and tell the page."""
        del chat.messages[message_id]
        self.feed.publish("deleted", chat.persona.user_id, {"message_id": message_id})

    def open_query(self) -> tuple[str, Query]:
        """Begin to wait for the answer to a pressed button; return its id too."""
        query = Query(time.monotonic(), asyncio.get_running_loop().create_future())
        query_id = str(secrets.randbits(63))
        self.queries[query_id] = query
        return query_id, query

    def answer_query(self, query_id: str, answer: Json) -> None:
        """Hand an answer to the person who pressed.

        Raises:
            BotApiError: Unknown, already answered or too old.
        """
        query = self.queries.pop(query_id, None)
        if query is None or query.answer.done() or time.monotonic() - query.pressed_at > QUERY_LIFETIME_S:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        query.answer.set_result(answer)

    def commands_for(self, persona: Persona) -> list[Json]:
        """Return the menu of a person, by Telegram's order of scopes."""
        for scope in (f"chat:{persona.user_id}", "all_private_chats", "default"):
            for language in (persona.language_code.partition("-")[0], ""):
                if found := self.commands.get((scope, language)):
                    return found
        return []

    def announce_commands(self) -> None:
        """Tell the page that menus have changed."""
        for chat in self.chats.values():
            self.feed.publish("commands", chat.persona.user_id, {"commands": self.commands_for(chat.persona)})

    def close(self) -> None:
        """Release everybody who waits for something."""
        self.updates.close()
        self.feed.close()
        for query in self.queries.values():
            if not query.answer.done():
                query.answer.set_result({"text": "", "show_alert": False})

    def go_online(self) -> None:
        """Tell the page that the bot is there to receive updates."""
        if not self.online:
            self.online = True
            self.feed.publish("status", 0, {"online": True})
