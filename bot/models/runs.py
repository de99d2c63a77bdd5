"""One training run as the chat sees it: progress in one message, then the result, then who answers."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from telegram import Bot, InlineKeyboardMarkup
from telegram.constants import ParseMode
from telegram.error import RetryAfter, TelegramError

from bot import keyboards, texts
from bot.context import Services
from bot.failures import sentence_for
from bot.models import promotion, reports, run_pictures
from bot.models.retraining import STOPPED, Mode
from bot.store.rows import Run
from bot.wire.sending import edit, seconds
from model.errors import CurrencyBotError, ModelError, StoreError
from model.registry import Promotion
from training.events import Event, Failed, Finished, Started
from training.fitting.memory import blank_gone, read_memory
from training.gate.report import Report, read_report
from training.intake.chat_groups import forget_deleted

log = logging.getLogger(__name__)

EDIT_SECONDS = 1.5
"""Between two edits of the progress: Telegram allows about one message a second in a chat."""


async def news(services: Services) -> reports.News:
    """Find what the data set holds that the model in use does not know.

    Raises:
        ModelError: The model's memory cannot be read.
    """

    def compare() -> reports.News:
        version = services.registry.in_use()
        memory = read_memory(services.registry.folder(version))
        full = memory.where(~memory.blanked())  # what came back after /forget is learned anew
        learned = set(zip(full.sha256.tolist(), full.label.tolist(), strict=True))
        own = memory.where(~memory.shipped)
        ours = set(zip(own.sha256.tolist(), own.label.tolist(), strict=True))
        held = {(example.path.stem, example.label) for example in services.dataset.examples()}
        known, kept = ({sha256 for sha256, _ in pairs} for pairs in (learned, held))
        return reports.News(
            version,
            new=Counter(label for sha256, label in held - learned if sha256 not in known),
            moved=Counter(label for sha256, label in held - learned if sha256 in known),
            gone=sum(sha256 not in kept for sha256, _ in ours),
        )

    return await asyncio.to_thread(compare)


async def conduct(services: Services, bot: Bot, run: Run, mode: Mode, by: str, intro: str) -> None:
    """Train, show how far it is, and settle what becomes of the result; the claim is released then.

    Args:
        services: The parts behind the chat.
        bot: Sends and edits.
        run: The run, with the message that shows its progress, if that is known.
        mode: What to fit.
        by: Who asked for it, in words for people.
        intro: What the message says first.
    """
    outcome: Finished | Failed | None = None
    try:
        outcome = await _watch(services, bot, run, mode, intro)
        if isinstance(outcome, Finished):
            await _settle(services, bot, run, Report.from_dict(outcome.report), by)
        else:
            who = None if outcome else services.retraining.cancelled_by
            await services.store.runs.end(
                run.id, "failed" if outcome else "cancelled", by=who.id if who else None
            )
            await _tell(bot, run, reports.ended(outcome, who.words if who else ""))
        await _forget_hashes(services)
    except Exception as err:  # the last stop of a background task: nobody else would hear of it
        log.exception("training run %d", run.id)
        if isinstance(outcome, Finished) and isinstance(err, StoreError):
            # Perhaps it answers already: it did not fail, and the next start of the bot settles it.
            await _tell(bot, run, reports.told_later(outcome.version))
            return
        with suppress(StoreError):  # then the next start of the bot marks it
            await services.store.runs.end(run.id, "failed")
        await _tell(bot, run, sentence_for(err) or texts.WENT_WRONG)
    finally:
        services.retraining.release()


async def settle_cut_off(services: Services, bot: Bot, cut_off: Iterable[Run]) -> None:
    """Settle the runs that a stop of the bot cut off: one whose version is there has finished."""
    for run in cut_off:
        try:
            found = await asyncio.to_thread(_written, services, run)
            if found:
                log.warning("training run %d finished while nobody was watching", run.id)
                await _settle(services, bot, run, found, f"user {run.user_id}")
            else:
                log.warning("training run %d was cut off when the bot stopped; it failed", run.id)
                await services.store.runs.end(run.id, "failed")
                await _tell(bot, run, reports.ended(STOPPED))
        except (CurrencyBotError, OSError):
            log.exception("training run %d is settled at the next start", run.id)


async def result(services: Services, run: Run) -> tuple[str, InlineKeyboardMarkup | None]:
    """What the message of a run that has ended says, and its buttons, as things are now."""
    history = await asyncio.to_thread(services.registry.history)
    _, *earlier = await asyncio.to_thread(services.registry.fallbacks)
    return _result(run, services.predictor.version, next(iter(earlier), None), history)


def _result(
    run: Run, in_use: str | None, earlier: str | None, history: Sequence[Promotion]
) -> tuple[str, InlineKeyboardMarkup | None]:
    if run.status == "cancelled":
        return reports.ended(None), None
    if run.report is None:
        return reports.ended(Failed("The log of the bot says why.")), None
    found = Report.from_dict(run.report)
    text, version = reports.report(found), found.candidate
    last = next((event for event in reversed(history) if event.version == version), None)
    if run.status == "discarded":
        return f"{text}\n\n{reports.discarded(version, last.by if last else '')}", None
    if version == in_use:
        return f"{text}\n\n{reports.promoted(version, earlier)}", None
    return f"{text}\n\n{reports.kept(version, passed=found.passed)}", keyboards.candidate(run.id)


def _written(services: Services, run: Run) -> Report | None:
    """Find what a run has written although nobody heard it say so.

    Its name is no proof: `currency-bot train` may have given it to another version meanwhile.
    """
    try:
        found = read_report(services.registry.folder(run.version)) if run.version else None
    except ModelError:
        return None
    return found if found and found.run == run.id else None


async def _watch(services: Services, bot: Bot, run: Run, mode: Mode, intro: str) -> Finished | Failed | None:
    started: Started | None = None
    latest: Event | None = None

    def remember(event: Event) -> None:
        nonlocal started, latest
        latest = event
        if isinstance(event, Started):
            started = event

    async def note() -> None:
        nonlocal run
        if started and started.version != run.version:
            await services.store.runs.writes(run.id, started.version)
            run = replace(run, version=started.version)

    task = asyncio.create_task(services.retraining.run(mode, remember, run.id))
    shown, pause = "", EDIT_SECONDS
    try:
        while not task.done():
            await note()
            text = reports.progress(started, latest, intro)
            if text != shown:
                written = isinstance(latest, Finished)  # too late to cancel it
                pause = await _show(bot, run, text, None if written else keyboards.cancel(run.id))
                shown = text
            await asyncio.wait({task}, timeout=pause)
    finally:
        if not task.done():  # nobody watches any more
            await services.retraining.cancel()
    outcome = await task
    with suppress(StoreError):  # what the run wrote counts all the same
        await note()  # a quick run: the next start has to find that
    return outcome


async def _settle(services: Services, bot: Bot, run: Run, found: Report, by: str) -> None:
    """Put a version in use if it passed, then write down that the run has ended.

    In this order: whatever comes in between, the next start of the bot settles the run again, and a
    promotion that the history knows is not repeated.
    """
    version, failure = found.candidate, ""
    history = await asyncio.to_thread(services.registry.history)
    try:
        await _forget_gone(services, version)
        if found.passed and not any(event.version == version for event in history):
            await promotion.put_in_use(services, version, by, found.current)
    except (CurrencyBotError, OSError) as err:
        log.exception("version %s is not put in use", version)
        failure = f"\n\n{sentence_for(err)}"
    await services.store.runs.end(run.id, "finished", version=version, report=found.to_dict())
    finished = await services.store.runs.find(run.id)
    if finished is None:
        return
    text, markup = await result(services, finished)
    await _tell(bot, run, text + failure, markup)
    await run_pictures.send(services, bot, run, found)


async def _forget_gone(services: Services, version: str) -> None:
    """Let a version keep nothing of pictures that were deleted while it was trained.

    /forget knows only the versions that are there. It holds the same lock, so it comes either before this
    look at the data set or after the version.
    """

    def look() -> None:
        kept = {sha256 for _, sha256 in services.dataset.kept()}
        blank_gone(services.registry.folder(version), kept)

    async with services.labelling:
        await asyncio.to_thread(look)


async def _forget_hashes(services: Services) -> None:
    """Let the data set remember nothing of pictures that were deleted while a run looked at them."""
    try:
        async with services.labelling:
            await asyncio.to_thread(forget_deleted, services.dataset)
    except OSError:
        log.exception("what was deleted meanwhile is forgotten at the next start")


async def _show(bot: Bot, run: Run, text: str, markup: InlineKeyboardMarkup | None = None) -> float:
    """Edit the run's message, if it is known; returns the seconds to wait before the next time."""
    if run.message_id is None:
        return EDIT_SECONDS
    try:
        await edit(bot, run.chat_id, run.message_id, text, markup)
    except RetryAfter as err:
        return max(EDIT_SECONDS, seconds(err))
    except TelegramError as err:
        log.warning("the message of training run %d is not edited: %s", run.id, err)
    return EDIT_SECONDS


async def _tell(bot: Bot, run: Run, text: str, markup: InlineKeyboardMarkup | None = None) -> None:
    """Say how a run ended: in its message, or in a new one where that is gone or nobody knows which it is."""
    try:
        if run.message_id is None or not await edit(bot, run.chat_id, run.message_id, text, markup):
            await bot.send_message(run.chat_id, text, parse_mode=ParseMode.HTML, reply_markup=markup)
    except TelegramError as err:
        log.warning("the end of training run %d is not told: %s", run.id, err)
