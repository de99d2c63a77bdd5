"""Who may do what, checked in one place before a handler runs."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from telegram import CallbackQuery, Update

from bot import texts
from bot.context import Context
from bot.keyboards import Tap, read_tap
from bot.wire.sending import acknowledge, say

Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]
TapHandler = Callable[[CallbackQuery, Context], Coroutine[Any, Any, None]]
OwnTapHandler = Callable[[CallbackQuery, Tap, Context], Coroutine[Any, Any, None]]


def admins_only(handler: Handler) -> Handler:
    """Let a command through if an admin sent it; everybody else is told that they may not."""

    @wraps(handler)
    async def checked(update: Update, context: Context) -> None:
        user, message = update.effective_user, update.effective_message
        if user and context.services.settings.is_admin(user.id):
            await handler(update, context)
        elif message:
            await say(message, texts.ADMINS_ONLY)

    return checked


def admins_tap(handler: TapHandler) -> Handler:
    """Let a pressed button through if an admin pressed it; everybody else is told that they may not."""

    @wraps(handler)
    async def checked(update: Update, context: Context) -> None:
        query = update.callback_query
        if query and context.services.settings.is_admin(query.from_user.id):
            await handler(query, context)
        elif query:
            await acknowledge(query, texts.ADMINS_ONLY)

    return checked


def own_tap(handler: OwnTapHandler) -> Handler:
    """Let a pressed button through if it carries the id of whoever pressed it; others are told so."""

    @wraps(handler)
    async def checked(update: Update, context: Context) -> None:
        query = update.callback_query
        tap = read_tap(query.data) if query else None
        if query and tap and tap.id == query.from_user.id:
            await handler(query, tap, context)
        elif query:
            await acknowledge(query, texts.NOT_YOURS)

    return checked
