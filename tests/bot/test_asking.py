"""The bot asks where a label teaches most, and does not nag: ever more seldom if nobody answers."""

import asyncio

import pytest

from bot.answers import asking
from bot.answers.asking import EVERY, PAUSE_SECONDS, may_ask, reason
from bot.store.rows import Label, Past, Photo
from model.card import Card
from model.prediction import NONE, Prediction
from tests.bot.conftest import Bot, Start
from tests.bot.doubles import picture
from tests.bot.labels import hold
from tests.bot.test_corrections import ask, buttons, press

CARD = Card(
    "v1",
    "2026-01-01T00:00:00+00:00",
    "efficientnet-lite0",
    "head",
    None,
    ("EUR", "GBP", "JPY", NONE, "USD"),
    224,
    1.0,
    0.8,
    0.4,
    "0",
    "0",
    {"train": {"EUR": 100, "GBP": 100, "JPY": 29, NONE: 3, "USD": 100}},
    {"recall": {"EUR": 0.85, "GBP": 0.8, "JPY": 1.0, NONE: 0.5, "USD": None}},
)


def predicted(label: str, confidence: float = 0.99, known: float = 0.99, sure: bool = True) -> Prediction:
    return Prediction(label, confidence, known, sure, {label: confidence, "XXX": 1 - confidence}, "v1")


@pytest.mark.parametrize(
    ("prediction", "why"),
    [
        (predicted("USD"), None),
        (predicted("USD", confidence=0.84), "close"),
        (predicted("USD", confidence=0.86), None),
        (predicted("USD", known=0.5), "new"),
        (predicted("JPY"), "thin"),
        (predicted("GBP"), "weak"),
        (predicted("EUR"), None),  # weak too, but not the weakest
        (predicted("CHF"), None),  # the card does not say
        (predicted(NONE, known=0.01), None),
        (predicted(NONE, known=0.2), "new"),
        (predicted(NONE, confidence=0.84, known=0.01), "close"),
        (predicted("JPY", confidence=0.5, sure=False), None),  # asks by itself
    ],
)
def test_a_question_has_a_reason(prediction: Prediction, why: str | None) -> None:
    assert reason(prediction, CARD) == why


@pytest.mark.parametrize(
    ("past", "may"),
    [
        (Past(None, 0, 0), True),
        (Past(EVERY, PAUSE_SECONDS, 0), True),
        (Past(EVERY - 1, PAUSE_SECONDS, 0), False),
        (Past(EVERY, PAUSE_SECONDS - 1, 0), False),
        (Past(EVERY, PAUSE_SECONDS, 1), False),
        (Past(2 * EVERY, 2 * PAUSE_SECONDS, 1), True),
        (Past(8 * EVERY, 8 * PAUSE_SECONDS, 4), False),
        (Past(16 * EVERY, 16 * PAUSE_SECONDS, 99), True),
    ],
)
def test_nobody_is_nagged(past: Past, may: bool) -> None:
    assert may_ask(past) is may


async def remember(
    bot: Bot, number: int, asked: str | None, *, sure: bool = True, answered: bool = False
) -> None:
    photo = Photo(7, 7, number, 1_700_000_000, "file", f"unique{number}")
    stored = await bot.services.store.predictions.add(photo, predicted("EUR", sure=sure), asked)
    if answered:
        await hold(bot.services.store, Label(stored.id, 7, "EUR", "aa", "dataset"))


async def test_what_was_asked_is_looked_up(bot: Bot) -> None:
    past = bot.services.store.predictions.past
    assert await past(7) == Past(None, 0.0, 0)
    await remember(bot, 1, "thin", answered=True)
    await remember(bot, 2, "close")
    await remember(bot, 3, None, sure=False)
    await remember(bot, 4, None)
    found = await past(7)
    assert (found.photos_since, found.ignored) == (1, 2)
    assert 0 <= found.seconds_since < 60
    assert await past(8) == Past(None, 0.0, 0)
    await remember(bot, 5, "thin", answered=True)
    assert (await past(7)).ignored == 0


async def test_question_is_asked_once_in_a_while_and_buttons_stay(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "reason", lambda *_: "thin")
    monkeypatch.setattr(asking, "PAUSE_SECONDS", 0.0)
    async with start() as bot:
        answers = [await ask(bot.traveller, picture("green", number)) for number in range(EVERY + 2)]
        said = [answer["text"] for answer in answers]
        assert said[0] == (
            "Euro — 97 % sure\n\n"
            "Was I right? One tap teaches me: I have learned from few photos of this currency."
        )
        assert said[1:] == ["Euro — 97 % sure"] * (EVERY + 1)
        assert {tuple(buttons(answer)) for answer in answers} == {("Right", "Wrong", "Why?")}
        await press(bot.traveller, "Right", answers[0])
        again = await ask(bot.traveller, picture("green", 99))
        assert "Was I right?" in again["text"]


async def test_question_comes_back_with_the_answer_and_ends_with_a_label(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "reason", lambda *_: "close")
    async with start() as bot:
        answer = await ask(bot.traveller)
        await press(bot.traveller, "Wrong", answer)
        back = await press(bot.traveller, "Back")
        assert back["text"] == answer["text"]
        saved = await press(bot.traveller, "Right", back)
        assert "Was I right?" not in saved["text"]


async def test_many_photos_at_once_bring_one_question(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "reason", lambda *_: "thin")
    async with start() as bot:
        await bot.traveller.send_album([picture("green", number) for number in range(6)])
        answers = [await bot.traveller.reply() for _ in range(6)]
        await asyncio.sleep(0.1)
        assert sum("Was I right?" in answer["text"] for answer in answers) == 1
