"""[Why?] sends the photo once, lit up where the model looked, and says in words where that is."""

import asyncio
import io

import pytest
from PIL import Image

from bot import texts
from bot.answers import explaining
from bot.answers import texts as answer_texts
from model.errors import ModelError, StoreError
from model.prediction import NONE, Verdict
from tests.bot.conftest import ADMIN, STRANGER, TRUSTED, Bot, Start
from tests.bot.doubles import make_version, picture
from tests.bot.test_corrections import ask, press, tap_as
from tests.bot.test_texts import answer as stored_answer

MIDDLE = "mostly in the middle of the picture"
CAPTION = f"Bright orange is what makes me think it is Euro, {MIDDLE}."


def pictures(bot: Bot) -> list[dict]:
    return [m for m in bot.traveller.messages if m["from"]["is_bot"] and "photo" in m]


async def test_why_quotes_the_answer_with_the_photo_lit_up(bot: Bot) -> None:
    answer = await ask(bot.traveller, picture("green", size=(320, 240)))
    shown = await press(bot.traveller, "Why?", answer)
    assert shown["caption"] == CAPTION
    assert shown["reply_to_message"]["message_id"] == answer["message_id"]
    assert [(size["width"], size["height"]) for size in shown["photo"]][-1] == (320, 240)
    assert bot.files() == {}


async def test_the_picture_that_is_sent_is_a_jpeg(bot: Bot) -> None:
    await press(bot.traveller, "Why?", await ask(bot.traveller))
    (call,) = bot.sandbox.calls.of("sendPhoto")
    assert call.status == 200
    explained = await bot.predictor.explain(picture("green", size=(200, 100)), "EUR")
    assert Image.open(io.BytesIO(explained.picture)).format == "JPEG"


async def test_why_goes_on_working_once_the_photo_is_labelled(bot: Bot) -> None:
    labelled = await press(bot.traveller, "Right", await ask(bot.traveller))
    assert (await press(bot.traveller, "Why?", labelled))["caption"] == CAPTION


async def test_reply_to_the_picture_is_a_correction(bot: Bot) -> None:
    shown = await press(bot.traveller, "Why?", await ask(bot.traveller))
    await asyncio.sleep(0.1)
    await bot.traveller.send("yen", reply_to=shown)
    await bot.traveller.until(lambda m: "Saved as Japanese Yen" in m.get("text", ""))
    assert bot.classes() == ["JPY"]


async def test_double_tap_and_restart_send_one_picture(start: Start) -> None:
    async with start() as bot:
        answer = await ask(bot.traveller)
        await asyncio.gather(*(bot.traveller.press("Why?", message=answer) for _ in range(3)))
        await bot.traveller.until(lambda m: "photo" in m)
        await asyncio.sleep(0.2)
    async with start() as bot:
        alert = await bot.traveller.press("Why?", message=answer)
        assert alert is not None
        assert alert["text"] == answer_texts.EXPLAINED
        assert len(pictures(bot)) == 1


async def test_later_the_picture_can_be_had_again(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "AGAIN_SECONDS", -1.0)
    answer = await ask(bot.traveller)
    await press(bot.traveller, "Why?", answer)
    await press(bot.traveller, "Why?", answer)
    assert len(pictures(bot)) == 2


async def test_photo_that_is_gone_is_one_sentence_and_the_next_press_tries_again(bot: Bot) -> None:
    answer = await ask(bot.traveller)
    bot.sandbox.faults.server_error("getFile", status=400, description="Bad Request: wrong file_id")
    assert (await press(bot.traveller, "Why?", answer))["text"] == answer_texts.PHOTO_GONE
    assert (await press(bot.traveller, "Why?", answer))["caption"] == CAPTION


async def test_class_that_the_model_no_longer_knows_is_one_sentence(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unknown(data: bytes, label: str) -> object:
        raise ModelError(f"The model in use does not know {label!r}; please send the photo again.")

    answer = await ask(bot.traveller)
    monkeypatch.setattr(bot.predictor, "explain", unknown)
    said = await press(bot.traveller, "Why?", answer)
    assert said["text"] == "The model in use does not know 'EUR'; please send the photo again."


async def test_trouble_with_the_database_does_not_hide_what_is_wrong(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(prediction_id: int) -> None:
        raise StoreError("The database cannot be written just now.")

    answer = await ask(bot.traveller)
    monkeypatch.setattr(bot.services.store.predictions, "not_explained", locked)
    bot.sandbox.faults.server_error("getFile", status=400, description="Bad Request: wrong file_id")
    assert (await press(bot.traveller, "Why?", answer))["text"] == answer_texts.PHOTO_GONE


async def test_lost_acknowledgement_does_not_make_a_second_picture(bot: Bot) -> None:
    answer = await ask(bot.traveller)
    bot.sandbox.faults.drop("sendPhoto", after=True)
    await press(bot.traveller, "Why?", answer)
    await asyncio.sleep(0.2)
    await bot.traveller.press("Why?", message=answer)
    await asyncio.sleep(0.2)
    assert len(pictures(bot)) == 1


async def test_another_model_than_the_one_that_answered_is_named(bot: Bot) -> None:
    answer = await ask(bot.traveller)
    make_version(bot.services.settings.models_dir, "v1")
    await bot.predictor.switch("v1")
    shown = await press(bot.traveller, "Why?", answer)
    assert shown["caption"] == f"{CAPTION} My answer came from model base; this is how v1 sees it."


async def test_who_may_press_right_may_press_why(bot: Bot) -> None:
    answer = await ask(bot.stranger)
    await tap_as(bot, TRUSTED, answer, "y:1")
    assert bot.sandbox.calls.of("answerCallbackQuery")[-1].parameters.text("text") == texts.NOT_YOURS
    assert not bot.sandbox.calls.of("sendPhoto")
    await tap_as(bot, ADMIN, answer, "y:1")
    assert bot.sandbox.calls.of("sendPhoto")


@pytest.mark.parametrize("data", ["y:999", "y:", "y:x"])
async def test_forged_button_shows_nothing(bot: Bot, data: str) -> None:
    answer = await ask(bot.stranger)
    await tap_as(bot, STRANGER, answer, data)
    assert bot.sandbox.calls.of("answerCallbackQuery")
    assert not bot.sandbox.calls.of("sendPhoto")


def test_none_of_these_is_said_in_words() -> None:
    said = answer_texts.why(stored_answer(Verdict.NONE, NONE, "EUR"), MIDDLE, "base", "en")
    assert (
        said == f"Bright orange is what makes me think it is <b>none of the currencies I know</b>, {MIDDLE}."
    )
