"""What everybody may ask for: /start /help /about /stats /privacy /forget."""

import asyncio

from telegram import CallbackQuery, Update

from bot import keyboards, menu, texts
from bot.context import Context, asked
from bot.everyone import texts as everyone_texts
from bot.keyboards import Tap
from bot.labels import labelling
from bot.rights import own_tap
from bot.wire.sending import acknowledge, edit_pressed, say

FORGET_VERBS = f"^[{keyboards.FORGET}{keyboards.KEEP}]:"


async def start(update: Update, context: Context) -> None:
    """Say what the bot does."""
    message, user = asked(update)
    await say(message, everyone_texts.START)
    if context.services.settings.is_admin(user.id):
        # Before their first word there was no chat to offer the commands in.
        await menu.publish_for_admin(context.bot, user.id)


async def show_help(update: Update, context: Context) -> None:
    """Say how to ask and how to correct."""
    message, user = asked(update)
    admin = context.services.settings.is_admin(user.id)
    await say(message, everyone_texts.HELP + (everyone_texts.HELP_ADMIN if admin else ""))


async def about(update: Update, context: Context) -> None:
    """Say which model answers and how good it is."""
    message, _ = asked(update)
    predictor = context.services.predictor
    await predictor.catch_up()
    await say(message, everyone_texts.about(predictor.card))


async def privacy(update: Update, context: Context) -> None:
    """Say what is kept, and for how long."""
    message, _ = asked(update)
    await say(message, everyone_texts.PRIVACY)


async def stats(update: Update, context: Context) -> None:
    """Say what the person did; those who run the bot see everybody."""
    message, user = asked(update)
    services = context.services
    text = everyone_texts.stats(await services.store.people.figures(user.id))
    if services.settings.is_admin(user.id):
        kept = await asyncio.to_thread(services.dataset.counts)
        pending = await asyncio.to_thread(lambda: services.dataset.counts(place="pending"))
        everybody, waiting = await services.store.people.figures(), await services.store.queue.count()
        text += "\n\n" + everyone_texts.stats_of_all(everybody, kept, pending, waiting)
    await say(message, text)


async def forget(update: Update, context: Context) -> None:
    """Ask whether to delete all that the person sent."""
    message, user = asked(update)
    await say(message, everyone_texts.FORGET_ASK, keyboards.forget(user.id))


@own_tap
async def on_forget_tap(query: CallbackQuery, tap: Tap, context: Context) -> None:
    """Delete all that the person sent, or keep it."""
    await acknowledge(query)
    text = everyone_texts.FORGET_KEPT
    if tap.verb == keyboards.FORGET:
        if query.message:  # what is still being answered is to be deleted too
            await context.order.pictures_done(query.message.chat.id)
        text = everyone_texts.forgotten(*await labelling.forget(context.services, query.from_user.id))
    await edit_pressed(context.bot, query, text, None)


async def ignore(update: Update, context: Context) -> None:
    """Leave edits and posts of channels alone; those from before the bot ever ran come unasked."""


async def on_nameless(update: Update, context: Context) -> None:
    """Ask who speaks for a group or a channel to speak for themselves; leave their other talk alone."""
    message = update.effective_message
    if message and (message.text or "").startswith("/"):
        await message.reply_text(everyone_texts.NAMELESS)


async def on_old_button(update: Update, context: Context) -> None:
    """Say that a button is out of date, rather than let it spin."""
    if update.callback_query:
        await acknowledge(update.callback_query, texts.OLD_BUTTON)


async def on_unknown_command(update: Update, context: Context) -> None:
    """Say which commands there are."""
    await show_help(update, context)
