"""Only who knows the secret may call the webhook, and the time of a refusal tells nothing about it."""

import hmac
from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from bot.wire.webhook import Secret
from tests.bot.conftest import STRANGER, Bot, Start

SECRET = "s3cret-of_the-webhook"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
FORGED = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "date": 1,
        "chat": {"id": STRANGER, "type": "private"},
        "from": {"id": STRANGER, "is_bot": False, "first_name": "x"},
        "text": "/start",
    },
}


@pytest.fixture
async def bot(start: Start, unused_tcp_port: int) -> AsyncIterator[Bot]:
    changes = {
        "webhook_url": f"http://127.0.0.1:{unused_tcp_port}/hook",
        "webhook_secret": SecretStr(SECRET),
        "webhook_port": unused_tcp_port,
    }
    async with start(**changes) as found:
        yield found


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {HEADER: ""},
        {HEADER: SECRET[:-1]},
        {HEADER: SECRET + "x"},
        {HEADER: SECRET.upper()},
        {HEADER: "x" * 9999},
    ],
    ids=["none", "empty", "too short", "too long", "upper case", "huge"],
)
async def test_call_without_the_right_secret_is_refused(bot: Bot, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(str(bot.services.settings.webhook_url), json=FORGED, headers=headers)
    assert answer.status_code == 403
    assert SECRET not in answer.text
    assert not [call for call in bot.sandbox.calls.all() if call.method.startswith("send")]


async def test_call_with_the_secret_is_obeyed_and_compared_in_constant_time(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared, compare = [], hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append(b) or compare(a, b))
    await bot.stranger.send("/start")
    assert (await bot.stranger.reply())["text"].startswith("Send me a photo")
    assert SECRET.encode() in compared


def test_secret_equals_itself_alone() -> None:
    assert Secret(SECRET) == SECRET
    assert Secret(SECRET) == SECRET
    assert SECRET[:-1] != Secret(SECRET)
    assert Secret(SECRET) != "ü"
    assert Secret(SECRET) != 5
    assert {Secret(SECRET): 1}[SECRET] == 1
