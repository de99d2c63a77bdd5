"""What somebody says about a photo is kept, byte for byte, once, in its class folder, until taken back."""

import asyncio
import hashlib

import pytest

from bot import texts
from bot.answers import texts as answer_texts
from bot.labels import deciding
from bot.sandbox.person import Person
from model.errors import StoreError
from tests.bot.conftest import ADMIN, FRIEND, TRUSTED, Bot, Start
from tests.bot.doubles import picture


async def ask(person: Person, data: bytes | None = None) -> dict:
    """Send a photo and return the bot's answer."""
    await person.send_photo(data or picture("green"))
    return await person.reply()


async def press(person: Person, button: str, message: dict | None = None) -> dict:
    """Press a button and return the message as it is afterwards."""
    person.forget_replies()
    await person.press(button, message=message)
    return await person.reply()


def buttons(message: dict) -> list[str]:
    return [b["text"] for row in message.get("reply_markup", {}).get("inline_keyboard", []) for b in row]


async def test_right_keeps_the_very_bytes_in_the_class_folder(bot: Bot) -> None:
    data = picture("green")
    answer = await press(bot.traveller, "Right", await ask(bot.traveller, data))
    assert answer["text"] == (
        "Euro — 97 % sure\n\nSaved as Euro. Thank you! I learn from it at the next training."
    )
    assert buttons(answer) == ["Undo", "Why?"]
    assert bot.files() == {f"EUR/{hashlib.sha256(data).hexdigest()}.jpg": data}


async def test_wrong_shows_the_other_classes_then_none_and_back(bot: Bot) -> None:
    menu = await press(bot.traveller, "Wrong", await ask(bot.traveller))
    assert buttons(menu) == [
        "2. Japanese Yen",
        "3. British Pound",
        "4. US Dollar",
        "5. None of these",
        "Back",
    ]
    assert "1. Euro (my answer)\n2. Japanese Yen\n" in menu["text"]
    back = await press(bot.traveller, "Back")
    assert buttons(back) == ["Right", "Wrong", "Why?"]
    assert bot.files() == {}


@pytest.mark.parametrize(("choice", "label"), [("Japanese Yen", "JPY"), ("None of these", "NONE")])
async def test_choice_goes_into_its_class_folder(bot: Bot, choice: str, label: str) -> None:
    await press(bot.traveller, "Wrong", await ask(bot.traveller))
    answer = await press(bot.traveller, choice)
    assert f"Saved as {choice}. Thank you!" in answer["text"]
    assert bot.classes() == [label]


async def test_doubtful_answer_is_settled_with_one_tap(bot: Bot) -> None:
    answer = await press(bot.traveller, "2. British Pound", await ask(bot.traveller, picture("red")))
    assert answer["text"].startswith(
        "I am not sure. Euro 48 %, British Pound 31 %, Japanese Yen 12 %.\n\nSaved as"
    )
    assert bot.classes() == ["GBP"]


async def test_unknown_money_can_be_named(bot: Bot) -> None:
    menu = await press(bot.traveller, "It is …", await ask(bot.traveller, picture("blue")))
    assert "None of these" not in " ".join(buttons(menu))
    await press(bot.traveller, "US Dollar")
    assert bot.classes() == ["USD"]


async def test_undo_takes_the_picture_out_again(bot: Bot) -> None:
    await press(bot.traveller, "Right", await ask(bot.traveller))
    answer = await press(bot.traveller, "Undo")
    assert answer["text"] == "Euro — 97 % sure"
    assert buttons(answer) == ["Right", "Wrong", "Why?"]
    assert bot.files() == {}


async def test_change_of_mind_moves_the_picture(bot: Bot) -> None:
    answer = await ask(bot.traveller)
    await press(bot.traveller, "Right", answer)
    await bot.traveller.send("yen", reply_to=answer)
    await bot.traveller.until(lambda m: "Saved as Japanese Yen" in m["text"])
    assert bot.classes() == ["JPY"]


async def test_picture_stays_while_another_photo_needs_it(bot: Bot) -> None:
    first, second = await ask(bot.traveller), await ask(bot.traveller)
    await press(bot.traveller, "Right", first)
    await press(bot.traveller, "Right", second)
    assert bot.classes() == ["EUR"]
    await press(bot.traveller, "Undo", bot.traveller.messages[1])
    assert bot.classes() == ["EUR"]
    await press(bot.traveller, "Undo", bot.traveller.messages[3])
    assert bot.classes() == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("yen", "JPY"),
        ("JPY", "JPY"),
        ("¥", "JPY"),
        ("2", "JPY"),
        ("Right.", "EUR"),
        ("yes", "EUR"),
        ("british pound", "GBP"),
        ("none", "NONE"),
    ],
)
async def test_reply_in_words_does_the_same_as_a_button(bot: Bot, text: str, label: str) -> None:
    answer = await ask(bot.traveller)
    sent = await bot.traveller.send(text, reply_to=answer)
    reply = await bot.traveller.reply()
    assert "Saved as" in reply["text"]
    assert reply["reply_to_message"]["message_id"] == sent["message_id"]
    assert bot.classes() == [label]
    edited = await bot.traveller.reply()
    assert edited["message_id"] == answer["message_id"]
    assert buttons(edited)[-2:] == ["Undo", "Why?"]


