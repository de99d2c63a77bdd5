"""The buttons of /classes. Pure: values in, Telegram's keyboards out."""

from collections.abc import Sequence

from telegram import InlineKeyboardMarkup

from bot.classes.texts import Inbox
from bot.keyboards import button
from bot.store.rows import Class
from bot.texts import plain_name

SHOW, OPEN, RENAME, LEAVE = "cs", "co", "cr", "cl"

MAX_SHOWN = 12
"""Proposed classes with a button: those with most pictures."""


def overview(inbox: Sequence[Inbox], locale: str) -> InlineKeyboardMarkup | None:
    """Below the list of classes: look at what waits for one."""
    rows = [[button(_looks(each, locale), SHOW, each.proposal.id)] for each in inbox[:MAX_SHOWN]]
    return InlineKeyboardMarkup(rows) if rows else None


def preview(inbox: Inbox, shown: int, last: int) -> InlineKeyboardMarkup:
    """Below the contact sheet: approve exactly what is on it.

    Args:
        inbox: The proposed class.
        shown: How many pictures are on the sheet.
        last: Id of the last suggestion that is; what comes later was not seen.
    """
    verb = "Open it all the same, with" if inbox.missing and not inbox.is_open else "Yes, take"
    these = "this" if shown == 1 else f"these {shown}"
    return _ask(f"{verb} {these}", OPEN, inbox.proposal.id, last)


def ask_to_open(opened: Class) -> InlineKeyboardMarkup:
    """Whether to open a class without pictures."""
    return _ask("Open it", OPEN, opened.id, 0)


def ask_to_rename(old: Class, new: Class, *, merges: bool) -> InlineKeyboardMarkup:
    """Whether to rename a class."""
    return _ask("Join them" if merges else "Rename it", RENAME, old.id, new.id)


def _looks(each: Inbox, locale: str) -> str:
    title = plain_name(each.proposal.name, locale)
    if each.is_open:
        return f"Add {each.proposal.pictures} to {title}"
    early = " early" if each.missing else ""
    return f"Open {title}{early} ({each.proposal.pictures})"


def _ask(yes: str, verb: str, *numbers: int) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[button(yes, verb, *numbers), button("Leave it", LEAVE, 0)]])
