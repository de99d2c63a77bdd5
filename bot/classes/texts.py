"""What those who run the bot read about classes, as HTML for Telegram. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.store.rows import Class, Proposal
from bot.texts import counted, name, shortened
from model.labels import currency_code
from model.prediction import NONE

HOW = (
    "<code>/classes</code> lists them; <code>/classes add Thai baht</code> opens one; "
    '<code>/classes rename "Old name" "New name"</code> renames one, or joins it to another.'
)
WITHOUT_HOW = (
    "Send <code>/classes without 3 7</code>, with numbers of the contact sheet, to leave those pictures out."
)
PRIVATE_ONLY = "I show other people's pictures only in our private chat; please send /classes there."
LEFT = "Nothing was changed."
NOTHING_WAITS = "Nothing waits there any more."
NONE_STAYS = "None of these stays what it is; there is always money that I do not know."
SAME = "That is the same class already."


@dataclass(frozen=True, slots=True)
class Row:
    """A class as the list shows it.

    Attributes:
        label: Its name.
        teaching: Pictures to learn from.
        held_out: Pictures that only test.
        waiting: Pictures that wait for review.
        is_known: Whether the model in use knows it.
        opened: When and by whom it was opened, if that was in the chat.
    """

    label: str
    teaching: int
    held_out: int
    waiting: int
    is_known: bool
    opened: Class | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """A proposed class.

    Attributes:
        proposal: What waits for it.
        is_open: Whether it was opened before.
        missing: How many pictures it lacks until it is worth opening.
    """

    proposal: Proposal
    is_open: bool
    missing: int


def overview(rows: Sequence[Row], inbox: Sequence[Inbox], locale: str) -> str:
    """List the classes, and what waits to become one."""
    lines = ["<b>Classes</b>:", *shortened([_row(row, locale) for row in rows], 2200)]
    if inbox:
        lines += ["", "<b>Named by people</b>:", *shortened([_inbox(each, locale) for each in inbox])]
    return "\n".join([*lines, "", HOW])


def preview(inbox: Inbox, shown: int, locale: str) -> str:
    """What an admin reads below the contact sheet of a class to be opened."""
    found = inbox.proposal
    title = _title(found.name, locale)
    people = f"named by {counted(found.people, 'person', 'people')}" if found.people else "named"
    lines = [f"{counted(shown, 'picture')}, {people}, to become <b>{title}</b>."]
    if shown < found.pictures:
        lines.append(f"{found.pictures - shown} more wait until you have seen them too.")
    if inbox.missing and not inbox.is_open:
        lines.append(
            f"{counted(inbox.missing, 'more picture')} would make it worth opening; with so few it will be "
            "wrong often."
        )
    lines.append(
        "Look at each: what you approve is learned at the next /retrain. If some are wrong, "
        "<code>/classes without</code> and their numbers first."
    )
    return "\n".join(lines)


def left_out(pictures: int) -> str:
    """Say that pictures were taken out of the inbox."""
    return (
        f"Left out: {counted(pictures, 'picture')}, still labelled as none of these. /classes shows the rest."
    )


def ask_to_open(label: str, locale: str) -> str:
    """Ask whether to open a class of which there is no picture yet."""
    return (
        f"Shall I offer <b>{_title(label, locale)}</b> when somebody corrects me? I know it only after a "
        "/retrain with pictures of it."
    )


def is_there(label: str, locale: str) -> str:
    """Say that there is such a class already."""
    return f"<b>{_title(label, locale)}</b> is there already."


def is_open(label: str, pictures: int, locale: str) -> str:
    """Say that a class is open, and what comes next."""
    if pictures:
        next_step = f"It holds {counted(pictures, 'picture')}; send /retrain, and I know it."
    else:
        next_step = "As soon as there are pictures of it, /retrain learns it."
    return f"<b>{_title(label, locale)}</b> is open. {next_step}"


def ask_to_rename(old: str, new: str, pictures: int, into: int | None, locale: str) -> str:
    """Ask whether to rename a class.

    Args:
        old: Its name.
        new: The name that it is to have.
        pictures: How many it holds.
        into: How many the class of the new name holds, if there is one.
        locale: The reader's language.
    """
    was, becomes = _title(old, locale), _title(new, locale)
    later = "The model goes on calling it by the old name until the next /retrain."
    if into is None:
        return f"Shall <b>{was}</b> ({counted(pictures, 'picture')}) be called <b>{becomes}</b>? {later}"
    return (
        f"Shall {counted(pictures, 'picture')} of <b>{was}</b> join the {into} of <b>{becomes}</b>? They "
        f"cannot be told apart afterwards. {later}"
    )


def renamed(old: str, new: str, pictures: int, locale: str) -> str:
    """Say that a class has another name now."""
    was, becomes = _title(old, locale), _title(new, locale)
    return (
        f"<b>{was}</b> is <b>{becomes}</b> now, with {counted(pictures, 'picture')}. The model goes on "
        "calling it by the old name until the next /retrain."
    )


def no_such_class(said: str) -> str:
    """Say that a class is not there."""
    return f"There is no class <b>{name(said[:60], 'en')}</b>; /classes lists them."


def _row(row: Row, locale: str) -> str:
    parts = [f"{row.teaching} to learn from", f"{row.held_out} held out", f"{row.waiting} waiting"]
    counts = ", ".join(part for part in parts if not part.startswith("0 ")) or "no pictures here"
    notes = "known" if row.is_known else "not known before the next /retrain"
    if row.opened and row.opened.opened_at:
        by = f" by {row.opened.opened_by}" if row.opened.opened_by else ""
        notes += f"; opened{by} on {row.opened.opened_at[:10]}"
    return f"• <b>{_title(row.label, locale)}</b>: {counts} ({notes})"


def _inbox(each: Inbox, locale: str) -> str:
    found = each.proposal
    people = f" from {counted(found.people, 'person', 'people')}" if found.people else ""
    line = f"• {_title(found.name, locale)}: {counted(found.pictures, 'picture')}{people}"
    if each.is_open:
        return f"{line}, and it is open"
    return f"{line}, {each.missing} missing" if each.missing else line


def _title(label: str, locale: str) -> str:
    """A class by its name and, where that says more, its code."""
    shown = name(label, locale)
    return f"{shown} ({label})" if label != NONE and currency_code(label) == label else shown
