"""Parameters of one call, from wherever the client put them.

Telegram takes them from the query string, a form, multipart or a JSON body, and in the first three
every object is a JSON text. So does this.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.sandbox.errors import BotApiError, Json, bad_request

MAX_UPLOAD_BYTES = 50 * 1024 * 1024
"""What a bot may send in one request (https://core.telegram.org/bots/api#sending-files)."""


@dataclass(frozen=True)
class Upload:
    """One file of a multipart body."""

    name: str
    data: bytes = field(repr=False)
    mime_type: str


@dataclass(frozen=True)
class Parameters:
    """What came with a call.

    Attributes:
        values: Parameters by name; numbers and objects of a JSON body keep their type.
        uploads: Files by the name of their form field.
    """

    values: Json
    uploads: dict[str, Upload]

    def text(self, name: str) -> str | None:
        """Return the parameter as text, or None when it is missing or null."""
        value = self.values.get(name)
        if value is None:
            return None
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str) -> int | None:
        """Return the parameter as a number, or None when it is missing.

        Raises:
            BotApiError: It is not a whole number.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except (TypeError, ValueError) as err:
            raise bad_request(f'field "{name}" must be of type Number. Received: {value!r}') from err

    def flag(self, name: str) -> bool:
        """Return the parameter as a truth value; missing is false."""
        return str(self.values.get(name, "")).lower() in {"true", "yes", "1"}

    def object(self, name: str) -> Json | None:
        """Return the parameter as a JSON object, or None when it is missing.

        Raises:
            BotApiError: It is no JSON object.
        """
        value = self._json(name)
        if value is None or isinstance(value, dict):
            return value
        raise bad_request(f"object expected as {name.replace('_', ' ')}")

    def array(self, name: str) -> list[Any] | None:
        """Return the parameter as a JSON array, or None when it is missing.

        Raises:
            BotApiError: It is no JSON array.
        """
        value = self._json(name)
        if value is None or isinstance(value, list):
            return value
        raise bad_request(f"expected an Array of {name.replace('_', ' ')}")

    def _json(self, name: str) -> Any:
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as err:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from err


async def read_parameters(request: Request) -> Parameters:
    """Collect the parameters of a request.

    Raises:
        BotApiError: The body is too large or not what its content type says.
    """
    if int(request.headers.get("content-length") or 0) > MAX_UPLOAD_BYTES + 64 * 1024:
        raise BotApiError(413, "Request Entity Too Large")
    values: Json = dict(request.query_params)
    uploads: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        values |= await _json_body(request)
    elif kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        try:
            async with request.form() as form:
                for name, value in form.multi_items():
                    if isinstance(value, UploadFile):
                        mime_type = value.content_type or "application/octet-stream"
                        uploads[name] = Upload(value.filename or "file", await value.read(), mime_type)
                    else:
                        values[name] = value
        except HTTPException as err:
            raise bad_request(f"can't parse the form: {err.detail}") from err
    return Parameters(values, uploads)


async def _json_body(request: Request) -> Json:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as err:
        raise bad_request("can't parse JSON") from err
    if not isinstance(body, dict):
        raise bad_request("JSON object expected")
    return body
