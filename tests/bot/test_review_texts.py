"""Captions and buttons of /review and /people fit and are escaped, whatever people call their classes."""

import re
from dataclasses import replace
from html import unescape

import pytest

from bot import texts
from bot.keyboards import MAX_DATA, read_tap
from bot.labels.takeout import Takeout
from bot.people import keyboards as people_keyboards
from bot.people import texts as people_texts
from bot.review import keyboards as review_keyboards
from bot.review import texts as review_texts
from bot.store.rows import Answer, Contributor, Decision, Held, Label, Waiting
from model.prediction import NONE, Verdict
from tests.bot.test_texts import Tags

HUGE = 10**18 - 1
"""The largest id that a button carries."""
CLASSES = [f"<b>&{n:03}{'&' * 50}" for n in range(90)]
SCORES = tuple((label, 0.01) for label in CLASSES)
STORED = Answer(HUGE, 1, 2, 3, 4, "file", CLASSES[0], 1.0, SCORES, Verdict.UNSURE, "base")
PEOPLE = {person: Contributor(person, 10**6, 10**6, 10**6, 10**6) for person in range(HUGE - 90, HUGE)}


def waiting(*classes: str) -> Waiting:
    held = [
        Held(HUGE - n, Label(1, person, label, "aa", "pending"))
        for n, (person, label) in enumerate(
            (person, label) for label in classes for person in range(HUGE - 90, HUGE)
        )
    ]
    return Waiting(tuple(held), tuple(CLASSES), tuple(CLASSES), disputed=True)


SAID = [
    review_texts.item(waiting(*CLASSES[:9]), dict.fromkeys(CLASSES, True), STORED, PEOPLE, 10**6, "en"),
    review_texts.item(waiting(NONE), {}, STORED, {}, 0, "en"),
    review_texts.which_class(STORED, "en"),
    *(
        review_texts.settled(Decision(1, kind, 2, label, "now", False), 1, "en")
        for kind in ("review", "agreement", "takeout")
        for label in (None, CLASSES[0])
    ),
]


@pytest.mark.parametrize("caption", SAID)
def test_captions_fit_and_are_escaped(caption: str) -> None:
    assert len(unescape(re.sub("</?b>", "", caption))) <= 1024  # Telegram counts what is read
    tags = Tags()
    tags.feed(caption)
    assert tags.found <= {"b"}


def test_word_of_somebody_who_was_forgotten_is_said_to_be_that() -> None:
    held = Held(1, Label(1, None, "EUR", "aa", "pending"))
    item = review_texts.item(Waiting((held,), (), (), disputed=False), {}, STORED, {}, 0, "en")
    assert "Euro: said by somebody who was forgotten since." in item


def test_lists_of_people_fit_and_are_escaped() -> None:
    page = list(PEOPLE.values())[:8]
    change = Takeout(dict.fromkeys(CLASSES, 1), 10**6, 10**6)
    tags = Tags()
    for text in (
        people_texts.people(page, 1, 10**6, PEOPLE),
        people_texts.ask(HUGE, change),
        people_texts.taken_out(HUGE, change),
    ):
        assert len(unescape(text)) <= 4096
        tags.feed(text)
    assert tags.found == {"b"}


def test_buttons_fit_and_come_back() -> None:
    keyboards = [
        review_keyboards.item(waiting(*CLASSES[:9]), "en"),
        review_keyboards.classes(HUGE, STORED, "en"),
        review_keyboards.decided(Decision(HUGE, "review", 2, None, "now", False)),
        people_keyboards.people(list(PEOPLE.values())[:8], 1, True),
        people_keyboards.ask(HUGE),
    ]
    pressed = [button for markup in keyboards if markup for row in markup.inline_keyboard for button in row]
    assert all(len(str(button.callback_data).encode()) <= MAX_DATA for button in pressed)
    assert all(read_tap(str(button.callback_data)) for button in pressed)
    assert len(keyboards[1].inline_keyboard if keyboards[1] else []) <= 50


def test_class_that_was_learned_since_it_was_opened_is_shown_once_by_its_first_number() -> None:
    scores = (("JPY", 0.5), ("EUR", 0.3), (NONE, 0.2))
    stored = replace(STORED, label="JPY", scores=scores, opened=("EUR", "THB"))
    assert texts.choices(stored) == ["JPY", "EUR", NONE, "EUR", "THB"]
    shown = ["1. Japanese Yen", "2. Euro", "3. None of these", "5. Thai Baht"]
    assert review_texts.which_class(stored, "en").splitlines()[1:] == shown
    rows = review_keyboards.classes(9, stored, "en").inline_keyboard[:-1]
    carried = ["rc:9:1", "rc:9:2", "rc:9:3", "rc:9:5"]
    pressed = [(button.text, button.callback_data) for row in rows for button in row]
    assert pressed == list(zip(shown, carried, strict=True))


def test_each_class_is_approved_by_a_label_that_says_it() -> None:
    held = [Held(n, Label(n, n, label, "aa", "pending")) for n, label in enumerate(("EUR", "JPY", "EUR"), 1)]
    markup = review_keyboards.item(Waiting(tuple(held), (), (), disputed=True), "en")
    approve = [(row[0].text, row[0].callback_data) for row in markup.inline_keyboard[:2]]
    assert approve == [("Approve Euro", "ra:1"), ("Approve Japanese Yen", "ra:2")]


def test_what_people_agreed_on_has_no_undo() -> None:
    assert review_keyboards.decided(Decision(1, "agreement", None, "EUR", "now", False)) is None
