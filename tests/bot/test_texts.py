"""What the bot says is plain, escaped, and never too sure; what buttons carry fits and comes back."""

from html import unescape
from html.parser import HTMLParser

import pytest

from bot import keyboards, texts
from bot.answers import texts as answer_texts
from bot.everyone import texts as everyone_texts
from bot.models import reports
from bot.store.rows import Answer, Figures, Label
from model.card import Card
from model.prediction import NONE, Verdict
from training.events import Failed, Progress, Started
from training.gate.report import Report

HOSTILE = "<script>&amp;" + "x" * 60


def answer(verdict: Verdict, *labels: str) -> Answer:
    scores = tuple((label, 1 / (2 + n)) for n, label in enumerate(labels))
    return Answer(7, 1, 2, 3, 4, "file", labels[0], scores[0][1], scores, verdict, "base")


class Tags(HTMLParser):
    """Collects the tags of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Remember a tag."""
        self.found.add(tag)


@pytest.mark.parametrize(
    ("share", "says"),
    [(1.0, "99 %"), (0.997, "99 %"), (0.97, "97 %"), (0.004, "under 1 %"), (0.0, "under 1 %")],
)
def test_no_photo_settles_anything(share: float, says: str) -> None:
    assert texts.percent(share) == says


@pytest.mark.parametrize("verdict", list(Verdict))
def test_names_from_strangers_are_escaped(verdict: Verdict) -> None:
    stored = answer(verdict, HOSTILE, NONE, "EUR")
    label = Label(7, 1, HOSTILE, "aa", "pending")
    said = [
        answer_texts.answer(stored, None, "en"),
        answer_texts.answer(stored, label, "en"),
        answer_texts.question(stored, "en"),
        answer_texts.why(stored, "mostly in the middle of the picture", HOSTILE, "en"),
        answer_texts.which_one([HOSTILE, "EUR"], "en"),
        answer_texts.not_understood(stored, "en"),
        reports.progress(Started(HOSTILE, {}, {}), Progress(HOSTILE, 1, 2), ""),
        reports.ended(Failed(HOSTILE)),
        reports.news(reports.News(HOSTILE, {HOSTILE: 2}, {HOSTILE: 1}, 1)),
    ]
    tags = Tags()
    for text in said:
        tags.feed(text)
    assert tags.found <= {"b", "code"}


@pytest.mark.parametrize("verdict", list(Verdict))
def test_hundreds_of_classes_fit(verdict: Verdict) -> None:
    stored = answer(verdict, *(f"{HOSTILE}{n}" for n in range(300)))
    markup = keyboards.choices(stored, "en")
    assert sum(len(row) for row in markup.inline_keyboard) <= 100
    assert max(len(str(b.callback_data).encode()) for row in markup.inline_keyboard for b in row) <= 64


@pytest.mark.parametrize("verdict", list(Verdict))
def test_no_message_is_too_long(verdict: Verdict) -> None:
    labels = [f"{n} {'&' * 56}" for n in range(300)]
    stored, counts = answer(verdict, *labels), dict.fromkeys(labels, 1)
    recalls = {label: {"count": 1, "candidate": 1.0, "current": 0.5} for label in labels}
    report = Report(
        "v2",
        "v1",
        300,
        {"candidate": 1.0, "current": 0.5},
        recalls,
        1,
        2,
        0.1,
        True,
        tuple(labels),
        set_aside=9,
    )
    nobody = Figures(1, {"sure": 1}, {}, 0)
    said = [
        answer_texts.answer(stored, None, "en"),
        answer_texts.answer(stored, Label(7, 1, labels[0], "aa", "pending"), "en"),
        answer_texts.question(stored, "en"),
        answer_texts.which_one(labels, "en"),
        everyone_texts.about(card(*labels)),
        everyone_texts.stats(nobody) + everyone_texts.stats_of_all(nobody, counts, counts, 1),
        reports.report(report) + reports.promoted("v2", "v1"),
        reports.news(reports.News("v1", counts, counts, 1)) + reports.progress(None, None, ""),
        reports.ended(Failed("x" * 5000)),
    ]
    assert [text for text in said if len(unescape(text)) > 4096] == []


