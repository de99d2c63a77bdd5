"""The HTTP side of the Bot API: tokens, methods, downloads, faults."""

import asyncio
import re
import secrets

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from bot.sandbox.calls import Call, CallLog
from bot.sandbox.errors import BotApiError, Json
from bot.sandbox.faults import DOWNLOAD, Fault, Faults
from bot.sandbox.files import MAX_DOWNLOAD_BYTES
from bot.sandbox.methods.table import METHODS, canonical_name
from bot.sandbox.parameters import Parameters, read_parameters
from bot.sandbox.world import World

TOKEN_SHAPE = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]+")


class _DroppedConnection(Response):
    """Announces a body and never sends it, which makes the server cut the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})


class BotApi:
    """Answers the bot.

    Args:
        token: The only one that is let in.
        world: What the methods act on.
        calls: Receives every call.
        faults: Strike some of them.
    """

    def __init__(self, token: str, world: World, calls: CallLog, faults: Faults) -> None:
        self._token = token
        self._world = world
        self._calls = calls
        self._faults = faults

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the Bot API."""
        return [
            Route("/bot{token}/{method}", self._method, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._download, methods=["GET"]),
        ]

    async def _method(self, request: Request) -> Response:
        requested = request.path_params["method"]
        method = canonical_name(requested) or requested
        fault: Fault | None = None
        parameters = Parameters({}, {})
        headers: dict[str, str] = {}
        try:
            self._check_token(request)
            fault = self._faults.take(method)
            if fault and fault.kind == "drop":
                return _DroppedConnection()
            parameters = await read_parameters(request)
            await _strike(fault)
            if method not in METHODS:
                raise BotApiError(404, "Not Found")
            status, body = 200, {"ok": True, "result": await METHODS[method](self._world, parameters)}
        except ClientDisconnect:
            return _DroppedConnection()  # the bot is gone, in the middle of its request
        except BotApiError as err:
            status, body = err.code, err.body()
            if err.parameters and "retry_after" in err.parameters:
                headers["Retry-After"] = str(err.parameters["retry_after"])
        self._calls.add(Call(method, parameters, status, body))
        if fault and fault.kind == "drop_after":
            return _DroppedConnection()
        return JSONResponse(body, status, headers)

    async def _download(self, request: Request) -> Response:
        fault = self._faults.take(DOWNLOAD)
        if fault and fault.kind.startswith("drop"):
            return _DroppedConnection()
        try:
            self._check_token(request)
            await _strike(fault)
            stored = self._world.files.at_path(request.path_params["path"])
            if stored is None or len(stored.data) > MAX_DOWNLOAD_BYTES:
                raise BotApiError(404, "Not Found")
        except BotApiError as err:
            return JSONResponse(err.body(), err.code)
        return Response(stored.data, media_type="application/octet-stream")

    def _check_token(self, request: Request) -> None:
        token = request.path_params["token"]
        if not TOKEN_SHAPE.fullmatch(token):
            raise BotApiError(404, "Not Found")
        if not secrets.compare_digest(token, self._token):
            raise BotApiError(401, "Unauthorized")


async def _strike(fault: Fault | None) -> None:
    if fault and fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
    if fault and fault.kind == "error":
        parameters: Json | None = (
            {"retry_after": fault.retry_after} if fault.retry_after is not None else None
        )
        raise BotApiError(fault.status, fault.description, parameters)
