"""Takes the pictures of the README from the chat page itself: `make pictures`.

The demo runs as for anybody, in an empty folder. The notes are drawn, so that nobody's photo is published;
what the model says of each is asked first, because the pictures shall show a right answer, a wrong one
and one that is not sure.
"""

import colorsys
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, ViewportSize, expect, sync_playwright

from bot.cli.sandboxed import ADMIN, TRAVELLER
from model.labels import display_name
from tests.e2e import banknote
from tests.e2e.banknote import Colour, Note
from tests.e2e.demo import PATIENCE_S, PROJECT, running_demo

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
DESKTOP: ViewportSize = {"width": 1200, "height": 1034}
ADMINS: ViewportSize = {"width": 620, "height": 864}
PHONE: ViewportSize = {"width": 390, "height": 844}
SCALE = 1.5
COLOURS = 256
"""A palette keeps the files small in a history that remembers every one of them."""

PRINTED = {"EUR": ("50", "EURO"), "GBP": ("10", "POUNDS"), "JPY": ("1000", "YEN"), "USD": ("5", "DOLLARS")}
HUES = 8
LIGHT = ((0.26, 0.72), (0.1, 0.4))
"""Lightness of ink and paper by day and in the dusk, where the model is less sure."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A drawn photo and what the model says about it.

    Args:
        photo: The JPEG.
        label: What is printed on the note.
        answer: What the model takes it for.
        confidence: How surely, 0 to 1.
        is_sure: Whether the chat would say so without a question mark.
    """

    photo: bytes
    label: str
    answer: str
    confidence: float
    is_sure: bool


def main() -> None:
    """Write chat.png, retrain.png and phone.png beside this file."""
    notes = sorted(_ask_about(_draw()), key=lambda shown: -shown.confidence)
    right = [shown for shown in notes if shown.is_sure and shown.answer == shown.label]
    wrong = [shown for shown in notes if shown.is_sure and shown.answer in set(PRINTED) - {shown.label}]
    unsure = [shown for shown in notes if not shown.is_sure and shown.answer in PRINTED]
    if not (right and wrong and unsure):
        sys.exit("The model is never right, never wrong or always sure about the drawn notes: draw others.")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    expect.set_options(timeout=1000 * PATIENCE_S)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder)) as demo,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        _chat(_open(browser, demo.page_url, DESKTOP), right[0], wrong[0])
        _retrain(_open(browser, demo.page_url, ADMINS), right[1:4])
        _phone(_open(browser, demo.page_url, PHONE, dark=True), unsure[-1])
        browser.close()


def _draw() -> list[tuple[str, bytes]]:
    """Notes of every kind and colour, each with the class that is printed on it."""
    drawn = []
    for label, (value, words) in PRINTED.items():
        for (ink, paper), step in product(LIGHT, range(HUES)):
            note = Note(value, words, ink=_colour(step / HUES, ink), paper=_colour(step / HUES, paper))
            drawn.append((label, banknote.photo(note, step, (1280, 720))))
    return drawn


def _colour(hue: float, lightness: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, 0.45)
    return round(255 * red), round(255 * green), round(255 * blue)


def _ask_about(drawn: list[tuple[str, bytes]]) -> list[Shown]:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"{number}.jpg") for number in range(len(drawn))]
        for file, (_, photo) in zip(files, drawn, strict=True):
            file.write_bytes(photo)
        command = [str(Path(sys.executable).with_name("currency-bot")), "predict", "--json", *map(str, files)]
        said = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)  # noqa: S603
    answers = map(json.loads, said.stdout.splitlines())
    return [
        Shown(photo, label, answer["label"], answer["confidence"], answer["sure"])
        for (label, photo), answer in zip(drawn, answers, strict=True)
    ]


def _chat(page: Page, right: Shown, wrong: Shown) -> None:
    """A right answer, and a wrong one that is corrected."""
    page.get_by_test_id("start").click()
    _send(page, right)
    answer = _send(page, wrong)
    answer.get_by_test_id("key").filter(has_text="Wrong").click()
    answer.get_by_test_id("key").filter(has_text=display_name(wrong.label, "en")).click()
    expect(answer).to_contain_text("Thank you!")
    _take(page, "chat.png")


def _retrain(page: Page, labelled: list[Shown]) -> None:
    """A training run that has ended: the report and its plots."""
    for shown in labelled:
        answer = _send(page, shown)
        answer.get_by_test_id("key").filter(has_text="Right").click()
        expect(answer).to_contain_text("Thank you!")
    page.get_by_test_id(f"persona-{ADMIN.user_id}").click()
    page.get_by_test_id("text").fill("/retrain")
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("log")).to_contain_text(re.compile("answers from now on|did not pass"))
    expect(page.get_by_test_id("photo")).to_have_count(2)
    _take(page, "retrain.png")


def _phone(page: Page, unsure: Shown) -> None:
    """An answer that is not sure and offers three classes."""
    page.get_by_test_id(f"persona-{TRAVELLER.user_id}").click()
    expect(_send(page, unsure)).to_contain_text("I am not sure.")
    _take(page, "phone.png")


def _open(browser: Browser, url: str, size: ViewportSize, *, dark: bool = False) -> Page:
    page = browser.new_page(
        viewport=size,
        device_scale_factor=SCALE,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        locale="en-GB",
    )
    page.goto(url)
    expect(page.get_by_test_id("status")).to_have_text("online")
    return page


def _send(page: Page, shown: Shown) -> Locator:
    """Send a photo and return the bot's answer to it."""
    answers = page.locator(".in").filter(has=page.get_by_test_id("quote"))
    before = answers.count()
    photo: FilePayload = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": shown.photo}
    page.get_by_test_id("files").set_input_files([photo])
    page.get_by_test_id("outbox-send").click()
    expect(answers).to_have_count(before + 1)
    return answers.nth(before)


def _take(page: Page, name: str) -> None:
    page.mouse.move(0, 0)  # or what lies below the pointer would be marked
    page.locator("body").evaluate("() => document.activeElement.blur()")
    page.get_by_test_id("log").evaluate(
        "log => Promise.all([...log.querySelectorAll('img')].map(image => image.decode()))"
    )
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.FLOYDSTEINBERG).save(HERE / name, optimize=True)


if __name__ == "__main__":
    main()
