"""A person at the page, in real Chromium: send, answer, correct, train, switch, reload."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright, expect

from bot.sandbox.person import Person
from bot.sandbox.server import SandboxServer
from tests.bot.sandbox.demo_bot import demo_bot, set_menu
from tests.bot.sandbox.pictures import picture

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]


@pytest.fixture
async def running_bot(sandbox: SandboxServer) -> AsyncIterator[None]:
    application = demo_bot(sandbox.url, "123456:TEST-token")
    assert application.updater is not None
    async with application:
        await set_menu(application)
        await application.updater.start_polling(poll_interval=0)
        await application.start()
        yield
        await application.updater.stop()
        await application.stop()


@pytest.fixture
async def page(sandbox: SandboxServer, running_bot: None) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console", lambda line: problems.append(line.text) if "Security Policy" in line.text else None
        )
        await page.goto(sandbox.page_url)
        yield page
        await browser.close()
        assert problems == []


async def test_a_whole_conversation(page: Page, traveller: Person) -> None:
    log = page.get_by_test_id("log")
    await page.get_by_test_id("start").click()
    await expect(log).to_contain_text("Send me a photo of a banknote")
    await expect(page.get_by_test_id("status")).to_have_text("online")

    await page.get_by_test_id("files").set_input_files(
        [
            {"name": "one.jpg", "mimeType": "image/jpeg", "buffer": picture(600, 400)},
            {"name": "two.png", "mimeType": "image/png", "buffer": picture(400, 400, "PNG")},
            {"name": "three.txt", "mimeType": "text/plain", "buffer": b"no picture"},
        ]
    )
    await expect(page.get_by_test_id("outbox")).to_contain_text("One goes as a file.")
    await page.get_by_test_id("caption").fill("what are these?")
    await page.get_by_test_id("outbox-send").click()
    await expect(page.get_by_test_id("key").filter(has_text="Wrong")).to_have_count(3)
    sent = [message for message in traveller.messages if message["from"]["id"] == 1001][1:]
    assert [sorted({"photo", "document"} & message.keys()) for message in sent] == [
        ["photo"],
        ["photo"],
        ["document"],
    ]
    assert sent[0]["media_group_id"] == sent[1]["media_group_id"]

    await page.get_by_test_id("key").filter(has_text="Wrong").last.click()
    await page.get_by_test_id("key").filter(has_text="Yen").click()
    await expect(page.get_by_test_id("alert")).to_contain_text("Saved. I learn from it")
    await page.get_by_test_id("alert-ok").click()
    await expect(log).to_contain_text("Noted. Thank you!")

    right = page.get_by_test_id("key").filter(has_text="Right").last
    await right.evaluate("key => key.isTheSame = true")  # made anew, it would be read out again
    await right.click()
    await expect(right).to_have_attribute("aria-busy", "true")
    assert await right.evaluate("key => key.isTheSame")
    await expect(page.get_by_test_id("toast")).to_have_text("Thank you!")


async def test_a_second_enter_presses_no_other_key(page: Page, traveller: Person) -> None:
    await traveller.send_photo(picture(400, 300))
    await page.get_by_test_id("key").filter(has_text="Wrong").focus()
    await page.keyboard.press("Enter")
    yen = page.get_by_test_id("key").filter(has_text="Yen")
    await expect(yen).to_be_visible()
    await expect(page.get_by_test_id("message").last).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert await page.evaluate(
        "document.activeElement.closest('li') === document.querySelector('#log').lastChild"
    )
    await expect(yen).to_have_attribute("aria-busy", "false")
    await expect(page.get_by_test_id("alert")).not_to_be_visible()


REMEMBER_READ_OUT = """
    window.readOut = [];
    const said = (item) => item.querySelector(".body").firstChild.textContent;
    const note = (item) => item.ariaLive !== "off" && window.readOut.push(said(item));
    new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach(note)))
        .observe(document.querySelector("#log"), { childList: true });
