"""The bot itself, its menu, answers to buttons, files."""

import re

from bot.sandbox.errors import Json, bad_request
from bot.sandbox.files import MAX_DOWNLOAD_BYTES
from bot.sandbox.parameters import Parameters
from bot.sandbox.world import World

_COMMAND = re.compile(r"/?([a-z0-9_]{1,32})")
_MAX_COMMANDS = 100
_MAX_DESCRIPTION = 256
_MAX_ANSWER = 200


async def get_me(world: World, parameters: Parameters) -> Json:
    """https://core.telegram.org/bots/api#getme."""
    return world.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def answer_callback_query(world: World, parameters: Parameters) -> bool:
    """https://core.telegram.org/bots/api#answercallbackquery."""
    text = parameters.text("text") or ""
    if len(text) > _MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    if parameters.text("url"):
        # Only games and links that start this very bot may be opened.
        raise bad_request("URL_INVALID")
    answer = {"text": text, "show_alert": parameters.flag("show_alert")}
    world.answer_query(parameters.text("callback_query_id") or "", answer)
    return True


async def get_file(world: World, parameters: Parameters) -> Json:
    """https://core.telegram.org/bots/api#getfile."""
    stored = world.files.get(parameters.text("file_id") or "")
    if len(stored.data) > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.file_unique_id,
        "file_size": len(stored.data),
        "file_path": stored.path,
    }


async def set_my_commands(world: World, parameters: Parameters) -> bool:
    """https://core.telegram.org/bots/api#setmycommands."""
    commands = [_command(item) for item in parameters.array("commands") or []]
    if len(commands) > _MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    world.commands[_scope(world, parameters)] = commands
    world.announce_commands()
    return True


async def get_my_commands(world: World, parameters: Parameters) -> list[Json]:
    """https://core.telegram.org/bots/api#getmycommands."""
    return world.commands.get(_scope(world, parameters), [])


async def delete_my_commands(world: World, parameters: Parameters) -> bool:
    """https://core.telegram.org/bots/api#deletemycommands."""
    world.commands.pop(_scope(world, parameters), None)
    world.announce_commands()
    return True


def _command(item: object) -> Json:
    if not isinstance(item, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    match = _COMMAND.fullmatch(str(item.get("command", "")))
    if not match:
        raise bad_request("BOT_COMMAND_INVALID")
    description = str(item.get("description", "")).strip()
    if not 1 <= len(description) <= _MAX_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": match[1], "description": description}


def _scope(world: World, parameters: Parameters) -> tuple[str, str]:
    scope = parameters.object("scope") or {"type": "default"}
    name = str(scope.get("type", ""))
    if name == "chat":
        name = f"chat:{world.chat(str(scope.get('chat_id', ''))).persona.user_id}"
    elif name not in {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}:
        raise bad_request("unsupported BotCommandScope")
    return name, parameters.text("language_code") or ""
