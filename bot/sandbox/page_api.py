"""What the chat page asks for: its own files, the state of the chats, and what people do."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bot.sandbox import people
from bot.sandbox.errors import BotApiError, Json, bad_request
from bot.sandbox.people import Attachment
from bot.sandbox.world import Chat, World

_PAGE = Path(__file__).parent / "page"
_MAX_BODY_BYTES = 128 * 1024 * 1024
_HEARTBEAT_S = 15.0
# Types that a browser may show; anything else is only ever downloaded, so that no file can become a page.
_SHOWN = {"image/jpeg", "image/png", "image/webp", "image/gif"}


class PageApi:
    """Serves the page and acts for whoever sits in front of it.

    Args:
        world: The sandbox.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the page."""
        return [
            Route("/", self._index, methods=["GET"]),
            Mount("/page", StaticFiles(directory=_PAGE)),
            Route("/api/events", self._events, methods=["GET"]),
            Route("/api/chats/{chat_id:int}/messages", _answered(self._send), methods=["POST"]),
            Route("/api/chats/{chat_id:int}/presses", _answered(self._press), methods=["POST"]),
            Route("/api/files/{file_id}", _answered(self._file), methods=["GET"]),
        ]

    async def _index(self, request: Request) -> Response:
        return FileResponse(_PAGE / "index.html")

    async def _events(self, request: Request) -> Response:
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[str]:
        """Yield the state as it is, then every change: a page that reconnects misses nothing."""
        with self._world.feed.subscription() as events:
            yield _frame({"kind": "state", "payload": self._state()})
            while True:
                try:
                    async with asyncio.timeout(_HEARTBEAT_S):
                        event = await events.get()
                except TimeoutError:
                    # A write is how the server finds out that the page has gone.
                    yield ": still here\n\n"
                    continue
                if event is None:
                    return
                yield _frame(event.to_json())

    def _state(self) -> Json:
        return {
            "bot": self._world.bot,
            "online": self._world.online,
            "chats": [
                {
                    "id": chat.persona.user_id,
                    "name": chat.persona.first_name,
                    "commands": self._world.commands_for(chat.persona),
                    "messages": [chat.view(message) for message in chat.messages.values()],
                }
                for chat in self._world.chats.values()
            ],
        }

    async def _send(self, request: Request) -> Response:
        if int(request.headers.get("content-length") or 0) > _MAX_BODY_BYTES:
            raise BotApiError(413, "The sandbox takes up to 128 MB at once.")
        chat = self._chat(request)
        async with request.form() as form:
            reply_to = form.get("reply_to")
            answered = int(reply_to) if isinstance(reply_to, str) and reply_to.isdecimal() else None
            text = str(form.get("text") or "")
            files = [
                Attachment(await file.read(), file.filename or "file", file.content_type)
                for file in form.getlist("file")
                if isinstance(file, UploadFile)
            ]
            as_photo = form.get("as") == "photo"
        if files:
            await people.send_files(
                self._world, chat, files, as_photo=as_photo, caption=text, reply_to=answered
            )
        else:
            people.send_text(self._world, chat, text, reply_to=answered)
        return JSONResponse({})

    async def _press(self, request: Request) -> Response:
        body = await request.json()
        chat, message_id, data = self._chat(request), int(body["message_id"]), str(body["data"])
        people.find_button(chat, message_id, data)
        # The answer comes through the events: browsers open few connections, and some answers take long.
        task = asyncio.create_task(self._announce_answer(chat, message_id, data))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return JSONResponse({})

    async def _announce_answer(self, chat: Chat, message_id: int, data: str) -> None:
        answer = await people.press(self._world, chat, message_id, data)
        payload = {"message_id": message_id, "data": data, "answer": answer}
        self._world.feed.publish("answer", chat.persona.user_id, payload)

    async def _file(self, request: Request) -> Response:
        stored = self._world.files.get(request.path_params["file_id"])
        if stored.mime_type in _SHOWN:
            return Response(stored.data, media_type=stored.mime_type)
        headers = {"Content-Disposition": "attachment"}
        return Response(stored.data, media_type="application/octet-stream", headers=headers)

    def _chat(self, request: Request) -> Chat:
        chat = self._world.chats.get(request.path_params["chat_id"])
        if chat is None:
            raise bad_request("chat not found")
        return chat


def _frame(event: Json) -> str:
    return f"data: {json.dumps(event, separators=(',', ':'))}\n\n"


def _answered(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except BotApiError as err:
            return JSONResponse({"error": err.description.removeprefix("Bad Request: ")}, err.code)
        except (KeyError, ValueError, TypeError):
            return JSONResponse({"error": "not understood"}, 400)

    return answer