@pytest.mark.parametrize(
    ("current", "says"),
    [
        (None, "Accuracy 98 % → <b>97 %</b>, on the 500 whose class v1 knows."),
        (1.0, "Accuracy 98 % → <b>97 %</b>."),
    ],
)
def test_report_says_on_how_many_pictures_two_models_are_compared(current: float | None, says: str) -> None:
    recalls = {
        "EUR": {"count": 500, "candidate": 0.97, "current": 0.98},
        "THB": {"count": 30, "candidate": 0.9, "current": current},
    }
    accuracy = {"candidate": 0.97, "current": 0.98}
    found = Report("v2", "v1", 530, accuracy, recalls, 0, 5, 0.1, True, ())
    assert reports.report(found).splitlines()[:2] == ["<b>v2</b>, measured on 530 held-out pictures:", says]


@pytest.mark.parametrize(
    "text", [texts.NOT_YOURS, texts.OLD_BUTTON, texts.ADMINS_ONLY, answer_texts.EXPLAINED]
)
def test_alerts_fit(text: str) -> None:
    assert len(text) <= 200


@pytest.mark.parametrize(
    ("label", "confidence", "says"),
    [
        ("USD", 0.97, "I am not sure. <b>US Dollar</b> fits best, but I may not know this kind of money."),
        (NONE, 0.97, "I am not sure. It is probably <b>none of the currencies I know</b>."),
        (NONE, 0.4, "I am not sure. No currency I know 40 %, Euro 1 %."),
        ("USD", 0.95, "I am not sure. US Dollar 95 %, Euro 1 %."),
    ],
)
def test_doubt_and_a_high_number_are_not_said_together(label: str, confidence: float, says: str) -> None:
    scores = ((label, confidence), ("EUR", 0.01))
    stored = Answer(7, 1, 2, 3, 4, "file", label, confidence, scores, Verdict.UNSURE, "base")
    assert answer_texts.answer(stored, None, "en") == f"{says} Which one is it?"


def test_classes_that_are_no_currencies_are_not_called_so() -> None:
    assert "It knows 2 currencies: Euro, Japanese Yen." in everyone_texts.about(card("EUR", "JPY", NONE))
    assert "It knows 2 kinds of money: Euro, Monopoly." in everyone_texts.about(card("EUR", "Monopoly", NONE))


def card(*labels: str) -> Card:
    figures = {"accuracy": 0.9, "recall": dict.fromkeys(labels, 0.9)}
    return Card("v1", "2026-01-01", "seed-cnn", "full", None, labels, 180, 1.0, 0.9, 0.5, "", "", {}, figures)


def test_list_and_buttons_have_the_same_numbers() -> None:
    stored = answer(Verdict.SURE, "EUR", NONE, "JPY")
    assert answer_texts.question(stored, "en").splitlines()[-3:] == [
        "1. Euro (my answer)",
        "2. None of these",
        "3. Japanese Yen",
    ]
    buttons = [
        (b.text, b.callback_data) for row in keyboards.choices(stored, "en").inline_keyboard for b in row
    ]
    assert buttons == [("3. Japanese Yen", "c:7:3"), ("2. None of these", "c:7:2"), ("Back", "b:7")]


def test_none_can_be_chosen_where_the_model_does_not_know_it() -> None:
    assert texts.choices(answer(Verdict.SURE, "EUR", "JPY")) == ["EUR", "JPY", NONE]


@pytest.mark.parametrize(
    "data", [None, "", "r", "r:", "r:x", "r:1:2:3", "R:1", "r:-1", "r:" + "9" * 19, "r:١"]
)
def test_forged_buttons_carry_nothing(data: str | None) -> None:
    assert keyboards.read_tap(data) is None


def test_button_comes_back_as_it_went_out() -> None:
    assert keyboards.read_tap("c:12:3") == keyboards.Tap("c", 12, 3)
    assert keyboards.read_tap("r:12") == keyboards.Tap("r", 12)


def test_long_version_names_get_no_button() -> None:
    assert keyboards.models(["v" * 64], None) is None


@pytest.mark.parametrize(("done", "total"), [(0, 0), (5, 2), (-1, 2)])
def test_progress_bar_stays_in_bounds(done: int, total: int) -> None:
    line = reports.progress(None, Progress("fitting", done, total), "").splitlines()[-1]
    assert len(line) == reports.BAR
