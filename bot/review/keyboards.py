"""The buttons of /review. What they carry is explained in `bot.keyboards`: here, a verb and a label's id."""

from telegram import InlineKeyboardMarkup

from bot.keyboards import button, pairs
from bot.review.texts import MOST_CLASSES
from bot.store.rows import Answer, Decision, Waiting
from bot.texts import MAX_LISTED, numbered, plain_name

APPROVE, REJECT, OTHER, CHOOSE, BACK, SKIP, STOP, UNDO = "ra", "rj", "ro", "rc", "rb", "rs", "rq", "ru"


def item(waiting: Waiting, locale: str) -> InlineKeyboardMarkup:
    """Below a picture that waits. To approve a class is to approve the oldest label that says so."""
    oldest: dict[str, int] = {}
    for each in waiting.labels:
        oldest.setdefault(each.said.label, each.id)
    approve = [
        [button(f"Approve {plain_name(label, locale)}", APPROVE, label_id)]
        for label, label_id in list(oldest.items())[:MOST_CLASSES]
    ]
    row = waiting.label_id
    return InlineKeyboardMarkup(
        [
            *approve,
            [button("Other class", OTHER, row), button("Reject", REJECT, row)],
            [button("Skip", SKIP, row), button("Stop", STOP, row)],
        ]
    )


def classes(label_id: int, stored: Answer, locale: str) -> InlineKeyboardMarkup:
    """The classes that a picture can be filed under, and back."""
    buttons = [
        button(f"{number}. {plain_name(label, locale)}", CHOOSE, label_id, number)
        for number, label in numbered(stored)[:MAX_LISTED]
    ]
    return InlineKeyboardMarkup([*pairs(buttons), [button("Back", BACK, label_id)]])


def decided(decision: Decision) -> InlineKeyboardMarkup | None:
    """Below a picture that was decided about; only what was decided in /review has an undo."""
    if decision.kind != "review":
        return None
    return InlineKeyboardMarkup([[button("Undo", UNDO, decision.id)]])
