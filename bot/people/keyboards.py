"""The buttons of /people and /takeout: a verb and a person's id, or the number of a page."""

from collections.abc import Sequence

from telegram import InlineKeyboardMarkup

from bot.keyboards import button
from bot.store.rows import Contributor

PAGE, ASK, TAKE_OUT, KEEP = "pp", "pa", "pt", "pk"


def people(page: Sequence[Contributor], number: int, has_more: bool) -> InlineKeyboardMarkup:
    """Below a page of people."""
    rows = [[button(f"Remove all from {each.user_id}", ASK, each.user_id)] for each in page]
    turns = [("Back", number - 1)] if number else []
    turns += [("More", number + 1)] if has_more else []
    turning = [button(text, PAGE, to) for text, to in turns]
    return InlineKeyboardMarkup([*rows, turning] if turning else rows)


def ask(user_id: int) -> InlineKeyboardMarkup:
    """Whether to take a person out."""
    return InlineKeyboardMarkup(
        [[button("Take it all out", TAKE_OUT, user_id), button("Keep it", KEEP, user_id)]]
    )