"""


async def test_progress_is_not_read_out_at_every_step(page: Page, traveller: Person) -> None:
    await traveller.send("hello")
    await expect(page.get_by_test_id("log")).to_contain_text("You said: hello")
    await page.evaluate(REMEMBER_READ_OUT)
    await traveller.send("/train")
    await expect(page.get_by_test_id("log")).to_contain_text("Trained in 4 epochs")
    said = await page.evaluate("window.readOut")
    assert [line for line in said if line.startswith("Train")] == [
        "Training ░░░░░░░░ 0 %",
        "Trained in 4 epochs",
    ]


async def test_what_was_pressed_for_is_read_out(page: Page, traveller: Person) -> None:
    await traveller.send_photo(picture(400, 300))
    await page.get_by_test_id("key").filter(has_text="Wrong").click()
    await expect(page.get_by_test_id("log")).to_contain_text("Sorry. What is it?")
    await page.evaluate(REMEMBER_READ_OUT)
    await page.get_by_test_id("key").filter(has_text="None of these").click()
    await expect(page.get_by_test_id("log")).to_contain_text("Not a coin, I hope")
    assert await page.evaluate("window.readOut") == ["Not a coin, I hope. What is it?"]


async def test_commands_progress_and_pictures(page: Page) -> None:
    await page.get_by_test_id("start").click()
    await page.get_by_test_id("text").fill("/tr")
    await expect(page.get_by_test_id("suggestions")).to_contain_text("Learn from the corrections")
    await page.get_by_test_id("text").press("Enter")

    await expect(page.get_by_test_id("log")).to_contain_text("Trained in 4 epochs")
    await expect(page.get_by_test_id("log").get_by_text("Training")).to_have_count(0)
    await page.get_by_test_id("photo").first.click()
    await expect(page.get_by_test_id("viewer")).to_contain_text("Accuracy over epochs")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("viewer")).not_to_be_visible()


async def test_pictures_are_whole(page: Page, traveller: Person) -> None:
    await traveller.send_photo(picture(1200, 600))
    await traveller.send_album([picture(600, 600), picture(900, 600)])

    await expect(page.get_by_test_id("photo")).to_have_count(3)
    photos = await page.get_by_test_id("photo").all()
    boxes = [await photo.evaluate("e => e.getBoundingClientRect().toJSON()") for photo in photos]
    assert [round(box["width"] / box["height"], 1) for box in boxes] == [2.0, 1.0, 1.5]
    assert boxes[1]["height"] == pytest.approx(boxes[2]["height"], abs=1)
    bubbles = await page.evaluate(
        "[...document.querySelectorAll('.bubble:has(.picture)')].map(e => e.getBoundingClientRect().toJSON())"
    )
    assert [box["right"] for box in boxes[::2]] <= [bubble["right"] for bubble in bubbles]


async def test_replies_personas_and_reload(page: Page, sandbox: SandboxServer, traveller: Person) -> None:
    await page.get_by_test_id("text").fill("hello <b>you</b>")
    await page.get_by_test_id("text").press("Enter")
    answer = page.get_by_test_id("message").filter(has_text="You said: hello <b>you</b>")
    await expect(answer).to_be_visible()
    await answer.get_by_test_id("reply").click()
    await page.get_by_test_id("text").fill("yen")
    await page.get_by_test_id("send").click()
    await expect(page.get_by_test_id("message").filter(has_text="You said: yen")).to_be_visible()
    mine = next(message for message in traveller.messages if message.get("text") == "yen")
    assert mine["reply_to_message"]["text"] == "You said: hello <b>you</b>"

    await page.get_by_test_id("persona-1002").click()
    await expect(page.get_by_test_id("empty")).to_contain_text("Hello, Admin")
    await traveller.send("from elsewhere")
    await expect(page.get_by_test_id("persona-1001")).to_contain_text("1")
    await page.reload()
    await expect(page.get_by_test_id("empty")).to_contain_text("Hello, Admin")
    await page.get_by_test_id("persona-1001").click()
    await expect(page.get_by_test_id("log")).to_contain_text("You said: from elsewhere")


async def test_what_a_page_cannot_send_stays_in_the_entry(page: Page, sandbox: SandboxServer) -> None:
    await page.route("**/api/chats/**", lambda route: route.fulfill(status=400, json={"error": "not today"}))

    await page.get_by_test_id("text").fill("hello")
    await page.get_by_test_id("send").click()

    await expect(page.get_by_test_id("toast")).to_have_text("not today")
    await expect(page.get_by_test_id("text")).to_have_value("hello")


async def test_what_a_page_cannot_send_still_answers_the_same_message(page: Page, traveller: Person) -> None:
    await page.get_by_test_id("text").fill("first")
    await page.get_by_test_id("text").press("Enter")
    answer = page.get_by_test_id("message").filter(has_text="You said: first")
    await answer.get_by_test_id("reply").click()
    await page.route("**/api/chats/**", lambda route: route.fulfill(status=400, json={"error": "not today"}))
    await page.get_by_test_id("text").fill("yen")
    await page.get_by_test_id("text").press("Enter")
    await expect(page.get_by_test_id("toast")).to_have_text("not today")
    await page.unroute("**/api/chats/**")
    await page.get_by_test_id("text").press("Enter")
    await expect(page.get_by_test_id("message").filter(has_text="You said: yen")).to_be_visible()
    mine = next(message for message in traveller.messages if message.get("text") == "yen")
    assert mine["reply_to_message"]["text"] == "You said: first"


async def test_a_dialog_says_itself_why_nothing_is_sent(page: Page) -> None:
    await page.route("**/api/chats/**", lambda route: route.fulfill(status=413, json={"error": "too large"}))
    await page.get_by_test_id("files").set_input_files(
        [{"name": "a.png", "mimeType": "image/png", "buffer": picture(64, 48, "PNG")}]
    )
    await page.get_by_test_id("outbox-send").click()
    await expect(page.get_by_test_id("outbox")).to_contain_text("too large")


async def test_tab_leaves_the_entry_and_sends_nothing(page: Page, traveller: Person) -> None:
    await page.get_by_test_id("text").fill("/sta")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.get_by_test_id("text").press("Tab")
    await expect(page.get_by_test_id("text")).not_to_be_focused()
    assert traveller.messages == []


async def test_what_came_while_the_connection_was_lost_is_new(
    page: Page, sandbox: SandboxServer, traveller: Person
) -> None:
    await page.get_by_test_id("persona-1002").click()
    async with sandbox.outage():
        await traveller.send("hello")
    await expect(page.get_by_test_id("persona-1001")).to_contain_text("1", timeout=15_000)
