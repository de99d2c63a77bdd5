"""Reply markup: which keyboards Telegram takes."""

from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.errors import Json, bad_request
from bot.sandbox.parameters import Parameters

_ACTIONS = ("callback_data", "url", "copy_text")
_MAX_DATA_BYTES = 64
_MAX_BUTTONS = 100


def reply_markup(parameters: Parameters, *, inline_only: bool = False) -> Json | None:
    """Return the checked `reply_markup` of a call, or None.

    Args:
        parameters: Of the call.
        inline_only: Edits take inline keyboards only.

    Raises:
        BotApiError: A keyboard that Telegram refuses, or one of a kind that the sandbox does not show.
    """
    markup = parameters.object("reply_markup")
    if not markup:
        return None
    if "inline_keyboard" in markup:
        return _inline_keyboard(markup["inline_keyboard"])
    if inline_only:
        raise bad_request("inline keyboard expected")
    if markup.get("force_reply"):
        return {"force_reply": True, **_known(markup, "input_field_placeholder", "selective")}
    if markup.get("remove_keyboard"):
        return None
    raise bad_request("the sandbox shows inline keyboards and force_reply only")


def _inline_keyboard(rows: Any) -> Json | None:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('can\'t parse inline keyboard: field "inline_keyboard" must be an Array of Arrays')
    keyboard = [[_button(button) for button in row] for row in rows if row]
    if sum(map(len, keyboard)) > _MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": keyboard} if keyboard else None


def _button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not text.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    actions = _known(button, *_ACTIONS)
    if not any(actions.values()):
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(str(actions.get("callback_data", "")).encode()) > _MAX_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    url = str(actions.get("url") or "")
    if url and urlsplit(url).scheme not in {"http", "https", "tg"}:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    return {"text": text, **actions, **_known(button, "style")}


def _known(source: Json, *names: str) -> Json:
    return {name: source[name] for name in names if name in source}
