"""The sandbox as one object: start it, point the bot at it, act as its people.

async with SandboxServer("123456:TEST", [Persona(1, "Traveller"), Persona(2, "Admin")]) as sandbox:
    bot = Bot("123456:TEST", base_url=f"{sandbox.url}/bot", base_file_url=f"{sandbox.url}/file/bot")
    traveller = sandbox.person(1)
    await traveller.send("/start")
    print(await traveller.reply())
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette

from bot.sandbox.bot_api import TOKEN_SHAPE, BotApi
from bot.sandbox.calls import CallLog
from bot.sandbox.errors import Json
from bot.sandbox.faults import Faults
from bot.sandbox.files import StoredFile
from bot.sandbox.guard import Guard
from bot.sandbox.page_api import PageApi
from bot.sandbox.person import Person
from bot.sandbox.webhook import deliver
from bot.sandbox.world import Persona, World

_HOST = "127.0.0.1"
_CLOSING_S = 2


class _Uvicorn(uvicorn.Server):
    """Leaves signals alone, which belong to the program around it, and stops at once instead of at a tick."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.closing = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.closing.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class SandboxServer:
    """A Bot API server and chat page on 127.0.0.1, in memory, in this process and event loop.

    Args:
        token: The bot's, in Telegram's form `<digits>:<letters>`.
        personas: Who can write to the bot; at least one.
        port: To listen on; 0 picks a free one.
        name: Of the bot.
        username: Of the bot; Telegram's end in `bot`.
        last_message_id: Messages are counted from the next one. Telegram never counts anew, so it has to grow
            where the bot keeps its data from one sandbox to the next.

    Attributes:
        calls: Every call of the bot with its answer.
        faults: Trouble for the next calls.
    """

    def __init__(
        self,
        token: str,
        personas: Sequence[Persona],
        *,
        port: int = 0,
        name: str = "Currency Bot",
        username: str = "currency_sandbox_bot",
        last_message_id: int = 0,
    ) -> None:
        if not TOKEN_SHAPE.fullmatch(token):
            raise ValueError("token must look like 123456:ABC-def; the one received does not")
        if not personas:
            raise ValueError("personas must name at least one person. Received: none")
        self.calls = CallLog()
        self.faults = Faults()
        bot: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": name,
            "username": username,
        }
        self._world = World(bot, personas, self.faults, last_message_id)
        self._token = token
        self._port = port
        self._people: dict[int, Person] = {}

    @property
    def url(self) -> str:
        """Root of the Bot API server, no slash at the end; the client appends `/bot` and `/file/bot`."""
        return f"http://{_HOST}:{self._port}"

    @property
    def page_url(self) -> str:
        """Address of the chat page."""
        return f"{self.url}/"

    def person(self, user_id: int) -> Person:
        """Return the person of that id, always the same object.

        Raises:
            KeyError: No such persona.
        """
        if user_id not in self._people:
            self._people[user_id] = Person(self._world, self._world.chats[user_id])
        return self._people[user_id]

    def file(self, file_id: str) -> StoredFile:
        """Return a file of any size, e.g. a picture that the bot has sent.

        Raises:
            BotApiError: No such file.
        """
        return self._world.files.get(file_id)

    async def __aenter__(self) -> Self:
        """Listen and answer from now on.

        Raises:
            OSError: The port is taken.
        """
        await self._listen()
        self._delivering = asyncio.create_task(deliver(self._world.updates))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release whoever waits and stop listening."""
        self._world.close()
        self._delivering.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._delivering
        await self._hang_up()

    @contextlib.asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        """Be out of reach within the block: connections are cut after two seconds, new ones are refused."""
        await self._hang_up()
        try:
            yield
        finally:
            await self._listen()

    async def _listen(self) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_HOST, self._port))
        except OSError:
            listener.close()
            raise
        self._port = listener.getsockname()[1]
        api = BotApi(self._token, self._world, self.calls, self.faults)
        app = Starlette(routes=[*api.routes(), *PageApi(self._world).routes()])
        config = uvicorn.Config(
            Guard(app, self._port),
            lifespan="off",
            # The paths hold the token: no access log.
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            # Longer than any client keeps an idle connection: it must not send into one that closes.
            timeout_keep_alive=75,
            date_header=False,
            timeout_graceful_shutdown=_CLOSING_S,
        )
        self._server = _Uvicorn(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            await asyncio.sleep(0.01)
            if self._serving.done():
                await self._serving

    async def _hang_up(self) -> None:
        self._server.closing.set()
        await self._serving
