"""Changes to messages that the bot has sent."""

from bot.sandbox.errors import Json, bad_request
from bot.sandbox.markup import reply_markup
from bot.sandbox.methods.content import caption_content, input_media, text_content
from bot.sandbox.parameters import Parameters
from bot.sandbox.world import Chat, World

_MEDIA = ("photo", "document")
_CAPTION = ("caption", "caption_entities")


async def edit_message_text(world: World, parameters: Parameters) -> Json:
    """https://core.telegram.org/bots/api#editmessagetext."""
    content = text_content(parameters, too_long="MESSAGE_TOO_LONG")
    chat, message = _editable(world, parameters)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    return _replace(world, parameters, chat, message, content)


async def edit_message_caption(world: World, parameters: Parameters) -> Json:
    """https://core.telegram.org/bots/api#editmessagecaption."""
    content = caption_content(parameters)
    chat, message = _editable(world, parameters)
    if not any(kind in message for kind in _MEDIA):
        raise bad_request("there is no caption in the message to edit")
    return _replace(world, parameters, chat, message, _only(message, *_MEDIA) | content)


async def edit_message_media(world: World, parameters: Parameters) -> Json:
    """https://core.telegram.org/bots/api#editmessagemedia."""
    chat, message = _editable(world, parameters)
    content = await input_media(world, parameters, parameters.object("media"))
    if "media_group_id" in message and _only(message, *_MEDIA).keys() != _only(content, *_MEDIA).keys():
        raise bad_request("message can't be edited: media of an album keep their type")
    return _replace(world, parameters, chat, message, content)


async def edit_message_reply_markup(world: World, parameters: Parameters) -> Json:
    """https://core.telegram.org/bots/api#editmessagereplymarkup."""
    chat, message = _editable(world, parameters)
    kept = _only(message, "text", "entities", *_MEDIA, *_CAPTION)
    return _replace(world, parameters, chat, message, kept)


async def delete_message(world: World, parameters: Parameters) -> bool:
    """https://core.telegram.org/bots/api#deletemessage."""
    chat = world.chat(parameters.text("chat_id"))
    message_id = _message_id(parameters)
    if message_id not in chat.messages:
        raise bad_request("message to delete not found")
    world.delete(chat, message_id)
    return True


def _message_id(parameters: Parameters) -> int:
    message_id = parameters.integer("message_id")
    if message_id is None:
        raise bad_request("message identifier is not specified")
    return message_id


def _editable(world: World, parameters: Parameters) -> tuple[Chat, Json]:
    chat = world.chat(parameters.text("chat_id"))
    message = chat.messages.get(_message_id(parameters))
    if message is None:
        raise bad_request("message to edit not found")
    if message["from"]["id"] != world.bot["id"]:
        raise bad_request("message can't be edited")
    return chat, message


def _replace(world: World, parameters: Parameters, chat: Chat, message: Json, content: Json) -> Json:
    # An edit without reply_markup takes the keyboard away: Telegram does not keep the old one.
    if markup := reply_markup(parameters, inline_only=True):
        content = content | {"reply_markup": markup}
    if _comparable(content) == _comparable(message):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same "
            "as a current content and reply markup of the message"
        )
    return world.edit(chat, message, content)


def _comparable(message: Json) -> Json:
    """Return what decides whether two messages say the same; files count by content, not by upload."""
    said = _only(message, "text", "entities", "reply_markup", *_CAPTION)
    if "photo" in message:
        said["photo"] = message["photo"][-1]["file_unique_id"]
    if "document" in message:
        said["document"] = message["document"]["file_unique_id"]
    return said


def _only(message: Json, *names: str) -> Json:
    return {name: message[name] for name in names if name in message}
