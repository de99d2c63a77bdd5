"""What those who run the bot may ask for: /retrain and /models, and their buttons."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update, User
from telegram.error import TimedOut

from bot import keyboards, texts
from bot.context import Context, Services, asked
from bot.keyboards import CANCEL, DISCARD, PROMOTE, ROLL_BACK, USE
from bot.models import promotion, reports, runs
from bot.models.retraining import Mode
from bot.rights import admins_only, admins_tap
from bot.store.rows import Run, Who
from bot.wire.sending import acknowledge, edit_pressed, say
from model.registry import BASE

RUN_VERBS = f"^[{CANCEL}{PROMOTE}{DISCARD}]:"
MODEL_VERBS = f"^[{USE}{ROLL_BACK}]:"

MODES: Mapping[str, Mode] = {"": "head", "full": "full"}
"""What may follow /retrain."""

RECENT = 8
"""Versions that /models offers; older ones are within reach of `currency-bot models`."""


@admins_only
async def retrain(update: Update, context: Context) -> None:
    """Start a training run, unless there is nothing to learn."""
    message, user = asked(update)
    services = context.services
    mode = MODES.get(" ".join(context.args or ()).lower())
    if mode is None:
        await say(message, texts.RETRAIN_HOW)
        return
    services.retraining.claim()
    run = None
    try:
        found = await runs.news(services)
        intro = reports.news(found)
        if found or mode == "full":
            run = await _begin(services, message, user, mode, intro)
    finally:
        if run is None:  # else `conduct` releases it
            services.retraining.release()
    if run is None:
        await say(message, reports.nothing_new(found.version))
        return
    task = asyncio.create_task(runs.conduct(services, context.bot, run, mode, _signature(user), intro))
    services.background.add(task)
    task.add_done_callback(services.background.discard)


async def _begin(services: Services, message: Message, user: User, mode: Mode, intro: str) -> Run:
    """Write a run down and say that it starts; it has failed if that cannot be said."""
    run_id = await services.store.runs.start(user.id, message.chat_id, mode)
    try:
        with suppress(TimedOut):  # perhaps it stands there: the run goes on, and its end gets a new message
            sent = await say(message, reports.progress(None, None, intro), keyboards.cancel(run_id))
            await services.store.runs.shown_in(run_id, sent.message_id)
        run = await services.store.runs.find(run_id)
        assert run  # noqa: S101 - it was just written
    except BaseException:
        await services.store.runs.end(run_id, "failed")
        raise
    return run


@admins_tap
async def on_run_tap(query: CallbackQuery, context: Context) -> None:
    """Cancel a run, or settle what becomes of a version that did not pass."""
    services = context.services
    tap = keyboards.read_tap(query.data)
    run = await services.store.runs.find(tap.id) if tap else None
    if tap is None or run is None:
        await acknowledge(query, texts.OLD_BUTTON)
        return
    # A run that could not be written off stays "running" until the next start; the last one alone may go on.
    last = max((each.id for each in await services.store.runs.running()), default=None)
    is_running, cancels = run.id == last, tap.verb == CANCEL
    await acknowledge(query, None if is_running == cancels else texts.OLD_BUTTON)
    who = Who(query.from_user.id, _signature(query.from_user))
    if is_running:
        if cancels:
            await services.retraining.cancel(who)
        return
    version = run.version or ""
    if tap.verb == PROMOTE and run.status == "finished" and services.predictor.version != version:
        await promotion.put_in_use(services, version, who.words)
    elif tap.verb == DISCARD and run.status == "finished":
        await promotion.discard(services, run, who)
        run = await services.store.runs.find(run.id) or run
    await edit_pressed(context.bot, query, *await runs.result(services, run))


@admins_only
async def models(update: Update, context: Context) -> None:
    """List the versions, with a button for each that could answer instead."""
    message, _ = asked(update)
    await say(message, *await _models(context.services))


@admins_tap
async def on_model_tap(query: CallbackQuery, context: Context) -> None:
    """Let another version answer."""
    services = context.services
    await acknowledge(query)
    by = _signature(query.from_user)
    verb, _, version = (query.data or "").partition(":")
    if verb == ROLL_BACK:
        await promotion.roll_back(services, version, by)
    elif services.predictor.version != version:
        await promotion.put_in_use(services, version, by)
    await edit_pressed(context.bot, query, *await _models(services))


async def _models(services: Services) -> tuple[str, InlineKeyboardMarkup | None]:
    await services.predictor.catch_up()

    def read() -> tuple[str, InlineKeyboardMarkup | None]:
        registry, in_use = services.registry, services.predictor.version
        versions = registry.versions()
        earlier = next(iter(registry.fallbacks()[1:]), None)
        recent = {card.version for card in versions[-RECENT:]} | {in_use, earlier, BASE}
        cards = [card for card in versions if card.version in recent]
        others = [card.version for card in reversed(cards) if card.version not in (in_use, earlier)]
        buttons = keyboards.models(others, earlier)
        return reports.models(cards, registry.history(), in_use), buttons

    return await asyncio.to_thread(read)


def _signature(user: User) -> str:
    return f"{user.full_name} ({user.id})"
