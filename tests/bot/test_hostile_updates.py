"""Whatever Telegram may deliver, and whatever a forged button may carry, is obeyed, refused or ignored.

No handler fails with anything but one of our own errors, and nothing is kept that nobody asked for.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram import Update

from bot import keyboards
from model.errors import CurrencyBotError
from tests.bot.conftest import ADMIN, STRANGER, TRUSTED, Bot
from tests.bot.doubles import picture

EXAMPLES = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    # One bot serves all examples: it has to stand them all, one after another.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
Json = dict[str, Any]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=4096)
ids = st.integers(-(2**52), 2**52)
people = st.sampled_from([TRUSTED, ADMIN, STRANGER]) | st.integers(1, 2**52)
users = st.builds(
    lambda user_id, name, language: {
        "id": user_id,
        "is_bot": False,
        "first_name": name,
        "language_code": language,
    },
    people,
    text,
    st.sampled_from(["en", "de", "xx", "pt-BR", "", "../../etc", "zh-Hant-TW-x-private"]) | text,
)
chats = st.builds(
    lambda chat_id, kind: {"id": chat_id, "type": kind},
    st.sampled_from([TRUSTED, STRANGER]) | ids,
    st.sampled_from(["private", "group", "supergroup", "channel"]),
)
photo = st.lists(
    st.fixed_dictionaries(
        {
            "file_id": st.text("abcXYZ-_019", max_size=80),
            "file_unique_id": st.text("abc", max_size=20),
            "width": ids,
            "height": ids,
        },
        optional={"file_size": ids},
    ),
    min_size=1,
    max_size=3,
)
document = st.fixed_dictionaries(
    {"file_id": st.text("abc", min_size=1), "file_unique_id": st.text("abc", min_size=1)},
    optional={
        "file_name": text,
        "mime_type": st.sampled_from(["image/jpeg", "text/html", ""]) | text,
        "file_size": ids,
    },
)
entities = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["bot_command", "url", "new_one"]),
            "offset": st.integers(0, 9),
            "length": ids,
        }
    ),
    max_size=2,
)
commands = st.builds(
    lambda name, rest: {
        "text": f"/{name} {rest}"[:4096],
        "entities": [{"type": "bot_command", "offset": 0, "length": len(name) + 1}],
    },
    st.sampled_from(
        ["start", "help", "about", "stats", "privacy", "forget", "models", "nothing", "_", "start@other"]
    ),
    text,
)
contents: st.SearchStrategy[Json] = (
    st.fixed_dictionaries(
        {"text": text | st.sampled_from(["yen", "2", "right", "undo", "0", "٣", "1" * 400])}
    )
    | commands
    | st.fixed_dictionaries({"text": text, "entities": entities})
    | st.fixed_dictionaries({"photo": photo}, optional={"caption": text, "media_group_id": text})
    | st.fixed_dictionaries({"document": document})
    | st.fixed_dictionaries(
        {
            "document": document,
            "animation": document.map(lambda d: d | {"width": 1, "height": 1, "duration": 1}),
        }
    )
    | st.sampled_from(
        [
            {},
            {"dice": {"emoji": "🎲", "value": 6}},
            {"location": {"longitude": 1e308, "latitude": -1e308}},
            {"contact": {"phone_number": "+1", "first_name": "x"}},
            {"new_chat_title": "x"},
            {"new_chat_members": []},
            {"pinned_message": {"message_id": 0, "date": 0, "chat": {"id": 1, "type": "private"}}},
            {"web_app_data": {"data": "x" * 4096, "button_text": ""}},
            {"photo": []},
        ]
    )
)


@st.composite
def messages(draw: st.DrawFn) -> Json:
    """A message as the wire could carry it, and some that it should not."""
    message = {
        "message_id": draw(st.integers(0, 2**31)),
        "date": draw(st.integers(0, 2**31)),
        "chat": draw(chats),
        **draw(contents),
    }
    if draw(st.booleans()):
        message["from"] = draw(users)
    if draw(st.booleans()):
        message["reply_to_message"] = message | {"message_id": draw(st.integers(0, 9)), "from": draw(users)}
    if draw(st.integers(0, 5)) == 0:
        message["sender_chat"] = draw(chats)
    return message


taps = (
    st.text(max_size=64)
    | st.from_regex(r"[a-z]:\d{0,30}(:\d{0,30})?", fullmatch=True)
    | st.builds("{}:{}".format, st.sampled_from([keyboards.USE, keyboards.ROLL_BACK]), text)
    | st.sampled_from(
        ["m:../../etc/passwd", "m:/", "m:\0", "l:" + "9" * 62, "c:1:0", "c:1:9999", "r:-1", "r:1e9", "r:١"]
    )
)


async def deliver(bot: Bot, content: Json, caplog: pytest.LogCaptureFixture) -> None:
    """Process an update; fail if it ends in an error that nobody foresaw."""
    caplog.clear()
    update = Update.de_json({"update_id": 1, **content}, bot.app.bot)
    await bot.app.process_update(update)
    causes = [record.exc_info[1] for record in caplog.records if record.exc_info]
    unforeseen = [cause for cause in causes if not isinstance(cause, CurrencyBotError)]
    assert not unforeseen, content


@pytest.mark.parametrize("kind", ["message", "edited_message", "channel_post"])
@given(message=messages())
@EXAMPLES
async def test_any_message_is_stood(
    bot: Bot, caplog: pytest.LogCaptureFixture, kind: str, message: Json
) -> None:
    await deliver(bot, {kind: message}, caplog)
    assert bot.files() == {}


@given(data=taps, user=users, with_message=st.booleans())
@EXAMPLES
async def test_any_tap_is_stood(
    bot: Bot, caplog: pytest.LogCaptureFixture, data: str, user: Json, with_message: bool
) -> None:
    if not await bot.services.store.predictions.find(1):
        await bot.traveller.send_photo(picture("green"))
        await bot.traveller.reply()
    query = {"id": "1", "from": user, "chat_instance": "x", "data": data}
    if with_message:
        query["message"] = bot.traveller.last
    await deliver(bot, {"callback_query": query}, caplog)


@given(
    update=st.recursive(
        st.none() | st.booleans() | ids | text,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
        max_leaves=10,
    )
)
@EXAMPLES
async def test_update_that_is_none_reaches_no_handler(
    bot: Bot, caplog: pytest.LogCaptureFixture, update: object
) -> None:
    """What is no update is dropped by the library, or is one without content."""
    caplog.clear()
    bot.sandbox.calls.clear()
    try:
        found = Update.de_json({"update_id": 1, "message": update, "callback_query": None}, bot.app.bot)
    except (TypeError, ValueError, KeyError, AttributeError):
        return
    assert found.message is None
    await bot.app.process_update(found)
    assert not [record for record in caplog.records if record.exc_info]
    assert {call.method for call in bot.sandbox.calls.all()} <= {"getUpdates"}
