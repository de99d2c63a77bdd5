"""A running sandbox with a traveller and an admin, and a real python-telegram-bot client."""

from collections.abc import AsyncIterator

import httpx
import pytest
from telegram import Bot

from bot.sandbox.person import Person
from bot.sandbox.server import SandboxServer
from bot.sandbox.world import Persona

TOKEN = "123456:TEST-token"


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxServer]:
    async with SandboxServer(TOKEN, [Persona(1001, "Traveller"), Persona(1002, "Admin", "de")]) as server:
        yield server


@pytest.fixture
def traveller(sandbox: SandboxServer) -> Person:
    return sandbox.person(1001)


@pytest.fixture
async def bot(sandbox: SandboxServer) -> AsyncIterator[Bot]:
    client = Bot(TOKEN, base_url=f"{sandbox.url}/bot", base_file_url=f"{sandbox.url}/file/bot")
    async with client:
        yield client


@pytest.fixture
async def http(sandbox: SandboxServer) -> AsyncIterator[httpx.AsyncClient]:
    """Raw calls, for what the client library would not send."""
    async with httpx.AsyncClient(base_url=sandbox.url, trust_env=False) as client:
        yield client
