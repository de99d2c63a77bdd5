"""In the browser: a wrong answer is corrected with a button, the admin retrains, the new version answers.

The training process is the real one; whether its version passes the gate is the gate's business, so
both ways lead on.
"""

import hashlib
import re
import sqlite3
from contextlib import closing

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from model.registry import BASE, Registry
from tests.e2e import banknote
from tests.e2e.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


async def test_the_whole_story(page: Page, demo: Demo) -> None:
    await page.get_by_test_id("start").click()
    await expect(said(page, "Send me a photo of a banknote")).to_be_visible()

    # A correction, kept byte for byte.
    answer = await send_photo(page, banknote.photo(banknote.THOUSAND, 1))
    await press(answer, re.compile("Wrong|It is …|Something else"))
    await expect(answer).to_contain_text("Which one is it?")
    await press(answer, "Japanese Yen")
    await expect(answer).to_contain_text("Saved as Japanese Yen. Thank you!")
    assert last_photo_kept_as(demo) == "JPY"

    # The admin retrains; one message tells how far it is, and then how it went.
    await page.get_by_test_id("persona-1002").click()
    await say(page, "/retrain")
    run = await message_of(said(page, "Training starts"))
    await expect(run).to_contain_text("1 new picture (1 Japanese Yen)")
    # So little is learned faster than a page is looked at; tests/bot/test_retraining.py follows the progress.
    await expect(run).to_contain_text("v1, measured on")
    await expect(run).to_contain_text(re.compile("v1 (answers from now on|is kept but does not answer)"))
    await expect(page.get_by_test_id("photo")).to_have_count(2)
    for plot in await page.get_by_test_id("photo").locator("img").all():
        assert await plot.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
    if await run.get_by_test_id("key").filter(has_text="Promote anyway").count():
        await press(run, "Promote anyway")
    await expect(run).to_contain_text("v1 answers from now on.")

    # The next answer is the new version's.
    await page.get_by_test_id("persona-1001").click()
    await send_photo(page, banknote.photo(banknote.THOUSAND, 2))
    assert last_model(demo) == "v1"
    await say(page, "/about")
    await expect(said(page, "Model v1 ")).to_be_visible()

    # Back with a button.
    await page.get_by_test_id("persona-1002").click()
    await say(page, "/models")
    models = await message_of(said(page, "newest first"))
    await press(models, "Roll back to base")
    await expect(models).to_contain_text("base — answers now")
    assert Registry(demo.folder / "models").in_use() == BASE
    await page.get_by_test_id("persona-1001").click()
    await send_photo(page, banknote.photo(banknote.THOUSAND, 3))
    assert last_model(demo) == BASE


async def test_training_is_cancelled_with_a_button(page: Page, demo: Demo) -> None:
    before = Registry(demo.folder / "models").in_use()
    answer = await send_photo(page, banknote.photo(banknote.TWENTY, 4))
    await press(answer, re.compile("Right|1. "))
    await expect(answer).to_contain_text("Thank you!")

    await page.get_by_test_id("persona-1002").click()
    await say(page, "/retrain")
    run = await message_of(said(page, "Training starts"))
    await press(run, "Cancel")
    await expect(run).to_contain_text(
        "Training was cancelled by Admin (1002). The model in use has not changed."
    )
    await expect(run.get_by_test_id("key")).to_have_count(0)
    assert Registry(demo.folder / "models").in_use() == before


async def test_whole_network_is_not_retrained_without_its_pictures(page: Page, demo: Demo) -> None:
    await page.get_by_test_id("persona-1002").click()
    await say(page, "/retrain full")
    await expect(said(page, "of the pictures that the model learned from are not here")).to_be_visible()
    await say(page, "/retrain everything")
    await expect(said(page, "Send /retrain to learn from new corrections")).to_be_visible()


def said(page: Page, words: str) -> Locator:
    """The last message with these words."""
    return page.get_by_test_id("message").filter(has_text=words).last


async def message_of(found: Locator) -> Locator:
    """The same message whatever it is edited to."""
    message_id = await found.get_attribute("data-message-id")
    return found.page.locator(f'[data-message-id="{message_id}"]')


async def say(page: Page, text: str) -> None:
    await page.get_by_test_id("text").fill(text)
    await page.get_by_test_id("text").press("Enter")


async def press(message: Locator, button: str | re.Pattern[str]) -> None:
    await message.get_by_test_id("key").filter(has_text=button).first.click()


async def send_photo(page: Page, data: bytes) -> Locator:
    """Send a photo through the page and return the bot's answer to it."""
    answers = page.locator(".in").filter(has=page.get_by_test_id("quote"))
    before = await answers.count()
    photo: FilePayload = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": data}
    await page.get_by_test_id("files").set_input_files([photo])
    await page.get_by_test_id("outbox-send").click()
    await expect(answers).to_have_count(before + 1)
    return await message_of(answers.last)


def last_photo_kept_as(demo: Demo) -> str:
    """The class folder that holds the very bytes of the last photo, under their hash."""
    photo = next(message for message in reversed(demo.traveller.messages()) if "photo" in message)
    served = demo.traveller.file(photo["photo"][-1]["file_id"])
    (name,) = (name for name, data in demo.kept().items() if data == served)
    label, _, file = name.partition("/")
    assert file == f"{hashlib.sha256(served).hexdigest()}.jpg"
    return label


def last_model(demo: Demo) -> str:
    """The version that gave the newest answer."""
    with closing(sqlite3.connect(demo.folder / "currency-bot.db")) as db:
        (model,) = db.execute("SELECT model FROM predictions ORDER BY id DESC LIMIT 1").fetchone()
    return str(model)
