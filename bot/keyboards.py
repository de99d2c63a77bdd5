"""How a button is made and read, and the buttons of parts that have no `keyboards` of their own.

Pure: values in, Telegram's keyboards out. What a button carries is a verb of one or two letters and the id
of a row (`c:<prediction>:<number>`), never a label: labels can be longer than Telegram's 64 bytes, and ids
still mean the same after a restart.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot import texts
from bot.store.rows import Answer, Class, Label
from model.prediction import NONE, Verdict

RIGHT, WRONG, CHOOSE, BACK, UNDO = "r", "w", "c", "b", "u"
WHY = "y"
NAME, UNKNOWN, NO_MONEY = "nm", "nu", "nn"
FORGET, KEEP = "f", "k"
CANCEL, PROMOTE, DISCARD = "x", "p", "d"
USE, ROLL_BACK = "m", "l"
THANK_NOT, THANK_AGAIN = "tn", "ta"

MAX_DATA = 64
"""Bytes of `callback_data`."""
MAX_TEXT = 64
"""Characters on a button; a longer name is cut."""

_TAP = re.compile(r"([a-z]{1,2}):(\d{1,18})(?::(\d{1,18}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Tap:
    """What a pressed button carries.

    Attributes:
        verb: What it does, one or two letters that name it.
        id: Id of the row that it is about.
        number: Which of several choices, or the row that is chosen.
    """

    verb: str
    id: int
    number: int = 0


def read_tap(data: str | None) -> Tap | None:
    """Read what a button carries; None for anything that no button of ours does."""
    match = _TAP.fullmatch(data or "")
    return Tap(match[1], int(match[2]), int(match[3] or 0)) if match else None


def button(text: str, verb: str, *numbers: int) -> InlineKeyboardButton:
    """A button that carries a verb and the numbers that follow it, as `read_tap` reads them."""
    return InlineKeyboardButton(text[:MAX_TEXT], callback_data=":".join([verb, *map(str, numbers)]))


def pairs(buttons: Sequence[InlineKeyboardButton]) -> list[Sequence[InlineKeyboardButton]]:
    """Rows of two buttons each."""
    return [buttons[i : i + 2] for i in range(0, len(buttons), 2)]


def answer(stored: Answer, label: Label | None, locale: str) -> InlineKeyboardMarkup:
    """The buttons below an answer."""
    why = [button("Why?", WHY, stored.id)]
    if label:
        unnamed = label.label == NONE and label.suggestion is None
        which = () if label.row is None else (label.row,)  # so that a second tap undoes nothing else
        return _rows(_no_name(stored) if unnamed else [], [button("Undo", UNDO, stored.id, *which)], why)
    match stored.verdict:
        case Verdict.SURE:
            return _rows([button("Right", RIGHT, stored.id), button("Wrong", WRONG, stored.id)], why)
        case Verdict.NONE:
            return _rows([button("Right", RIGHT, stored.id), button("It is …", WRONG, stored.id)], why)
        case Verdict.UNSURE:
            best = [
                [_choice(stored, number, locale)]
                for number in range(1, min(texts.BEST, len(stored.scores)) + 1)
            ]
            return _rows(*best, [button("Something else", WRONG, stored.id)], why)


def choices(stored: Answer, locale: str) -> InlineKeyboardMarkup:
    """The classes that an answer can be corrected to: most probable first, none of these, back.

    Below an answer that says "none of these" itself, it is there as other money, to be named.
    """
    numbered = texts.numbered(stored)
    others = [n for n, label in numbered if label != NONE and (label != stored.label or not _stated(stored))]
    buttons = [_choice(stored, number, locale) for number in others[: texts.MAX_LISTED]]
    none = [_choice(stored, number, locale) for number, label in numbered if label == NONE]
    if stored.label == NONE:
        none = [InlineKeyboardButton("Other money", callback_data=none[0].callback_data)]
    return _rows(*pairs(buttons), none, [button("Back", BACK, stored.id)])


def names(stored: Answer, found: Sequence[Class], locale: str) -> InlineKeyboardMarkup:
    """The currencies of which a person may mean one."""
    buttons = [button(texts.plain_name(each.name, locale), NAME, stored.id, each.id) for each in found]
    return _rows(*pairs(buttons), _no_name(stored))


def forget(user_id: int) -> InlineKeyboardMarkup:
    """Whether to delete all that a person sent."""
    return _rows([button("Delete everything", FORGET, user_id), button("Keep it", KEEP, user_id)])


def thanks(user_id: int, *, wanted: bool) -> InlineKeyboardMarkup:
    """Below the news that a person's pictures help: whether to send such messages."""
    if wanted:
        return _rows([button("No such messages", THANK_NOT, user_id)])
    return _rows([button("Send them again", THANK_AGAIN, user_id)])


def cancel(run_id: int) -> InlineKeyboardMarkup:
    """Below the progress of a training run."""
    return _rows([button("Cancel", CANCEL, run_id)])


def candidate(run_id: int) -> InlineKeyboardMarkup:
    """Below the report of a version that did not pass the gate."""
    return _rows([button("Promote anyway", PROMOTE, run_id), button("Discard", DISCARD, run_id)])


def models(versions: list[str], earlier: str | None) -> InlineKeyboardMarkup | None:
    """Below the list of versions.

    Args:
        versions: Those that could answer instead of the present one.
        earlier: The one that a roll back leads to, if any. The button carries it, so that a second tap
            on the same button does not roll back twice.
    """
    rows = [
        [InlineKeyboardButton(f"{verb} {version}", callback_data=data)]
        for verb, letter, version in [
            *([("Roll back to", ROLL_BACK, earlier)] if earlier else []),
            *(("Use", USE, version) for version in versions),
        ]
        if len((data := f"{letter}:{version}").encode()) <= MAX_DATA
    ]
    return InlineKeyboardMarkup(rows) if rows else None


def _no_name(stored: Answer) -> list[InlineKeyboardButton]:
    return [button("I don't know", UNKNOWN, stored.id), button("It is no money", NO_MONEY, stored.id)]


def _stated(stored: Answer) -> bool:
    return stored.verdict is not Verdict.UNSURE


def _choice(stored: Answer, number: int, locale: str) -> InlineKeyboardButton:
    text = f"{number}. {texts.plain_name(texts.choices(stored)[number - 1], locale)}"
    return button(text, CHOOSE, stored.id, number)


def _rows(*rows: Sequence[InlineKeyboardButton]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([row for row in rows if row])
