"""The bot from start to stop: what is opened, set right and begun, and how it leaves in time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Collection, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import tenacity
from telegram import ReplyParameters, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot import failures, health, menu, texts
from bot.context import App, Services
from bot.everyone import texts as everyone_texts
from bot.labels import mending, reclassing
from bot.models import runs, thanking
from bot.settings import Settings
from bot.store.rows import Run
from bot.wire.arrivals import Arrivals
from bot.wire.client import Client
from bot.wire.ordering import ChatOrder
from bot.wire.webhook import Secret
from model.errors import SettingsError

log = logging.getLogger(__name__)

ALLOWED_UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY]
HANDLER_SECONDS = 4.0
"""What is being answered may take so long once the bot is told to stop, which in all takes under 10 s."""
CUT_OFF_SECONDS = 0.5
"""What is cut off may take so long to end: the library may swallow it and call Telegram once more."""


@asynccontextmanager
async def running(app: App) -> AsyncIterator[Services]:
    """Run the bot until the block is left; then finish what it is at and close everything.

    Waits for the network if that is down.

    Raises:
        InvalidToken: Telegram does not know the token.
        StoreError: The database cannot be opened.
        SettingsError: Telegram refuses the webhook's address.
    """
    services: Services = app.bot_data["services"]
    async with AsyncExitStack() as stack:
        await services.store.open()
        stack.push_async_callback(services.store.close)
        tasks: list[asyncio.Task[None]] = []
        stack.push_async_callback(_ended, tasks)
        await mending.mend(services)
        stack.push_async_callback(services.predictor.close)
        stack.push_async_callback(app.bot.shutdown)  # the application forgets it where the token is wrong
        await _reach_telegram(app)
        stack.push_async_callback(app.shutdown)
        await app.start()
        stack.push_async_callback(_stop, app, services)
        await services.store.promises.make(everyone_texts.PRIVACY)
        cut_off = await services.store.runs.running()  # before a new one can be asked for
        not_done = await _arrivals(app).take_up(app.bot)
        await _receive(app, services.settings)
        services.predictor.start()
        for work in (
            _prepare(app, services, cut_off, not_done),
            health.watch(services, _client(app)),
            thanking.watch(services, app.bot),
        ):
            tasks.append(asyncio.create_task(work))
            stack.callback(tasks[-1].cancel)
        yield services


async def _reach_telegram(app: App) -> None:
    await _patience()(app.initialize)


def _patience() -> tenacity.AsyncRetrying:
    return tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception(_may_pass),
        wait=tenacity.wait_exponential(multiplier=0.5, max=30),
        before_sleep=lambda state: log.warning(
            "Telegram cannot be reached (%s); trying again",
            state.outcome.exception() if state.outcome else "",
        ),
    )


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, (NetworkError, RetryAfter)) and not isinstance(error, BadRequest)


def _arrivals(app: App) -> Arrivals:
    assert isinstance(app.update_queue, Arrivals)  # noqa: S101 - build put it there
    return app.update_queue


def _client(app: App) -> Client:
    assert isinstance(app.bot, Client)  # noqa: S101 - build put it there
    return app.bot


async def _receive(app: App, settings: Settings) -> None:
    assert app.updater  # noqa: S101 - the builder makes one
    if settings.webhook_url and settings.webhook_secret:
        secret = Secret(settings.webhook_secret.get_secret_value())
        try:
            # Before the library does: where Telegram refuses the address, that tries for ever in silence.
            await _patience()(
                app.bot.set_webhook,
                settings.webhook_url,
                allowed_updates=ALLOWED_UPDATES,
                secret_token=secret,
            )
        except BadRequest as err:
            raise SettingsError(f"Telegram refuses WEBHOOK_URL: {err.message}.") from err
        await app.updater.start_webhook(
            listen=settings.webhook_listen,
            port=settings.webhook_port,
            url_path=urlsplit(settings.webhook_url).path.lstrip("/"),
            webhook_url=settings.webhook_url,
            secret_token=secret,
            allowed_updates=ALLOWED_UPDATES,
            bootstrap_retries=-1,
        )
    else:
        await app.updater.start_polling(
            allowed_updates=ALLOWED_UPDATES,
            bootstrap_retries=-1,
            error_callback=failures.log_polling,
        )


async def _prepare(app: App, services: Services, cut_off: Iterable[Run], not_done: Iterable[Update]) -> None:
    """What may fail without keeping the bot from answering."""
    try:
        for update in not_done:
            await _ask_again(app, update)
        await runs.settle_cut_off(services, app.bot, cut_off)
        await menu.publish(app.bot, services.settings.admin_ids)
        await reclassing.finish_renames(services)
    except Exception:  # the last stop of a background task
        log.exception("not everything could be prepared; the bot answers all the same")


async def _ask_again(app: App, update: Update) -> None:
    message = update.effective_message  # of a tap: the answer below which it was
    if message and message.chat.type == ChatType.PRIVATE:
        quoted = ReplyParameters(message.message_id, allow_sending_without_reply=True)
        try:
            await app.bot.send_message(message.chat.id, texts.INTERRUPTED, reply_parameters=quoted)
        except TelegramError as err:
            log.warning("update %d: %s", update.update_id, err)
    await _arrivals(app).done(update)


async def _ended(tasks: Collection[asyncio.Task[None]]) -> None:
    """Let what was cancelled give its connections back, unless another program's lock is in the way."""
    if tasks:
        await asyncio.wait(tasks, timeout=2.0)


async def _stop(app: App, services: Services) -> None:
    """Finish what is at hand, but leave in time: whoever stops a service kills it after a while."""
    if app.updater and app.updater.running:
        await _within(2.0, app.updater.stop(), "saying goodbye to Telegram")
    closing = asyncio.create_task(services.retraining.close())
    order = app.update_processor
    assert isinstance(order, ChatOrder)  # noqa: S101 - build put it there
    _arrivals(app).close()
    deadline = asyncio.get_running_loop().call_later(HANDLER_SECONDS, order.cut_off)
    await app.stop()  # handlers finish first: one of them may still begin to follow a run
    deadline.cancel()
    await closing
    if services.background:
        await _within(2.0, asyncio.gather(*services.background), "following a training run")


async def _within(seconds: float, work: Awaitable[object], what: str) -> None:
    """Wait for work, cut it off when that takes too long, and leave it behind if it does not notice."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=seconds)
    if task.done():
        await task
        return
    log.warning("%s took too long and was cut off", what)
    task.cancel()
    await asyncio.wait({task}, timeout=CUT_OFF_SECONDS)
