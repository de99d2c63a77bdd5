"""New messages from the bot."""

import asyncio
import secrets

from bot.sandbox.errors import Json, bad_request
from bot.sandbox.markup import reply_markup
from bot.sandbox.methods.content import (
    caption_content,
    input_media,
    media_content,
    reply_content,
    text_content,
)
from bot.sandbox.parameters import Parameters
from bot.sandbox.world import World

_ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
_ALBUM = range(2, 11)


async def send_message(world: World, parameters: Parameters) -> Json:
    """https://core.telegram.org/bots/api#sendmessage."""
    return _post(world, parameters, text_content(parameters, too_long="message is too long"))


async def send_photo(world: World, parameters: Parameters) -> Json:
    """https://core.telegram.org/bots/api#sendphoto."""
    return await _send_media(world, parameters, "photo")


async def send_document(world: World, parameters: Parameters) -> Json:
    """https://core.telegram.org/bots/api#senddocument."""
    return await _send_media(world, parameters, "document")


async def send_media_group(world: World, parameters: Parameters) -> list[Json]:
    """https://core.telegram.org/bots/api#sendmediagroup."""
    media = parameters.array("media")
    if not media:
        raise bad_request("there are no messages to send")
    if len(media) not in _ALBUM:
        raise bad_request(f"too {'few' if len(media) < 2 else 'many'} messages to send as an album")
    chat = world.chat(parameters.text("chat_id"))
    reply = reply_content(chat, parameters)
    contents = await asyncio.gather(*(input_media(world, parameters, item) for item in media))
    if len({"photo" in content for content in contents}) > 1:
        raise bad_request("document can't be mixed with other media types")
    group = {"media_group_id": str(secrets.randbits(53))}
    return [world.post(chat, world.bot, content | group | reply) for content in contents]


async def send_chat_action(world: World, parameters: Parameters) -> bool:
    """https://core.telegram.org/bots/api#sendchataction."""
    chat = world.chat(parameters.text("chat_id"))
    action = parameters.text("action") or ""
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    world.feed.publish("typing", chat.persona.user_id, {"action": action})
    return True


async def _send_media(world: World, parameters: Parameters, kind: str) -> Json:
    caption = caption_content(parameters)
    world.chat(parameters.text("chat_id"))
    value, upload = parameters.text(kind), parameters.uploads.get(kind)
    if value and value.startswith("attach://"):
        upload = parameters.uploads.get(value.removeprefix("attach://"))
    return _post(world, parameters, await media_content(world, kind, value, upload) | caption)


def _post(world: World, parameters: Parameters, content: Json) -> Json:
    markup = reply_markup(parameters)
    chat = world.chat(parameters.text("chat_id"))
    content = content | reply_content(chat, parameters)
    asks_reply = bool(markup and "force_reply" in markup)
    if markup and not asks_reply:
        content["reply_markup"] = markup
    message = world.post(chat, world.bot, content)
    if markup and asks_reply:
        # It acts once, on the person's app; the message itself does not carry it.
        payload = {"message_id": message["message_id"], **markup}
        world.feed.publish("force_reply", chat.persona.user_id, payload)
    return message