async def test_wrong_in_words_lists_the_classes_and_a_number_picks_one(bot: Bot) -> None:
    answer = await ask(bot.traveller)
    await bot.traveller.send("wrong", reply_to=answer)
    menu = await bot.traveller.reply()
    assert "3. British Pound" in menu["text"]
    await bot.traveller.send("3", reply_to=menu)
    await bot.traveller.until(lambda m: "Saved as British Pound" in m["text"])
    assert bot.classes() == ["GBP"]


async def test_undo_in_words(bot: Bot) -> None:
    answer = await ask(bot.traveller)
    await bot.traveller.send("undo", reply_to=answer)
    assert (await bot.traveller.reply())["text"] == answer_texts.NOTHING_TO_UNDO
    await press(bot.traveller, "Right", answer)
    await bot.traveller.send("undo", reply_to=answer)
    await bot.traveller.until(lambda m: buttons(m) == ["Right", "Wrong", "Why?"])
    assert bot.files() == {}


async def test_words_without_a_reply_mean_the_last_photo(bot: Bot) -> None:
    await ask(bot.traveller)
    await bot.traveller.send("dollar")
    await bot.traveller.until(lambda m: "Saved as US Dollar" in m["text"])
    assert bot.classes() == ["USD"]


@pytest.mark.parametrize("text", ["gibberish", "99", "0", "<b>", "²", "not sure", "no idea", "one of them"])
async def test_reply_that_means_nothing_gets_help(bot: Bot, text: str) -> None:
    answer = await ask(bot.traveller)
    await bot.traveller.send(text, reply_to=answer)
    assert (await bot.traveller.reply())["text"].startswith(
        "I did not understand that. Reply with right, wrong"
    )
    assert bot.files() == {}


@pytest.mark.parametrize("text", ["not euro", "that isn't a euro", "It isn’t yen"])
async def test_denial_is_no_label_but_asks_what_it_is(bot: Bot, text: str) -> None:
    answer = await ask(bot.traveller)
    await bot.traveller.send(text, reply_to=answer)
    assert "Which one is it?" in (await bot.traveller.reply())["text"]
    assert bot.files() == {}


async def test_talk_that_mentions_money_is_no_label(bot: Bot) -> None:
    await ask(bot.traveller)
    await bot.traveller.send("How much is a dollar worth in Paris these days?")
    assert (await bot.traveller.reply())["text"].startswith("I understand photos of money")
    assert bot.files() == {}


async def test_right_means_nothing_where_the_bot_was_not_sure(bot: Bot) -> None:
    await ask(bot.traveller, picture("red"))
    await bot.traveller.send("ok")
    assert "Which one is it?" in (await bot.traveller.reply())["text"]
    assert bot.files() == {}


async def test_talk_without_a_photo_gets_help(bot: Bot) -> None:
    await bot.traveller.send("hello")
    assert "photos of money" in (await bot.traveller.reply())["text"]


async def test_double_tap_counts_once(bot: Bot) -> None:
    answer = await ask(bot.traveller)
    bot.traveller.forget_replies()
    await asyncio.gather(*(bot.traveller.press("Right", message=answer) for _ in range(3)))
    await bot.traveller.until(lambda m: buttons(m) == ["Undo", "Why?"])
    await asyncio.sleep(0.2)
    assert bot.classes() == ["EUR"]
    assert len([m for m in bot.traveller.messages if m["from"]["is_bot"]]) == 1


async def test_buttons_work_after_a_restart(start: Start) -> None:
    async with start() as bot:
        answer = await ask(bot.traveller)
    async with start() as bot:
        await press(bot.traveller, "Wrong", answer)
        await press(bot.traveller, "US Dollar")
        assert bot.classes() == ["USD"]


async def test_labels_of_strangers_wait(bot: Bot) -> None:
    answer = await press(bot.stranger, "Right", await ask(bot.stranger))
    assert "Somebody looks at it before I learn from it." in answer["text"]
    assert (bot.classes(), bot.classes("pending")) == ([], ["EUR"])


