"""A currency that the model never saw: named by people, opened by an admin, known after one /retrain.

The real bot, the base model and the real training process; over plain HTTP, then once in the browser.
"""

import re

import pytest
from playwright.async_api import Page, expect

from model.registry import Registry
from tests.e2e import banknote
from tests.e2e.demo import Demo, Json, buttons
from tests.e2e.test_the_whole_story import message_of, press, said, say, send_photo

pytestmark = pytest.mark.timeout(400)

ENOUGH = 10
BAHT = banknote.Note("100", "BAHT", ink=(120, 20, 40), paper=(240, 130, 140))
FORINT = banknote.Note("500", "FORINT", ink=(60, 30, 90), paper=(190, 160, 220))


def classes(demo: Demo) -> list[str]:
    return sorted(name.partition("/")[0] for name in demo.kept())


def sheet_after(demo: Demo, message: Json) -> Json:
    """Wait for the contact sheet that the admin gets after a message."""
    later = demo.admin.following(message)
    assert "photo" in later, later
    return later


def test_named_opened_and_known_after_one_retraining(demo: Demo) -> None:
    traveller, admin = demo.traveller, demo.admin
    for number in range(ENOUGH):
        (photo,) = traveller.send(("note.jpg", banknote.photo(BAHT, number)))
        answer = traveller.reply(photo)
        traveller.say("Thai baht")
        told = traveller.becomes(answer, "You say that it is Thai Baht.")
        assert "Saved as None of these. Thank you!" in told["text"]
    assert classes(demo) == ["NONE"] * ENOUGH

    listed = admin.following(admin.say("/classes"))
    assert "Thai Baht (THB): 10 pictures from 1 person" in listed["text"]
    admin.press("Open Thai Baht (10)", listed)
    sheet = sheet_after(demo, listed)
    assert sheet["caption"].startswith("10 pictures, named by 1 person, to become Thai Baht (THB).")
    admin.press("Yes, take these 10", sheet)
    admin.until(lambda messages: any("is open. It holds 10" in m.get("caption", "") for m in messages))
    assert classes(demo) == ["THB"] * ENOUGH

    # Not known yet, but offered.
    (photo,) = traveller.send(("note.jpg", banknote.photo(BAHT, 50)))
    answer = traveller.reply(photo)
    traveller.press(next(b["text"] for b in buttons(answer) if b["text"] in CORRECT), answer)
    menu = traveller.becomes(answer, "reply with its name or number")
    assert any("Thai Baht" in button["text"] for button in buttons(menu))

    run = admin.following(admin.say("/retrain"))
    assert "10 new pictures (10 Thai Baht)" in run["text"]
    run = admin.becomes(run, "measured on")
    if any("Promote anyway" in button["text"] for button in buttons(run)):
        admin.press("Promote anyway", run)
    admin.becomes(run, "v1 answers from now on.")
    assert "THB" in Registry(demo.folder / "models").card("v1").labels

    (photo,) = traveller.send(("note.jpg", banknote.photo(BAHT, 51)))
    assert re.match(r"(I am not sure\. )?Thai Baht", traveller.reply(photo)["text"])
    thanks = traveller.until(
        lambda messages: next((m for m in messages if "of your pictures helped" in m.get("text", "")), None)
    )
    assert "model v1 answers now" in thanks["text"]
    traveller.press("No such messages", thanks)
    traveller.becomes(thanks, "I will not tell you any more")


CORRECT = ("Wrong", "It is …", "Something else")


@pytest.mark.browser
async def test_named_and_opened_in_the_browser(page: Page) -> None:
    answer = await send_photo(page, banknote.photo(FORINT, 1))
    await press(answer, re.compile("|".join(CORRECT)))
    await expect(answer).to_contain_text("reply with its name or number")
    await press(answer, re.compile("None of these|Other money"))
    await expect(answer).to_contain_text("What is it? If you know, reply with its name")
    await answer.get_by_test_id("reply").click()
    await say(page, "forint")
    await expect(answer).to_contain_text("You say that it is Hungarian Forint.")

    await page.get_by_test_id("persona-1002").click()
    await say(page, "/classes")
    listed = await message_of(said(page, "Hungarian Forint (HUF): 1 picture from 1 person, 9 missing"))
    photos = await page.get_by_test_id("photo").count()
    await press(listed, "Open Hungarian Forint early (1)")
    await expect(page.get_by_test_id("photo")).to_have_count(photos + 1)
    sheet = await message_of(said(page, "to become Hungarian Forint"))
    await press(sheet, "Open it all the same, with this")
    await expect(sheet).to_contain_text("Hungarian Forint (HUF) is open. It holds 1 picture")
    await expect(sheet.get_by_test_id("key")).to_have_count(0)

    await page.get_by_test_id("persona-1001").click()
    await expect(answer).to_contain_text("You say that it is Hungarian Forint.")
    answer = await send_photo(page, banknote.photo(banknote.TWENTY, 2))
    await press(answer, re.compile("|".join(CORRECT)))
    await expect(answer).to_contain_text("Hungarian Forint")


@pytest.mark.browser
async def test_added_filled_thinned_out_and_renamed_in_the_browser(page: Page, demo: Demo) -> None:
    await page.get_by_test_id("persona-1002").click()
    await say(page, "/classes add Toy money")
    asked = await message_of(said(page, "Shall I offer Toy money"))
    await press(asked, "Open it")
    await expect(asked).to_contain_text("Toy money is open.")

    await page.get_by_test_id("persona-1001").click()
    for seed in (31, 32):
        answer = await send_photo(page, banknote.photo(FORINT, seed))
        await press(answer, re.compile("|".join(CORRECT)))
        await press(answer, "Toy money")
        await expect(answer).to_contain_text("Saved as Toy money. Thank you!")
    assert classes(demo).count("Toy money") == 2

    await page.get_by_test_id("persona-1002").click()
    await say(page, '/classes rename "Toy money" "Play money"')
    asked = await message_of(said(page, "Shall Toy money (2 pictures) be called Play money?"))
    await press(asked, "Rename it")
    await expect(asked).to_contain_text("Toy money is Play money now, with 2 pictures.")
    assert (classes(demo).count("Toy money"), classes(demo).count("Play money")) == (0, 2)
