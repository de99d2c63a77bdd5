"""One training run as the chat sees it: progress in one message, then the result, then who answers."""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from html import escape

from telegram import Bot, InlineKeyboardMarkup, InputMediaPhoto
from telegram.error import RetryAfter, TelegramError

from bot import keyboards, promotion, reports, texts
from bot.context import Services
from bot.failures import sentence_for
from bot.retraining import STOPPED, Mode
from bot.sending import edit, seconds
from bot.store.rows import Run
from model.errors import CurrencyBotError, StoreError
from training.events import Event, Failed, Finished, Started
from training.gate import Report
from training.memory import read_memory

log = logging.getLogger(__name__)

EDIT_SECONDS = 1.5
"""Between two edits of the progress: Telegram allows about one message a second in a chat."""

PLOTS = {"curves.png": "Accuracy and loss over epochs", "confusion.png": "What was taken for what"}


async def news(services: Services) -> reports.News:
    """Find what the data set holds that the model in use does not know.

    Raises:
        ModelError: The model's memory cannot be read.
    """

    def compare() -> reports.News:
        version = services.registry.in_use()
        memory = read_memory(services.registry.folder(version))
        learned = set(zip(memory.sha256.tolist(), memory.label.tolist(), strict=True))
        own = memory.where(~memory.shipped)
        ours = set(zip(own.sha256.tolist(), own.label.tolist(), strict=True))
        held = {(example.path.stem, example.label) for example in services.dataset.examples()}
        new: dict[str, int] = {}
        for _, label in held - learned:
            new[label] = new.get(label, 0) + 1
        return reports.News(version, new, len(ours - held))

    return await asyncio.to_thread(compare)


async def conduct(services: Services, bot: Bot, run: Run, mode: Mode, by: str, intro: str) -> None:
    """Train, show how far it is, and settle what becomes of the result; the claim is released then.

    Args:
        services: The parts behind the chat.
        bot: Sends and edits.
        run: The run, with the message that shows its progress.
        mode: What to fit.
        by: Who asked for it, in words for people.
        intro: What the message says first.
    """
    try:
        outcome = await _watch(services, bot, run, mode, intro)
        if isinstance(outcome, Finished):
            await _settle(services, bot, run, outcome, by)
        else:
            await services.store.runs.end(run.id, "failed" if outcome else "cancelled")
            await _show(bot, run, reports.ended(outcome))
    except Exception as err:  # the last stop of a background task: nobody else would hear of it
        log.exception("training run %d", run.id)
        with suppress(StoreError):  # then the next start of the bot marks it
            await services.store.runs.end(run.id, "failed")
        await _show(bot, run, sentence_for(err) or texts.WENT_WRONG)
    finally:
        services.retraining.release()


async def report_cut_off(bot: Bot, cut_off: Iterable[Run]) -> None:
    """Say of runs that a stop of the bot cut off that they failed, where they were followed."""
    for run in cut_off:
        log.warning("training run %d was cut off when the bot stopped; it is marked as failed", run.id)
        await _show(bot, run, reports.ended(STOPPED))


def result(run: Run, in_use: str | None) -> tuple[str, InlineKeyboardMarkup | None]:
    """What the message of a finished run says, and its buttons, as things are now."""
    found = Report.from_dict(run.report or {})
    text = reports.report(found)
    version = run.version or ""
    if run.status == "discarded":
        return f"{text}\n\n<b>{escape(version)} was discarded.</b>", None
    if version == in_use:
        return f"{text}\n\n{reports.promoted(version, found.current)}", None
    return f"{text}\n\n{reports.kept(version, passed=found.passed)}", keyboards.candidate(run.id)


async def _watch(services: Services, bot: Bot, run: Run, mode: Mode, intro: str) -> Finished | Failed | None:
    started: Started | None = None
    latest: Event | None = None

    def remember(event: Event) -> None:
        nonlocal started, latest
        latest = event
        if isinstance(event, Started):
            started = event

    task = asyncio.create_task(services.retraining.run(mode, remember))
    shown, pause = "", EDIT_SECONDS
    try:
        while not task.done():
            text = reports.progress(started, latest, intro)
            if text != shown:
                pause = await _show(bot, run, text, keyboards.cancel(run.id))
                shown = text
            await asyncio.wait({task}, timeout=pause)
    finally:
        if not task.done():  # nobody watches any more
            await services.retraining.cancel()
    return await task


async def _settle(services: Services, bot: Bot, run: Run, outcome: Finished, by: str) -> None:
    await services.store.runs.end(run.id, "finished", outcome.version, outcome.report)
    failure = ""
    if outcome.passed:
        try:
            await promotion.put_in_use(services, outcome.version, by)
        except (CurrencyBotError, OSError) as err:
            log.exception("version %s passed but cannot be used", outcome.version)
            failure = f"\n\n{sentence_for(err)}"
    finished = await services.store.runs.find(run.id)
    if finished is None:
        return
    text, markup = result(finished, services.predictor.version)
    await _show(bot, run, text + failure, markup)
    await _send_plots(services, bot, run, outcome.version)


async def _send_plots(services: Services, bot: Bot, run: Run, version: str) -> None:
    folder = services.registry.folder(version)
    try:
        plots = [
            InputMediaPhoto(await asyncio.to_thread((folder / file).read_bytes), caption=words)
            for file, words in PLOTS.items()
        ]
        await bot.send_media_group(run.chat_id, plots)
    except (OSError, TelegramError) as err:
        log.warning("the plots of %s are not sent: %s", version, err)


async def _show(bot: Bot, run: Run, text: str, markup: InlineKeyboardMarkup | None = None) -> float:
    """Edit the run's message; returns the seconds to wait before the next time."""
    if run.message_id is None:
        return EDIT_SECONDS
    try:
        await edit(bot, run.chat_id, run.message_id, text, markup)
    except RetryAfter as err:
        return max(EDIT_SECONDS, seconds(err))
    except TelegramError as err:
        log.warning("the message of training run %d is not edited: %s", run.id, err)
    return EDIT_SECONDS