async def test_what_an_admin_says_of_a_strangers_photo_counts_at_once(bot: Bot) -> None:
    answer = await ask(bot.stranger)
    await press(bot.stranger, "Right", answer)
    bot.stranger.forget_replies()
    await tap_as(bot, ADMIN, answer, "c:1:2")
    await bot.stranger.until(lambda m: "Saved as Japanese Yen" in m["text"])
    assert (bot.classes(), bot.classes("pending")) == (["JPY"], [])


async def test_other_peoples_buttons_do_nothing(bot: Bot) -> None:
    answer = await ask(bot.stranger)
    await tap_as(bot, TRUSTED, answer, "r:1")
    assert bot.sandbox.calls.of("answerCallbackQuery")[-1].parameters.text("text") == texts.NOT_YOURS
    assert (bot.classes(), bot.classes("pending")) == ([], [])


@pytest.mark.parametrize("data", ["r:999", "c:1:99", "c:1:0", "z:1", "r:", "c:1:-1", "r:1;drop", "\0"])
async def test_forged_buttons_change_nothing(bot: Bot, data: str) -> None:
    answer = await ask(bot.traveller)
    await tap_as(bot, TRUSTED, answer, data)
    assert bot.sandbox.calls.of("answerCallbackQuery")
    assert bot.files() == {}
    assert len([m for m in bot.traveller.messages if m["from"]["is_bot"]]) == 1


async def test_photo_that_telegram_lost_is_asked_for_again(bot: Bot) -> None:
    answer = await ask(bot.traveller)
    bot.sandbox.faults.server_error("getFile", status=400, description="Bad Request: wrong file_id")
    await bot.traveller.press("Right", message=answer)
    assert (await bot.traveller.reply())["text"] == answer_texts.PHOTO_GONE
    assert bot.files() == {}


async def test_nobody_is_thanked_for_what_is_not_saved(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    answer = await ask(bot.traveller)
    monkeypatch.setattr(bot.services.dataset, "put", full)
    await bot.traveller.press("Right", message=answer)
    assert (await bot.traveller.reply())["text"] == texts.DISK
    assert await bot.services.store.labels.of(1) is None


async def test_corrections_too_hold_few_pictures_in_memory(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = await ask(bot.traveller)
    monkeypatch.setattr(bot.services, "at_once", asyncio.Semaphore(0))
    await bot.traveller.press("Right", message=answer)
    await asyncio.sleep(0.2)
    assert bot.files() == {}
    assert not bot.sandbox.calls.of("getFile")[1:]
    bot.services.at_once.release()
    await bot.traveller.until(lambda m: buttons(m) == ["Undo", "Why?"])


@pytest.mark.parametrize("is_old", [False, True], ids=["numbered", "from before"])
async def test_undo_pressed_twice_leaves_what_was_approved(bot: Bot, is_old: bool) -> None:
    answer = await ask(bot.friend)
    await press(bot.friend, "Right", answer)
    waiting = await bot.services.store.queue.next()
    assert waiting
    await deciding.decide(bot.services, waiting.label_id, "EUR", ADMIN)
    await bot.friend.send("yen", reply_to=answer)
    answer = await bot.friend.until(lambda m: "Your Japanese Yen waits" in m["text"])
    (undo,) = [b for row in answer["reply_markup"]["inline_keyboard"] for b in row if b["text"] == "Undo"]
    for _ in range(2):
        await tap_as(bot, FRIEND, answer, "u:1" if is_old else undo["callback_data"])
    assert (bot.classes(), bot.classes("pending")) == ([] if is_old else ["EUR"], [])


async def test_lost_link_contradicts_nothing(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    async def locked(*_: int) -> None:
        raise StoreError("The database cannot be written just now.")

    answer = await ask(bot.traveller)
    monkeypatch.setattr(bot.services.store.predictions, "mention", locked)
    bot.traveller.forget_replies()
    await bot.traveller.send("yen", reply_to=answer)
    await bot.traveller.until(
        lambda m: m["message_id"] == answer["message_id"] and buttons(m) == ["Undo", "Why?"]
    )
    assert not [m for m in bot.traveller.messages if "cannot be written" in m.get("text", "")]


async def tap_as(bot: Bot, user_id: int, message: dict, data: str) -> None:
    """Press a button of another person's chat, as in a group, or one that was never there."""
    from telegram import Update

    person = bot.sandbox.person(user_id)
    query = {"id": "1", "from": person.persona.user(), "message": message, "chat_instance": "1", "data": data}
    bot.sandbox.calls.clear()
    update = Update.de_json({"update_id": 1, "callback_query": query}, bot.app.bot)
    await bot.app.process_update(update)
