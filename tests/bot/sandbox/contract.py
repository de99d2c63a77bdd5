"""Checks recorded calls against two independent descriptions of the Bot API.

aiogram's models know types and values; api.json, where the checkout has it beside itself, knows which fields
are required and which exist at all. Both requests and answers are checked, so that neither the bot nor the
sandbox can drift away from Telegram unnoticed.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import aiogram.methods
from pydantic import BaseModel, TypeAdapter

from bot.sandbox.calls import Call

API_JSON = Path(__file__).resolve().parents[4] / "shared" / "bot-api" / "api.json"


def check_calls(calls: Iterable[Call]) -> int:
    """Check every call; return how many were checked. AssertionError or ValidationError names the misfit."""
    checked = 0
    for call in calls:
        check_call(call)
        checked += 1
    return checked


def check_call(call: Call) -> None:
    model = getattr(aiogram.methods, call.method[0].upper() + call.method[1:])
    request = _request(call, model)
    _no_extras(model.model_validate(request), call.method)
    if API_JSON.exists():
        _check_fields(request, _api()["methods"][call.method].get("fields", []), call.method)
    if call.status != 200:
        assert {"ok", "error_code", "description"} <= call.response.keys() and not call.response["ok"]
        assert call.response["error_code"] == call.status
        return
    check_value(call.result, model.__returning__, call.method)


def check_value(value: Any, annotation: Any, where: str) -> None:
    """Check an answer of the server, or an update."""
    _no_extras(TypeAdapter(annotation).validate_python(value), where)
    if API_JSON.exists():
        types = _api()["methods"][where]["returns"] if where in _api()["methods"] else [where]
        problem = _misfit(value, types, where)
        assert problem is None, problem


def _request(call: Call, model: type[BaseModel]) -> dict[str, Any]:
    """Return the parameters with the JSON texts of a form decoded and uploads named."""
    values = {name: f"attach://{name}" for name in call.parameters.uploads if name in model.model_fields}
    for name, value in call.parameters.values.items():
        field = model.model_fields.get(name)
        if isinstance(value, str) and field is not None and "str" not in str(field.annotation).split("[")[0]:
            values[name] = _decoded(value, str(field.annotation))
        else:
            values[name] = value
    return values


def _decoded(value: str, annotation: str) -> Any:
    return json.loads(value) if value[:1] in "[{" and annotation != "<class 'str'>" else value


def _no_extras(value: Any, where: str) -> None:
    """Refuse unknown fields, which aiogram keeps silently."""
    if isinstance(value, BaseModel):
        assert not value.model_extra, f"{where}: unknown fields {sorted(value.model_extra or ())}"
        for name in value.model_fields_set:
            _no_extras(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, (list, tuple)):
        for item in value:
            _no_extras(item, where)


@cache
def _api() -> dict[str, Any]:
    return json.loads(API_JSON.read_text())


_PRIMITIVES = {"Integer": int, "String": str, "Boolean": bool, "True": bool, "Float": (int, float)}


def _misfit(value: Any, types: list[str], where: str) -> str | None:
    """Return what is wrong when ``value`` fits none of ``types``."""
    problems = [_misfit_one(value, name, where) for name in types]
    return None if None in problems else problems[0]


def _misfit_one(value: Any, name: str, where: str) -> str | None:
    if name.startswith("Array of "):
        if not isinstance(value, list):
            return f"{where}: not an array"
        found = (_misfit(item, [name.removeprefix("Array of ")], where) for item in value)
        return next((problem for problem in found if problem), None)
    if name in _PRIMITIVES:
        return None if isinstance(value, _PRIMITIVES[name]) else f"{where}: {value!r} is no {name}"
    described = _api()["types"][name]
    if described.get("subtypes"):
        return _misfit(value, described["subtypes"], where)
    if not isinstance(value, dict):
        return f"{where}: {value!r} is no {name}"
    try:
        _check_fields(value, described.get("fields", []), f"{where}:{name}")
    except AssertionError as err:
        return str(err)
    for field in described.get("fields", []):
        if field["name"] in value:
            problem = _misfit(value[field["name"]], field["types"], f"{where}.{field['name']}")
            if problem:
                return problem
    return None


def _check_fields(value: dict[str, Any], fields: list[dict[str, Any]], where: str) -> None:
    known = {field["name"] for field in fields}
    required = {field["name"] for field in fields if field["required"]}
    assert value.keys() <= known, f"{where}: unknown fields {sorted(value.keys() - known)}"
    assert required <= value.keys(), f"{where}: missing fields {sorted(required - value.keys())}"
