"""The bot as one table of handlers. Read this first."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import tenacity
from telegram import Update
from telegram.error import NetworkError, RetryAfter
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot import (
    admin,
    classes,
    corrections,
    everyone,
    explaining,
    failures,
    health,
    mending,
    menu,
    people,
    photos,
    reclassing,
    review,
    runs,
    texts,
    thanking,
)
from bot.client import client
from bot.context import App, Context, Services
from bot.ordering import ChatOrder
from bot.quota import Quota
from bot.retraining import Retraining, training_command
from bot.settings import Settings
from bot.store.rows import Run
from bot.store.store import Store
from bot.webhook import Secret
from model.predictor import Predictor
from model.registry import Registry
from training.dataset import Dataset

log = logging.getLogger(__name__)

HANDLER_SECONDS = 4.0
"""What is being answered may take so long once the bot is told to stop, which in all takes under 10 s."""
ALLOWED_UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY]
TALK = filters.TEXT & ~filters.COMMAND
PRIVATE = filters.ChatType.PRIVATE
NAMELESS = filters.SenderChat.ALL | ~filters.USER
"""Anonymous admins and channels: Telegram gives all of them the same user id."""


def add_handlers(app: App) -> None:
    """Say who answers what; the first that fits does."""
    app.add_handlers(
        [
            MessageHandler(~filters.UpdateType.MESSAGE, everyone.ignore),
            MessageHandler(NAMELESS, everyone.on_nameless),
            MessageHandler(filters.PHOTO, photos.on_photo),
            MessageHandler(filters.ANIMATION, photos.on_animation),
            MessageHandler(filters.Document.ALL, photos.on_document),
            CommandHandler("start", everyone.start),
            CommandHandler("help", everyone.show_help),
            CommandHandler("about", everyone.about),
            CommandHandler("stats", everyone.stats),
            CommandHandler("privacy", everyone.privacy),
            CommandHandler("forget", everyone.forget),
            CommandHandler("retrain", admin.retrain),
            CommandHandler("models", admin.models),
            CommandHandler("review", review.review),
            CommandHandler("people", people.people),
            CommandHandler("takeout", people.take_out),
            CommandHandler("classes", classes.classes),
            MessageHandler(filters.COMMAND & PRIVATE, everyone.on_unknown_command),
            MessageHandler(TALK, corrections.on_text),
            MessageHandler(PRIVATE & ~TALK & ~filters.StatusUpdate.ALL, photos.on_anything_else),
            CallbackQueryHandler(corrections.on_tap, corrections.VERBS),
            CallbackQueryHandler(explaining.on_why_tap, explaining.VERBS),
            CallbackQueryHandler(everyone.on_forget_tap, everyone.FORGET_VERBS),
            CallbackQueryHandler(admin.on_run_tap, admin.RUN_VERBS),
            CallbackQueryHandler(admin.on_model_tap, admin.MODEL_VERBS),
            CallbackQueryHandler(review.on_tap, review.VERBS),
            CallbackQueryHandler(people.on_tap, people.VERBS),
            CallbackQueryHandler(classes.on_class_tap, classes.VERBS),
            CallbackQueryHandler(thanking.on_thanks_tap, thanking.VERBS),
            CallbackQueryHandler(everyone.on_old_button),
        ]
    )
    app.add_error_handler(failures.on_error)


def build(settings: Settings, *, predictor: Predictor | None = None, training: tuple[str, ...] = ()) -> App:
    """Put the parts together; nothing is started, opened or loaded yet.

    Args:
        settings: Where everything is.
        predictor: What answers photos, instead of the model in use.
        training: The command that trains, instead of `python -m training`.

    Raises:
        SettingsError: There is no token.
    """
    # The library's times become timedeltas; we can read both, and it need not warn of the change.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    registry = Registry(settings.models_dir)
    services = Services(
        settings,
        Store(settings.database),
        predictor or Predictor(registry),
        registry,
        Dataset(settings.data_dir),
        Retraining(training or training_command(settings.data_dir, settings.models_dir)),
        Quota(settings.photos_per_minute, settings.photos_at_once),
    )
    app: App = (
        ApplicationBuilder()
        .application_class(Application)
        .bot(client(settings))
        .context_types(ContextTypes(context=Context))
        .concurrent_updates(ChatOrder())
        .job_queue(None)
        .build()
    )
    app.bot_data["services"] = services
    add_handlers(app)
    return app


@asynccontextmanager
async def running(app: App) -> AsyncIterator[Services]:
    """Run the bot until the block is left; then finish what it is at and close everything.

    Waits for the network if that is down.

    Raises:
        InvalidToken: Telegram does not know the token.
        StoreError: The database cannot be opened.
    """
    services: Services = app.bot_data["services"]
    async with AsyncExitStack() as stack:
        await services.store.open()
        stack.push_async_callback(services.store.close)
        await mending.mend(services)
        stack.push_async_callback(services.predictor.close)
        stack.push_async_callback(app.bot.shutdown)  # the application forgets it where the token is wrong
        await _reach_telegram(app)
        stack.push_async_callback(app.shutdown)
        await app.start()
        stack.push_async_callback(_stop, app, services)
        await services.store.promises.make(texts.PRIVACY)
        cut_off = await services.store.runs.running()  # before a new one can be asked for
        await _receive(app, services.settings)
        services.predictor.start()
        for task in (_prepare(app, services, cut_off), health.watch(services)):
            stack.callback(asyncio.create_task(task).cancel)
        stack.push_async_callback(_end, asyncio.create_task(thanking.watch(services, app.bot)))
        yield services


async def _reach_telegram(app: App) -> None:
    patience = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception_type((NetworkError, RetryAfter)),
        wait=tenacity.wait_exponential(multiplier=0.5, max=30),
        before_sleep=lambda state: log.warning(
            "Telegram cannot be reached (%s); trying again",
            state.outcome.exception() if state.outcome else "",
        ),
    )
    await patience(app.initialize)


async def _receive(app: App, settings: Settings) -> None:
    assert app.updater  # noqa: S101 - the builder makes one
    if settings.webhook_url and settings.webhook_secret:
        await app.updater.start_webhook(
            listen=settings.webhook_listen,
            port=settings.webhook_port,
            url_path=urlsplit(settings.webhook_url).path.lstrip("/"),
            webhook_url=settings.webhook_url,
            secret_token=Secret(settings.webhook_secret.get_secret_value()),
            allowed_updates=ALLOWED_UPDATES,
            bootstrap_retries=-1,
        )
    else:
        await app.updater.start_polling(
            allowed_updates=ALLOWED_UPDATES,
            bootstrap_retries=-1,
            error_callback=failures.log_polling,
        )


async def _prepare(app: App, services: Services, cut_off: Iterable[Run]) -> None:
    """What may fail without keeping the bot from answering."""
    try:
        await runs.settle_cut_off(services, app.bot, cut_off)
        await menu.publish(app.bot, services.settings.admin_ids)
        await reclassing.finish_renames(services)
    except Exception:  # the last stop of a background task
        log.exception("not everything could be prepared; the bot answers all the same")


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)  # it gives its connections back


async def _stop(app: App, services: Services) -> None:
    """Finish what is at hand, but leave in time: whoever stops a service kills it after a while."""
    if app.updater and app.updater.running:
        await _within(2.0, app.updater.stop(), "saying goodbye to Telegram")
    closing = asyncio.create_task(services.retraining.close())
    order = app.update_processor
    assert isinstance(order, ChatOrder)  # noqa: S101 - build put it there
    deadline = asyncio.get_running_loop().call_later(HANDLER_SECONDS, order.cut_off)
    await app.stop()  # handlers finish first: one of them may still begin to follow a run
    deadline.cancel()
    await closing
    if services.background:
        await _within(2.0, asyncio.gather(*services.background), "following a training run")


async def _within(seconds: float, work: Awaitable[object], what: str) -> None:
    try:
        await asyncio.wait_for(work, seconds)
    except TimeoutError:
        log.warning("%s took too long and was cut off", what)
