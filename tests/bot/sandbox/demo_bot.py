"""A bot that does a little of everything a page has to show; for the browser test only."""

import asyncio
from typing import Any

from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Message, Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from tests.bot.sandbox.pictures import picture

DemoBot = Application[Any, Any, Any, Any, Any, Any]
ANSWER = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Right", callback_data="right"),
            InlineKeyboardButton("Wrong", callback_data="wrong"),
        ],
        [InlineKeyboardButton("Help", url="https://example.org/")],
    ]
)
CHOICES = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("US dollar", callback_data="usd"),
            InlineKeyboardButton("Yen", callback_data="jpy"),
        ],
        [InlineKeyboardButton("None of these", callback_data="none")],
    ]
)


def demo_bot(url: str, token: str) -> DemoBot:
    """Return the application, not started."""
    builder = ApplicationBuilder().token(token).base_url(f"{url}/bot").base_file_url(f"{url}/file/bot")
    application = builder.concurrent_updates(True).build()
    application.add_handler(CommandHandler("start", _start))
    application.add_handler(CommandHandler("train", _train))
    application.add_handler(MessageHandler(filters.PHOTO | filters.Document.ALL, _photo))
    application.add_handler(MessageHandler(filters.TEXT, _text))
    application.add_handler(CallbackQueryHandler(_pressed))
    return application


async def set_menu(application: DemoBot) -> None:
    """Fill the command menu."""
    await application.bot.set_my_commands(
        [BotCommand("start", "What I can do"), BotCommand("train", "Learn from the corrections")]
    )


async def _start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await _message(update).reply_html(
        "Send me a <b>photo of a banknote</b> and I tell you the currency.\n"
        "Is it wrong? Correct me, I learn. See /train and https://example.org/about"
    )


async def _photo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    message = _message(update)
    await message.reply_chat_action("typing")
    await asyncio.sleep(0.3)
    await message.reply_html("<b>Euro</b> — 97 % sure", reply_markup=ANSWER, do_quote=True)


async def _text(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await _message(update).reply_text(f"You said: {_message(update).text}", do_quote=True)


async def _pressed(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    query = update.callback_query
    assert query is not None
    if query.data == "wrong":
        await query.answer()
        await query.edit_message_text("Sorry. What is it?", reply_markup=CHOICES)
    elif query.data == "right":
        await asyncio.sleep(1)
        await query.answer("Thank you!")
        await query.edit_message_text("Euro. Thank you, that helps.")
    elif query.data == "none":
        await query.answer()
        await query.edit_message_text("Not a coin, I hope. What is it?", reply_markup=CHOICES)
    else:
        await query.answer("Saved. I learn from it at the next training.", show_alert=True)
        await query.edit_message_text("Noted. Thank you!")


async def _train(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    message = _message(update)
    cancel = InlineKeyboardMarkup([[InlineKeyboardButton("Cancel", callback_data="cancel")]])
    progress = await message.reply_text("Training ░░░░░░░░ 0 %", reply_markup=cancel)
    for step in range(1, 5):
        await asyncio.sleep(0.2)
        bar = "█" * (2 * step) + "░" * (8 - 2 * step)
        await progress.edit_text(
            f"Training {bar} {25 * step} %\nEpoch {step} of 4, accuracy 0.{80 + 4 * step}",
            reply_markup=cancel,
        )
    await progress.edit_text("Writing …")  # too late to cancel it
    await progress.edit_text("Trained in 4 epochs")
    await message.reply_media_group(
        [
            InputMediaPhoto(picture(900, 600), caption="Accuracy over epochs"),
            InputMediaPhoto(picture(700, 700)),
        ]
    )


def _message(update: Update) -> Message:
    assert update.message is not None
    return update.message
