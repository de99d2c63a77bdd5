"""The pictures of a finished run: how it learned, what it takes for what, and what changed sides."""

import asyncio
import logging

from telegram import Bot, InputMediaPhoto
from telegram.error import TelegramError

from bot.context import Services
from bot.models import reports
from bot.store.rows import Run
from model.errors import CurrencyBotError
from training.gate.flips import Sheet, flip_sheet
from training.gate.report import Report

log = logging.getLogger(__name__)

PLOTS = {"curves.png": "Accuracy and loss over epochs", "confusion.png": "What was taken for what"}


async def send(services: Services, bot: Bot, run: Run, found: Report) -> None:
    """Send the plots of a version and, where only those who run the bot see it, what it fixes and breaks."""
    folder = services.registry.folder(found.candidate)
    sheet = await _sheet(services, run, found)
    try:
        album = [
            InputMediaPhoto(await asyncio.to_thread((folder / file).read_bytes), caption=words)
            for file, words in PLOTS.items()
        ]
        await bot.send_media_group(run.chat_id, album)
        if sheet and sheet.png:
            caption = reports.flip_sheet(found.candidate) + reports.flips_not_shown(sheet.missing)
            await bot.send_photo(run.chat_id, sheet.png, caption=caption)
        elif sheet:
            await bot.send_message(run.chat_id, reports.flips_not_shown(sheet.missing).strip())
    except (OSError, TelegramError) as err:
        log.warning("not all pictures of %s are sent: %s", found.candidate, err)


async def _sheet(services: Services, run: Run, found: Report) -> Sheet | None:
    """Draw the flips; None in a group, whose members have no business with other people's photos."""
    if run.chat_id != run.user_id or not found.flips:
        return None
    try:
        return await asyncio.to_thread(flip_sheet, found.flips, services.dataset)
    except (CurrencyBotError, OSError) as err:
        log.warning("the pictures that %s fixes or breaks are not drawn: %s", found.candidate, err)
        return None
