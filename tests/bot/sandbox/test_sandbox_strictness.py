"""What Telegram refuses, the sandbox refuses, in the same words."""

import asyncio
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyParameters,
)
from telegram.error import BadRequest, InvalidToken

from bot.sandbox import world
from bot.sandbox.person import Person
from bot.sandbox.server import SandboxServer
from tests.bot.sandbox.pictures import picture

pytestmark = pytest.mark.usefixtures("started")
API = "/bot123456:TEST-token"
NOT_MODIFIED = (
    "Message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


@pytest.fixture
async def started(traveller: Person) -> None:
    await traveller.send("/start")


async def refusal(http: httpx.AsyncClient, method: str, **parameters: Any) -> tuple[int, str]:
    answer = await http.post(f"{API}/{method}", json=parameters)
    body = answer.json()
    assert body["ok"] is False and body["error_code"] == answer.status_code
    return answer.status_code, body["description"]


@pytest.mark.parametrize(
    ("method", "parameters", "description"),
    [
        ("sendMessage", {"chat_id": 1001, "text": " \n"}, "message text is empty"),
        ("sendMessage", {"chat_id": 1001, "text": "x" * 4097}, "message is too long"),
        ("sendMessage", {"chat_id": 1001, "text": "😀" * 2049}, "message is too long"),
        ("sendMessage", {"text": "x"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": 77, "text": "x"}, "chat not found"),
        ("sendMessage", {"chat_id": 1002, "text": "has not written yet"}, "chat not found"),
        ("sendMessage", {"chat_id": "@channel", "text": "x"}, "chat not found"),
        ("sendMessage", {"chat_id": 1001, "text": "x", "parse_mode": "Markdown"}, "unsupported parse_mode"),
        (
            "sendMessage",
            {"chat_id": 1001, "text": "x", "reply_parameters": {"message_id": 99}},
            "message to be replied not found",
        ),
        (
            "sendMessage",
            {"chat_id": 1001, "text": "x", "reply_parameters": {"message_id": 1, "quote": "not there"}},
            "QUOTE_TEXT_INVALID",
        ),
        (
            "sendMessage",
            {"chat_id": 1001, "text": "x", "reply_markup": "{"},
            "can't parse reply markup JSON object",
        ),
        ("sendPhoto", {"chat_id": 1001}, "there is no photo in the request"),
        ("sendPhoto", {"chat_id": 1001, "photo": "zzz"}, "wrong file identifier/HTTP URL specified"),
        ("sendPhoto", {"chat_id": 1001, "photo": "x", "caption": "x" * 1025}, "message caption is too long"),
        ("sendDocument", {"chat_id": 1001}, "there is no document in the request"),
        ("sendMediaGroup", {"chat_id": 1001, "media": []}, "there are no messages to send"),
        (
            "sendMediaGroup",
            {"chat_id": 1001, "media": [{"type": "photo", "media": "x"}]},
            "too few messages to send as an album",
        ),
        (
            "sendMediaGroup",
            {"chat_id": 1001, "media": [{"type": "photo", "media": "x"}] * 11},
            "too many messages to send as an album",
        ),
        ("sendChatAction", {"chat_id": 1001, "action": "dancing"}, "wrong parameter action in request"),
        ("editMessageText", {"chat_id": 1001, "message_id": 99, "text": "x"}, "message to edit not found"),
        ("editMessageText", {"chat_id": 1001, "message_id": 1, "text": "x"}, "message can't be edited"),
        ("editMessageText", {"chat_id": 1001, "text": "x"}, "message identifier is not specified"),
        ("editMessageText", {"chat_id": 1001, "message_id": 1, "text": "x" * 4097}, "MESSAGE_TOO_LONG"),
        ("deleteMessage", {"chat_id": 1001, "message_id": 99}, "message to delete not found"),
        (
            "answerCallbackQuery",
            {"callback_query_id": "1"},
            "query is too old and response timeout expired or query ID is invalid",
        ),
        ("getFile", {"file_id": "unknown"}, "invalid file_id"),
        ("getFile", {}, "invalid file_id"),
        ("setMyCommands", {"commands": [{"command": "Stats!", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        (
            "setMyCommands",
            {"commands": [{"command": "stats", "description": ""}]},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        (
            "setMyCommands",
            {"commands": [], "scope": {"type": "chat", "chat_id": 1002}},
            "chat not found",
        ),
        (
            "setWebhook",
            {"url": "https://example.org/hook"},
            "bad webhook: the sandbox delivers to http://127.0.0.1 only",
        ),
        (
            "setWebhook",
            {"url": "http://127.0.0.1:1/", "secret_token": "no spaces"},
            "secret token contains unallowed characters",
        ),
    ],
)
async def test_bad_request(
    http: httpx.AsyncClient, method: str, parameters: dict[str, Any], description: str
) -> None:
    assert await refusal(http, method, **parameters) == (400, f"Bad Request: {description}")


@pytest.mark.parametrize(
    ("button", "description"),
    [
        ({"text": "x", "callback_data": "€" * 22}, "BUTTON_DATA_INVALID"),
        (
            {"text": "x"},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        ({"callback_data": "x"}, "can't parse inline keyboard button: Can't find field \"text\""),
        ({"text": " ", "callback_data": "x"}, "inline keyboard button text must be non-empty"),
        (
            {"text": "x", "url": "javascript:alert(1)"},
            "inline keyboard button URL 'javascript:alert(1)' is invalid: Unsupported URL protocol",
        ),
    ],
)
async def test_bad_button(http: httpx.AsyncClient, button: dict[str, str], description: str) -> None:
    markup = {"inline_keyboard": [[button]]}

    answer = await refusal(http, "sendMessage", chat_id=1001, text="x", reply_markup=markup)

    assert answer == (400, f"Bad Request: {description}")


async def test_64_bytes_of_callback_data_are_fine(bot: Bot) -> None:
    button = InlineKeyboardButton("x", callback_data="€" * 21 + "x")

    sent = await bot.send_message(1001, "x", reply_markup=InlineKeyboardMarkup([[button]]))

    assert sent.reply_markup is not None


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<b>Euro", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a <money> b", 'Unsupported start tag "money" at byte offset 2'),
        ("€ < £", 'Unsupported start tag "" at byte offset 4'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
async def test_bad_html(http: httpx.AsyncClient, html: str, reason: str) -> None:
    answer = await refusal(http, "sendMessage", chat_id=1001, text=html, parse_mode="HTML")

    assert answer == (400, f"Bad Request: can't parse entities: {reason}")


async def test_wrong_token_is_unauthorized(http: httpx.AsyncClient) -> None:
    answer = await http.get("/bot123456:other/getMe")

    assert answer.status_code == 401
    assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


@pytest.mark.parametrize(
    "path", ["/botnonsense/getMe", f"{API}/sendDice", f"{API}/nonsense", f"/file{API}/none.jpg"]
)
async def test_not_found(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)

    assert answer.status_code == 404
    assert answer.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


async def test_the_client_library_recognises_a_wrong_token(sandbox: SandboxServer) -> None:
    client = Bot("123456:other", base_url=f"{sandbox.url}/bot")

    with pytest.raises(InvalidToken):
        await client.initialize()

    await client.request.shutdown()


async def test_message_is_not_modified(bot: Bot) -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")]])
    sent = await bot.send_message(1001, "<b>Euro</b>", parse_mode="HTML", reply_markup=markup)

    with pytest.raises(BadRequest) as refused:
        await bot.edit_message_text(
            " <b>Euro</b>\n", 1001, sent.message_id, parse_mode="HTML", reply_markup=markup
        )

    assert refused.value.message == NOT_MODIFIED
    assert await bot.edit_message_text("Euro", 1001, sent.message_id, reply_markup=markup)


async def test_the_same_picture_again_is_not_modified(bot: Bot) -> None:
    sent = await bot.send_photo(1001, picture(), caption="a")

    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_media(InputMediaPhoto(picture(), caption="a"), 1001, sent.message_id)
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_reply_markup(1001, sent.message_id)


async def test_an_edit_without_a_keyboard_removes_it(bot: Bot, traveller: Person) -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")]])
    sent = await bot.send_message(1001, "a", reply_markup=markup)

    await bot.edit_message_text("b", 1001, sent.message_id)

    assert "reply_markup" not in traveller.last


async def test_text_and_caption_are_not_mixed_up(bot: Bot) -> None:
    text, photo = await bot.send_message(1001, "a"), await bot.send_photo(1001, picture())

    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("b", 1001, photo.message_id)
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await bot.edit_message_caption(1001, text.message_id, caption="b")


async def test_a_query_is_answered_once(bot: Bot, traveller: Person) -> None:
    query_id, pressing = await _pressed(bot, traveller)

    await bot.answer_callback_query(query_id)

    with pytest.raises(
        BadRequest, match="Query is too old and response timeout expired or query id is invalid"
    ):
        await bot.answer_callback_query(query_id)
    assert await pressing == {"text": "", "show_alert": False}


async def test_a_query_grows_too_old(bot: Bot, traveller: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    query_id, pressing = await _pressed(bot, traveller)
    monkeypatch.setattr(world, "QUERY_LIFETIME_S", 0)

    with pytest.raises(BadRequest, match="Query is too old"):
        await bot.answer_callback_query(query_id)
    pressing.cancel()


async def _pressed(bot: Bot, person: Person) -> tuple[str, asyncio.Task[Any]]:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")]])
    await bot.send_message(1001, "a", reply_markup=markup)
    pressing = asyncio.create_task(person.press("x"))
    updates = await bot.get_updates(timeout=5, offset=-1)
    while updates[-1].callback_query is None:
        updates = await bot.get_updates(timeout=5, offset=-1)
    return updates[-1].callback_query.id, pressing


async def test_a_button_that_is_gone_cannot_be_pressed(bot: Bot, traveller: Person) -> None:
    sent = await bot.send_message(1001, "a")

    with pytest.raises(Exception, match="BUTTON_INVALID"):
        await traveller.press_data({"message_id": sent.message_id}, "x")


async def test_replying_to_what_is_gone_can_be_allowed(bot: Bot) -> None:
    reply = ReplyParameters(99, allow_sending_without_reply=True)

    sent = await bot.send_message(1001, "x", reply_parameters=reply)

    assert sent.reply_to_message is None


async def test_a_file_over_20_mb_exists_but_cannot_be_had(bot: Bot, traveller: Person) -> None:
    message = await traveller.send_document(b"x" * (20 * 1024 * 1024 + 1), "big.jpg")

    assert message["document"]["file_size"] == 20 * 1024 * 1024 + 1
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(message["document"]["file_id"])


async def test_what_is_no_picture_is_no_photo(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_photo(1001, b"no picture")
    with pytest.raises(BadRequest, match="Photo_invalid_dimensions"):
        await bot.send_photo(1001, picture(2100, 100))
    with pytest.raises(BadRequest, match="Photo_invalid_dimensions"):
        await bot.send_photo(1001, picture(5001, 5000, "PNG"))
    with pytest.raises(BadRequest, match="File must be non-empty"):
        await bot.send_document(1001, b"")


async def test_a_file_id_keeps_its_kind(bot: Bot) -> None:
    photo = await bot.send_photo(1001, picture())

    with pytest.raises(BadRequest, match="Can't use file of type photo as document"):
        await bot.send_document(1001, photo.photo[-1].file_id)


async def test_albums_are_of_one_kind(bot: Bot) -> None:
    mixed = [InputMediaPhoto(picture()), InputMediaDocument(b"x")]

    with pytest.raises(BadRequest, match="Document can't be mixed with other media types"):
        await bot.send_media_group(1001, mixed)


async def test_a_body_that_is_none_is_refused(http: httpx.AsyncClient) -> None:
    for kind, body in [
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("multipart/form-data", b"x"),
    ]:
        answer = await http.post(f"{API}/sendMessage", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 400 and answer.json()["ok"] is False


async def test_parameters_may_come_in_any_form(http: httpx.AsyncClient, traveller: Person) -> None:
    markup = '{"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}'
    values = {"chat_id": "1001", "text": "hello", "reply_markup": markup}

    for answer in (
        await http.get(f"{API}/sendmessage", params=values),
        await http.post(f"{API}/SENDMESSAGE", data=values),
        await http.post(f"{API}/sendMessage", params={"chat_id": "1001"}, json={"text": "hello"}),
        await http.post(f"{API}/sendMessage", data=values, files={"unused": b"x"}),
    ):
        assert answer.json()["result"]["text"] == "hello"
    assert len(await traveller.replies(4)) == 4
