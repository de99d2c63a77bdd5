"""What everybody may ask for; above all that /forget leaves nothing."""

import pytest

from bot import texts
from bot.everyone import texts as everyone_texts
from bot.sandbox.faults import DOWNLOAD
from tests.bot.conftest import ADMIN, TRUSTED, Bot
from tests.bot.doubles import picture
from tests.bot.test_corrections import ask, buttons, press, tap_as


@pytest.mark.parametrize(
    ("command", "begins"),
    [
        ("/start", "Send me a photo of a banknote"),
        ("/help", "Asking: send a photo"),
        ("/privacy", "When you send a photo"),
        ("/unheard_of", "Asking: send a photo"),
        ("/stats", "You have not sent a photo yet."),
    ],
)
async def test_command_is_answered(bot: Bot, command: str, begins: str) -> None:
    await bot.traveller.send(command)
    assert (await bot.traveller.reply())["text"].startswith(begins)


async def test_about_says_which_model_how_good_and_what_it_cannot(bot: Bot) -> None:
    await bot.traveller.send("/about")
    text = (await bot.traveller.reply())["text"]
    assert "Model base (efficientnet-lite0) of 2026-01-01." in text
    assert "4 currencies: Euro, British Pound, Japanese Yen, US Dollar." in text
    assert "On 51 photos that it never learned from, it was right 94 % of the time." in text
    assert "A photo cannot tell whether a note is genuine" in text


async def test_help_shows_admins_more(bot: Bot) -> None:
    await bot.traveller.send("/help")
    assert "/retrain" not in (await bot.traveller.reply())["text"]
    await bot.admin.send("/help")
    assert "/retrain" in (await bot.admin.reply())["text"]


async def test_stats_count_what_one_did_and_admins_see_everybody(bot: Bot) -> None:
    await press(bot.traveller, "Right", await ask(bot.traveller))
    await press(bot.stranger, "3. Japanischer Yen", await ask(bot.stranger, picture("red")))
    await bot.stranger.send("/stats")
    assert (await bot.stranger.reply())["text"] == (
        "You sent 1 photo.\nYou told me about 1, and I had been right about 0.\nStill waiting for review: 1."
    )
    await bot.admin.send("/stats")
    text = (await bot.admin.reply())["text"]
    assert "Everybody: 2 users, 2 photos (1 sure, 1 unsure, 0 none of the known currencies)." in text
    assert "Data set: 1 Euro.\nWaiting for review: 1 Japanese Yen." in text


async def test_forget_deletes_pictures_and_rows(bot: Bot) -> None:
    await press(bot.traveller, "Right", await ask(bot.traveller))
    await bot.traveller.send("/forget")
    question = await bot.traveller.reply()
    assert question["text"] == everyone_texts.FORGET_ASK
    said = await press(bot.traveller, "Delete everything", question)
    assert said["text"].startswith("Deleted: what I kept about 1 photo, and 1 picture from the data set.")
    assert bot.files() == {}
    everybody = await bot.services.store.people.figures()
    assert (everybody.users, everybody.predictions, everybody.labels) == (0, {}, {})


async def test_forget_waits_for_the_photo_before_it(bot: Bot) -> None:
    await bot.traveller.send("/forget")
    question = await bot.traveller.reply()
    bot.sandbox.faults.delay(DOWNLOAD, 0.5)
    await bot.traveller.send_photo(picture("green"))
    await bot.traveller.press("Delete everything", message=question)
    await bot.traveller.until(lambda message: message["text"].startswith("Deleted: what I kept about 1 "))
    everybody = await bot.services.store.people.figures()
    assert (everybody.users, everybody.predictions) == (0, {})


async def test_forget_can_be_declined(bot: Bot) -> None:
    await press(bot.traveller, "Right", await ask(bot.traveller))
    await bot.traveller.send("/forget")
    assert (await press(bot.traveller, "Keep it", await bot.traveller.reply()))[
        "text"
    ] == everyone_texts.FORGET_KEPT
    assert bot.classes() == ["EUR"]


async def test_picture_that_another_person_sent_too_survives_forget(bot: Bot) -> None:
    await press(bot.traveller, "Right", await ask(bot.traveller))
    await press(bot.admin, "Right", await ask(bot.admin))
    await bot.traveller.send("/forget")
    await press(bot.traveller, "Delete everything", await bot.traveller.reply())
    assert bot.classes() == ["EUR"]


async def test_what_an_admin_said_of_anothers_photo_stays_as_nobodys(bot: Bot) -> None:
    answer = await ask(bot.stranger)
    await tap_as(bot, ADMIN, answer, "r:1")
    await bot.admin.send("/forget")
    await press(bot.admin, "Delete everything", await bot.admin.reply())
    label = await bot.services.store.labels.of(1)
    assert label and (label.user_id, label.label) == (None, "EUR")
    assert bot.classes() == ["EUR"]


async def test_nobody_forgets_for_another(bot: Bot) -> None:
    await press(bot.traveller, "Right", await ask(bot.traveller))
    await bot.traveller.send("/forget")
    await tap_as(bot, ADMIN, await bot.traveller.reply(), f"f:{TRUSTED}")
    assert bot.classes() == ["EUR"]


async def test_buttons_of_forgotten_photos_are_out_of_date(bot: Bot) -> None:
    answer = await ask(bot.traveller)
    await bot.traveller.send("/forget")
    await press(bot.traveller, "Delete everything", await bot.traveller.reply())
    alert = await bot.traveller.press("Right", message=answer)
    assert alert and alert["text"] == texts.OLD_BUTTON
    await ask(bot.traveller)
    alert = await bot.traveller.press("Right", message=answer)
    assert alert and alert["text"] == texts.OLD_BUTTON


def _scopes(bot: Bot) -> list[str]:
    calls = bot.sandbox.calls.of("setMyCommands")
    return [call.parameters.text("scope") or "" for call in calls if call.status == 200]


async def test_menu_offers_admins_more(bot: Bot) -> None:
    await bot.admin.send("/start")
    await bot.admin.reply()
    # Commands follow the greeting, and the chat's next answer follows them.
    await bot.admin.send("/help")
    await bot.admin.reply()
    assert any(str(ADMIN) in scope for scope in _scopes(bot))


async def test_answers_below_the_confidence_have_no_right_button(bot: Bot) -> None:
    assert "Right" not in buttons(await ask(bot.traveller, picture("red")))
