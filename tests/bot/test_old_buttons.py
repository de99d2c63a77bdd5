"""A button pressed days later: Telegram tells a bot only where the message is, and the person is answered."""

import pytest

from bot import texts
from bot.everyone import texts as everyone_texts
from bot.sandbox import people
from tests.bot.conftest import Bot
from tests.bot.doubles import make_version, picture
from tests.bot.test_corrections import ask, buttons, press


@pytest.fixture(autouse=True)
def old(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every message be too old to be shown to the bot."""
    monkeypatch.setattr(people, "SHOWN_S", 0)


async def test_an_old_answer_can_be_corrected(bot: Bot) -> None:
    menu = await press(bot.traveller, "Wrong", await ask(bot.traveller))
    assert "Back" in buttons(menu)
    saved = await press(bot.traveller, "Japanese Yen", menu)
    assert "Saved as Japanese Yen." in saved["text"]
    assert "Saved" not in (await press(bot.traveller, "Undo", saved))["text"]


async def test_an_old_answer_is_explained(bot: Bot) -> None:
    explained = await press(bot.traveller, "Why?", await ask(bot.traveller))
    assert explained["photo"]


async def test_forget_says_what_it_did(bot: Bot) -> None:
    await ask(bot.traveller)
    await bot.traveller.send("/forget")
    question = await bot.traveller.reply()
    assert (await press(bot.traveller, "Keep it", question))["text"] == everyone_texts.FORGET_KEPT


async def test_models_shows_what_answers_now(bot: Bot) -> None:
    make_version(bot.services.settings.models_dir, "v1")
    await bot.admin.send("/models")
    listed = await bot.admin.reply()
    assert buttons(await press(bot.admin, "Use v1", listed)) == ["Roll back to base"]


async def test_review_and_people_go_on(bot: Bot) -> None:
    await press(bot.stranger, "3. Japanischer Yen", await ask(bot.stranger, picture("red")))
    await bot.admin.send("/people")
    assert "Keep" in str(buttons(await press(bot.admin, "Remove all from", await bot.admin.reply())))
    await bot.admin.send("/review")
    await bot.admin.press("Approve", message=await bot.admin.reply())
    await bot.admin.until(lambda message: "nothing waits any more" in str(message.get("text")))
    assert bot.classes() == ["JPY"]


async def test_classes_are_not_changed_by_a_message_that_nobody_can_tell_from_a_picture(bot: Bot) -> None:
    await bot.admin.send("/classes add THB")
    shown = await bot.admin.reply()
    assert await bot.admin.press("Open it", message=shown) == {"text": texts.OLD_BUTTON, "show_alert": True}
