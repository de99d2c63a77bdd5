"""The menu of commands; those who run the bot see more."""

import logging
from collections.abc import Iterable

from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import BadRequest, TelegramError

log = logging.getLogger(__name__)

FOR_ALL = (
    BotCommand("help", "How to ask and how to correct"),
    BotCommand("about", "Which model answers, and how good it is"),
    BotCommand("stats", "What you sent and corrected"),
    BotCommand("privacy", "What is kept, and for how long"),
    BotCommand("forget", "Delete what you sent"),
)
FOR_ADMINS = (
    BotCommand("retrain", "Learn from new corrections"),
    BotCommand("review", "Look at the corrections that wait"),
    BotCommand("people", "Who labels most, and how often they are right"),
    BotCommand("models", "Versions of the model, and which one answers"),
    BotCommand("classes", "Currencies to know: list, open, add, rename"),
    *FOR_ALL,
)


async def publish(bot: Bot, admin_ids: Iterable[int]) -> None:
    """Tell Telegram which commands to offer; a menu is a courtesy, so failures are only logged."""
    try:
        await bot.set_my_commands(FOR_ALL)
    except TelegramError as err:
        log.warning("the menu of commands is not set: %s", err)
    for admin_id in admin_ids:
        await publish_for_admin(bot, admin_id)


async def publish_for_admin(bot: Bot, admin_id: int) -> None:
    """Offer an admin's commands in the chat with them, once there is one."""
    try:
        await bot.set_my_commands(FOR_ADMINS, scope=BotCommandScopeChat(admin_id))
    except BadRequest:
        log.debug("admin %d has not written to the bot yet", admin_id)
    except TelegramError as err:
        log.warning("the menu of admin %d is not set: %s", admin_id, err)
