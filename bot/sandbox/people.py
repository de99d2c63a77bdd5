"""What people do: write, send pictures and files, press buttons."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.sandbox.entities import MAX_CAPTION, MAX_TEXT, detect, utf16_length
from bot.sandbox.errors import Json, bad_request
from bot.sandbox.photos import NotAPhotoError, Size, photo_sizes
from bot.sandbox.world import QUERY_LIFETIME_S, Chat, World

MAX_ALBUM = 10

SHOWN_S = 48 * 3600.0
"""How long a bot is shown its own message when a button below it is pressed; Telegram gives no number, bots
report two days."""


@dataclass(frozen=True)
class Attachment:
    """A file that somebody sends.

    Attributes:
        data: The bytes.
        name: File name.
        mime_type: What the browser says; guessed from the name when missing.
    """

    data: bytes = field(repr=False)
    name: str
    mime_type: str | None = None


def send_text(world: World, chat: Chat, text: str, *, reply_to: int | None = None) -> Json:
    """Send a text to the bot and return the message.

    Raises:
        BotApiError: Empty or too long, as the apps would not let it out.
    """
    text = text.strip()
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return _send(world, chat, _with_entities({"text": text}, "entities", text), reply_to)


async def send_files(
    world: World,
    chat: Chat,
    attachments: Sequence[Attachment],
    *,
    as_photo: bool,
    caption: str = "",
    reply_to: int | None = None,
) -> list[Json]:
    """Send files the way the apps do, and return the messages.

    Args:
        world: The sandbox.
        chat: Whose.
        attachments: One or more; several of one kind become albums of up to ten.
        as_photo: Make photos of them; what cannot become a photo goes as a file all the same.
        caption: For the first message.
        reply_to: Id of the message that the first one answers.

    Raises:
        BotApiError: Nothing to send, an empty file, or too long a caption.
    """
    if not attachments or not all(attachment.data for attachment in attachments):
        raise bad_request("file must be non-empty")
    if utf16_length(caption) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    photos: list[Json] = []
    documents: list[Json] = []
    for attachment in attachments:
        sizes = await _as_photo(attachment) if as_photo else None
        if sizes:
            photos.append({"photo": world.files.add_photo(sizes)})
        else:
            document = await world.files.add_document(attachment.data, attachment.name, attachment.mime_type)
            documents.append({"document": document})
    contents = [*_albums(photos), *_albums(documents)]
    caption = caption.strip()
    if caption:
        contents[0] = _with_entities(contents[0] | {"caption": caption}, "caption_entities", caption)
    first = _send(world, chat, contents[0], reply_to)
    return [first, *(_send(world, chat, content, None) for content in contents[1:])]


async def press(world: World, chat: Chat, message_id: int, data: str) -> Json | None:
    """Press an inline button and wait for the bot's answer.

    Args:
        world: The sandbox.
        chat: Whose.
        message_id: The message with the button.
        data: `callback_data` of the button.

    Returns:
        `{"text", "show_alert", "url"}` as far as given, or None when no answer came in time.

    Raises:
        BotApiError: No such message, or no such button on it (any more).
    """
    message = find_button(chat, message_id, data)
    query_id, query = world.open_query()
    world.updates.add(
        "callback_query",
        {
            "id": query_id,
            "from": chat.persona.user(),
            "message": _as_pressed(chat, message),
            "chat_instance": str(chat.persona.user_id),
            "data": data,
        },
    )
    try:
        async with asyncio.timeout(QUERY_LIFETIME_S):
            return await query.answer
    except TimeoutError:
        world.queries.pop(query_id, None)
        return None


def _as_pressed(chat: Chat, message: Json) -> Json:
    """What a bot learns of the message with the button: of an old one, only where it is."""
    if time.time() - message["date"] < SHOWN_S:
        return chat.view(message)
    return {"chat": chat.persona.chat(), "message_id": message["message_id"], "date": 0}


def find_button(chat: Chat, message_id: int, data: str) -> Json:
    """Return the message that carries a button.

    Raises:
        BotApiError: No such message, or no such button on it (any more).
    """
    message = chat.messages.get(message_id)
    rows = (message or {}).get("reply_markup", {}).get("inline_keyboard", [])
    if message is None or not any(button.get("callback_data") == data for row in rows for button in row):
        raise bad_request("BUTTON_INVALID")
    return message


def _send(world: World, chat: Chat, content: Json, reply_to: int | None) -> Json:
    if reply_to is not None:
        if reply_to not in chat.messages:
            raise bad_request("message to be replied not found")
        content = {**content, "reply_to": reply_to}
    chat.started = True
    message = world.post(chat, chat.persona.user(), content)
    world.updates.add("message", message)
    return message


async def _as_photo(attachment: Attachment) -> list[Size] | None:
    try:
        return await asyncio.to_thread(photo_sizes, attachment.data)
    except NotAPhotoError:
        return None


def _albums(contents: list[Json]) -> list[Json]:
    grouped = []
    for start in range(0, len(contents), MAX_ALBUM):
        chunk = contents[start : start + MAX_ALBUM]
        group = {"media_group_id": str(secrets.randbits(53))} if len(chunk) > 1 else {}
        grouped += [content | group for content in chunk]
    return grouped


def _with_entities(content: Json, name: str, text: str) -> Json:
    entities = detect(text)
    return content | {name: entities} if entities else content
