"""Updates reach the real python-telegram-bot, by polling and by webhook, in order and once."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiogram.types
import httpx
import pytest
from telegram import Bot, Update
from telegram.error import Conflict
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.sandbox.person import Person
from bot.sandbox.server import SandboxServer
from bot.sandbox.world import Persona
from tests.bot.sandbox.contract import check_calls, check_value

TOKEN = "123456:TEST-token"
Echo = Application[Any, Any, Any, Any, Any, Any]


async def _echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None and update.message.text is not None
    await update.message.reply_text(f"You said {update.message.text}", do_quote=True)


async def _start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    await update.message.reply_text("Welcome")


@pytest.fixture
def echo(sandbox: SandboxServer) -> Echo:
    builder = ApplicationBuilder().token(TOKEN)
    application = builder.base_url(f"{sandbox.url}/bot").base_file_url(f"{sandbox.url}/file/bot").build()
    application.add_handler(CommandHandler("start", _start))
    application.add_handler(MessageHandler(filters.TEXT, _echo))
    return application


async def _stop(application: Echo) -> None:
    assert application.updater is not None
    await application.updater.stop()
    await application.stop()


@asynccontextmanager
async def _listener(answer: Callable[[str, Any], int]) -> AsyncIterator[int]:
    """A webhook of a few lines: hands secret and update to ``answer``, which returns the status."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        status = answer(headers.get("x-telegram-bot-api-secret-token", ""), json.loads(body))
        reason = {200: "OK", 500: "Internal Server Error"}[status]
        writer.write(f"HTTP/1.1 {status} {reason}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_an_application_polls(sandbox: SandboxServer, traveller: Person, echo: Echo) -> None:
    await traveller.send("before the bot was there")
    assert echo.updater is not None
    async with echo:
        await echo.updater.start_polling(poll_interval=0)
        await echo.start()
        await traveller.send("/start")
        sent = await traveller.send("hello")
        replies = await traveller.replies(3)
        await _stop(echo)

    assert [reply["text"] for reply in replies] == [
        "You said before the bot was there",
        "Welcome",
        "You said hello",
    ]
    assert replies[2]["reply_to_message"]["message_id"] == sent["message_id"]
    assert check_calls(sandbox.calls.all()) > 5


async def test_an_application_is_called_by_webhook(
    sandbox: SandboxServer, traveller: Person, echo: Echo, unused_tcp_port: int
) -> None:
    assert echo.updater is not None
    url = f"http://127.0.0.1:{unused_tcp_port}/hook"
    async with echo:
        await echo.updater.start_webhook(
            "127.0.0.1", unused_tcp_port, "hook", webhook_url=url, secret_token="s3cret"
        )
        await echo.start()
        await traveller.send("/start")
        await traveller.send("hello")
        replies = await traveller.replies(2)
        info = await echo.bot.get_webhook_info()
        await _stop(echo)

    assert [reply["text"] for reply in replies] == ["Welcome", "You said hello"]
    assert (info.url, info.pending_update_count, info.last_error_message) == (url, 0, None)
    assert check_calls(sandbox.calls.all()) > 3


async def test_a_webhook_that_fails_gets_the_update_again_with_the_secret(
    sandbox: SandboxServer, traveller: Person, bot: Bot
) -> None:
    answers = [500, 200, 200]
    received: list[tuple[str, Any]] = []
    complete = asyncio.Event()

    def answer(secret: str, update: Any) -> int:
        received.append((secret, update))
        if len(received) == 3:
            complete.set()
        return answers.pop(0)

    async with _listener(answer) as port:
        await bot.set_webhook(f"http://127.0.0.1:{port}/", secret_token="s3cret")
        await traveller.send("one")
        await traveller.send("two")
        await asyncio.wait_for(complete.wait(), 10)
        info = await bot.get_webhook_info()

    assert [update["message"]["text"] for _, update in received] == ["one", "one", "two"]
    assert {secret for secret, _ in received} == {"s3cret"}
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
    for _, update in received:
        check_value(update, aiogram.types.Update, "Update")


async def test_polling_is_refused_while_a_webhook_is_set(bot: Bot) -> None:
    await bot.set_webhook("http://127.0.0.1:9/")

    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()

    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_a_second_poll_ends_the_first(bot: Bot, http: httpx.AsyncClient, traveller: Person) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=10))
    await asyncio.sleep(0.2)
    second = asyncio.create_task(http.get(f"/bot{TOKEN}/getUpdates?timeout=10"))

    with pytest.raises(Conflict, match="terminated by other getUpdates request; make sure that only one"):
        await first
    await traveller.send("hello")
    assert len((await second).json()["result"]) == 1


async def test_setting_a_webhook_ends_a_poll(bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=10))
    await asyncio.sleep(0.2)

    await bot.set_webhook("http://127.0.0.1:9/")

    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await poll


async def test_a_poll_is_held_open_until_something_comes(bot: Bot, traveller: Person) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await asyncio.sleep(0.2)
    assert not poll.done()

    await traveller.send("hello")

    assert [update.message.text for update in await poll if update.message] == ["hello"]


async def test_an_update_stays_until_a_higher_offset_confirms_it(bot: Bot, traveller: Person) -> None:
    for text in ("one", "two", "three"):
        await traveller.send(text)

    first, second = await bot.get_updates(limit=2)
    assert [u.update_id for u in await bot.get_updates(limit=2)] == [first.update_id, second.update_id]
    (third,) = await bot.get_updates(offset=second.update_id + 1)
    assert third.message is not None and third.message.text == "three"
    assert len(await bot.get_updates(offset=-1)) == 1
    assert await bot.get_updates(offset=third.update_id + 1) == ()


async def test_only_the_kinds_asked_for_are_queued(bot: Bot, traveller: Person) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    await traveller.send("not wanted")
    assert await bot.get_updates() == ()

    await bot.get_updates(allowed_updates=[])
    await traveller.send("wanted")
    assert len(await bot.get_updates()) == 1


async def test_pending_updates_can_be_dropped(bot: Bot, traveller: Person) -> None:
    await traveller.send("forget this")

    await bot.delete_webhook(drop_pending_updates=True)

    assert await bot.get_updates() == ()


async def test_closing_the_sandbox_does_not_wait_for_polls() -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        async with asyncio.timeout(5):
            async with SandboxServer(TOKEN, [Persona(1, "Traveller")]) as sandbox:
                poll = asyncio.create_task(http.get(f"{sandbox.url}/bot{TOKEN}/getUpdates?timeout=50"))
                await asyncio.sleep(0.2)

        assert (await poll).json() == {"ok": True, "result": []}
