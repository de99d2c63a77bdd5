"""Every method that the server answers; any other name is 404."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.sandbox.methods import editing, receiving, sending, service
from bot.sandbox.parameters import Parameters
from bot.sandbox.world import World

Method = Callable[[World, Parameters], Awaitable[Any]]

METHODS: dict[str, Method] = {
    "getMe": service.get_me,
    "getUpdates": receiving.get_updates,
    "setWebhook": receiving.set_webhook,
    "deleteWebhook": receiving.delete_webhook,
    "getWebhookInfo": receiving.get_webhook_info,
    "sendMessage": sending.send_message,
    "sendPhoto": sending.send_photo,
    "sendDocument": sending.send_document,
    "sendMediaGroup": sending.send_media_group,
    "sendChatAction": sending.send_chat_action,
    "editMessageText": editing.edit_message_text,
    "editMessageCaption": editing.edit_message_caption,
    "editMessageMedia": editing.edit_message_media,
    "editMessageReplyMarkup": editing.edit_message_reply_markup,
    "deleteMessage": editing.delete_message,
    "answerCallbackQuery": service.answer_callback_query,
    "getFile": service.get_file,
    "setMyCommands": service.set_my_commands,
    "getMyCommands": service.get_my_commands,
    "deleteMyCommands": service.delete_my_commands,
}

_CANONICAL = {name.lower(): name for name in METHODS}


def canonical_name(name: str) -> str | None:
    """Return the method's name as documented (Telegram ignores case), or None when there is none."""
    return _CANONICAL.get(name.lower())
