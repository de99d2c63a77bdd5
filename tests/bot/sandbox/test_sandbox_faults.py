"""Injected trouble reaches the client as the trouble it stands for, once each, and only where asked for."""

import time

import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter

from bot.sandbox.faults import DOWNLOAD
from bot.sandbox.person import Person
from bot.sandbox.server import SandboxServer
from tests.bot.sandbox.pictures import picture


@pytest.fixture(autouse=True)
async def started(traveller: Person) -> None:
    await traveller.send("/start")


# The client warns about its own future whenever it meets a 429.
@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
async def test_too_many_requests(sandbox: SandboxServer, bot: Bot) -> None:
    sandbox.faults.too_many_requests("sendMessage", retry_after=7)

    with pytest.raises(RetryAfter, match="Flood control exceeded"):
        await bot.send_message(1001, "one")

    assert sandbox.calls.of("sendMessage")[0].response["parameters"] == {"retry_after": 7}
    await bot.send_message(1001, "two")


async def test_server_errors(sandbox: SandboxServer, bot: Bot, traveller: Person) -> None:
    sandbox.faults.server_error("sendMessage", times=2)

    for _ in range(2):
        with pytest.raises(NetworkError, match="Bad Gateway"):
            await bot.send_message(1001, "lost")
    await bot.send_message(1001, "sent")

    assert [m["text"] for m in traveller.messages] == ["/start", "sent"]


async def test_a_delay(sandbox: SandboxServer, bot: Bot) -> None:
    sandbox.faults.delay("sendMessage", 0.3)
    begin = time.monotonic()

    await bot.send_message(1001, "late")

    assert time.monotonic() - begin > 0.3


async def test_a_dropped_connection_before_anything_was_done(
    sandbox: SandboxServer, bot: Bot, traveller: Person
) -> None:
    sandbox.faults.drop("sendMessage")

    with pytest.raises(NetworkError):
        await bot.send_message(1001, "lost")

    assert len(traveller.messages) == 1


async def test_a_dropped_connection_after_the_message_was_sent(
    sandbox: SandboxServer, bot: Bot, traveller: Person
) -> None:
    sandbox.faults.drop("sendMessage", after=True)

    with pytest.raises(NetworkError):
        await bot.send_message(1001, "sent, but the bot does not know")

    assert traveller.last["text"] == "sent, but the bot does not know"


async def test_downloads_fail_too(sandbox: SandboxServer, bot: Bot, traveller: Person) -> None:
    message = await traveller.send_photo(picture())
    file = await bot.get_file(message["photo"][-1]["file_id"])
    sandbox.faults.server_error(DOWNLOAD)
    sandbox.faults.drop(DOWNLOAD)

    for _ in range(2):
        with pytest.raises(NetworkError):
            await file.download_as_bytearray()

    assert bytes(await file.download_as_bytearray()) == picture()


async def test_faults_that_have_not_struck_can_be_forgotten(sandbox: SandboxServer, bot: Bot) -> None:
    sandbox.faults.server_error("sendMessage", times=5)

    sandbox.faults.clear()

    await bot.send_message(1001, "fine")
