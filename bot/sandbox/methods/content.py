"""Parts that several methods share: text, captions, media, what a message answers."""

import asyncio
from typing import Any

from bot.sandbox.entities import MAX_CAPTION, MAX_TEXT, formatted, utf16_length, utf16_slice
from bot.sandbox.errors import BotApiError, Json, bad_request
from bot.sandbox.parameters import Parameters, Upload
from bot.sandbox.photos import NotAPhotoError, photo_sizes
from bot.sandbox.world import Chat, World

_MAX_PHOTO_BYTES = 10 * 1024 * 1024
_MAX_PHOTO_SIDES = 10_000


def text_content(parameters: Parameters, *, too_long: str) -> Json:
    """Return `text` and `entities` of a message.

    Args:
        parameters: Of the call.
        too_long: Telegram's words for a text over 4096, which differ between sending and editing.

    Raises:
        BotApiError: Empty, too long or badly formatted.
    """
    text, entities = formatted(
        parameters.text("text") or "", parameters.text("parse_mode"), parameters.array("entities")
    )
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > MAX_TEXT:
        raise bad_request(too_long)
    return {"text": text, **({"entities": entities} if entities else {})}


def caption_content(source: Parameters) -> Json:
    """Return `caption` and `caption_entities` of a message; nothing for an empty caption.

    Raises:
        BotApiError: Too long or badly formatted.
    """
    caption, entities = formatted(
        source.text("caption") or "", source.text("parse_mode"), source.array("caption_entities")
    )
    if utf16_length(caption) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    if not caption:
        return {}
    return {"caption": caption, **({"caption_entities": entities} if entities else {})}


async def media_content(world: World, kind: str, value: str | None, upload: Upload | None) -> Json:
    """Return `photo` or `document` of a message.

    Args:
        world: Keeps the files.
        kind: `photo` or `document`.
        value: A file_id of this server.
        upload: The file, when it came with the call.

    Raises:
        BotApiError: Nothing usable, or a photo that Telegram would not take.
    """
    if upload is None:
        if not value:
            raise bad_request(f"there is no {kind} in the request")
        return {kind: world.files.media(kind, value)}
    if not upload.data:
        raise bad_request("file must be non-empty")
    if kind == "document":
        return {kind: await world.files.add_document(upload.data, upload.name, upload.mime_type)}
    if len(upload.data) > _MAX_PHOTO_BYTES:
        raise BotApiError(413, "Request Entity Too Large")
    try:
        sizes = await asyncio.to_thread(photo_sizes, upload.data, _MAX_PHOTO_SIDES)
    except NotAPhotoError as err:
        raise bad_request(str(err)) from err
    return {kind: world.files.add_photo(sizes)}


async def input_media(world: World, parameters: Parameters, media: Any) -> Json:
    """Return the content that an `InputMedia` object describes, its caption included.

    Raises:
        BotApiError: Not a photo or document, an `attach://` without its file, a bad caption.
    """
    if not isinstance(media, dict):
        raise bad_request("can't parse InputMedia: expected an Object")
    kind = media.get("type")
    if kind not in {"photo", "document"}:
        raise bad_request(f"the sandbox takes media of type photo and document only. Received: {kind!r}")
    value = str(media.get("media") or "")
    upload = None
    if value.startswith("attach://"):
        upload = parameters.uploads.get(value.removeprefix("attach://"))
        if upload is None:
            raise bad_request(f'can\'t find file "{value.removeprefix("attach://")}"')
    content = await media_content(world, kind, value, upload)
    return content | caption_content(Parameters(media, {}))


def reply_content(chat: Chat, parameters: Parameters) -> Json:
    """Return what ties a message to the one it answers: `reply_to` and perhaps `quote`.

    Raises:
        BotApiError: The message is not there, or the quote is not in it.
    """
    described = parameters.object("reply_parameters")
    reply = parameters if described is None else Parameters(described, {})
    message_id = reply.integer("reply_to_message_id" if described is None else "message_id")
    if not message_id:
        return {}
    quoted = chat.messages.get(message_id)
    if quoted is None:
        if reply.flag("allow_sending_without_reply"):
            return {}
        raise bad_request("message to be replied not found")
    content: Json = {"reply_to": message_id}
    if quote := reply.text("quote"):
        content["quote"] = _quote(quoted, reply, quote)
    return content


def _quote(quoted: Json, reply: Parameters, quote: str) -> Json:
    text, entities = formatted(quote, reply.text("quote_parse_mode"), reply.array("quote_entities"))
    whole = quoted.get("text") or quoted.get("caption") or ""
    position = reply.integer("quote_position") or 0
    if utf16_slice(whole, position, utf16_length(text)) != text:
        if text not in whole:
            raise bad_request("QUOTE_TEXT_INVALID")
        position = utf16_length(whole[: whole.index(text)])
    return {
        "text": text,
        "position": position,
        "is_manual": True,
        **({"entities": entities} if entities else {}),
    }
