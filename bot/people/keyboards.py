"""The buttons of /people and /takeout: a verb and a person's id, or the number of a page."""

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.store.rows import Contributor

PAGE, ASK, TAKE_OUT, KEEP = "pp", "pa", "pt", "pk"


def people(page: Sequence[Contributor], number: int, has_more: bool) -> InlineKeyboardMarkup:
    """Below a page of people."""
    rows = [
        [InlineKeyboardButton(f"Remove all from {each.user_id}", callback_data=f"{ASK}:{each.user_id}")]
        for each in page
    ]
    turns = [("Back", number - 1)] if number else []
    turns += [("More", number + 1)] if has_more else []
    turning = [InlineKeyboardButton(text, callback_data=f"{PAGE}:{to}") for text, to in turns]
    return InlineKeyboardMarkup([*rows, turning] if turning else rows)


def ask(user_id: int) -> InlineKeyboardMarkup:
    """Whether to take a person out."""
    out = InlineKeyboardButton("Take it all out", callback_data=f"{TAKE_OUT}:{user_id}")
    return InlineKeyboardMarkup([[out, InlineKeyboardButton("Keep it", callback_data=f"{KEEP}:{user_id}")]])
