"""What /review says, as HTML for Telegram. Pure, like `bot.texts`."""

from collections.abc import Mapping

from bot.store.rows import Answer, Contributor, Decision, Waiting
from bot.texts import counted, name, numbered, percent, shortened
from model.prediction import NONE

PRIVATE_ONLY = "I show other people's pictures only in our private chat; please send /review there."
NOTHING_WAITS = "Nothing waits for review."
HOW_TO = (
    "Press a button, or reply with <code>approve</code>, <code>reject</code>, <code>skip</code>, "
    "<code>stop</code>, <code>undo</code> or the name of the currency."
)
NOT_UNDERSTOOD = f"I did not understand that. {HOW_TO}"
UNDONE = "Taken back: that picture waits again."
SKIPPED = "Skipped: it still waits."
DAMAGED = "This picture is damaged and cannot be shown: reject it, or skip it."
IMPORTED = " (imported: it stays)"
TAKEN_BACK = "Nothing is left to decide here: the picture was taken back or deleted meanwhile."
NOTHING_TO_UNDO = "There is no decision left to undo there."

MOST_CLASSES = 3
"""Classes that are named, and have a button: people hardly disagree in more ways."""
ROOM = 80
"""Characters for a list of names: a caption holds 1024."""
ROOM_FOR_CHOICES = 800


def item(
    waiting: Waiting,
    kept: Mapping[str, bool],
    stored: Answer,
    people: Mapping[int, Contributor],
    behind: int,
    locale: str,
) -> str:
    """What is known of a picture that waits.

    Args:
        waiting: The picture.
        kept: The classes under which the data set holds it, and whether the owner imported it there: then a
            decision leaves it.
        stored: What the model said.
        people: What became of earlier labels of those who labelled it, by user id.
        behind: How many pictures wait after this one.
        locale: The reader's language.
    """
    classes = waiting.classes[:MOST_CLASSES]
    lines = [f"Is this {' or '.join(f'<b>{_called(label, locale)}</b>' for label in classes)}?"]
    for label in classes:
        ids = dict.fromkeys(each.said.user_id for each in waiting.labels if each.said.label == label)
        known = [reputation(user_id, people.get(user_id)) for user_id in ids if user_id is not None]
        by = ", ".join([counted(len(known), "person", "people"), *shortened(known, ROOM)])
        lines.append(f"{name(label, locale)}: said by {by if known else 'somebody who was forgotten since'}.")
    if waiting.named:
        named = ", ".join(shortened([f"<b>{name(label, locale)}</b>" for label in waiting.named], ROOM // 2))
        lines.append(f"Named {named}; see /classes.")
    if waiting.disputed:
        lines.append("People disagree about it or a copy of it, or it was rejected before.")
    if kept:
        held = [name(label, locale) + (IMPORTED if imported else "") for label, imported in kept.items()]
        lines.append(f"The data set holds it as {', '.join(shortened(held, ROOM))}.")
    lines.append(f"The model said {_called(stored.label, locale)}, {percent(stored.confidence)} sure.")
    lines.append(f"{counted(behind, 'more picture')} after this one." if behind else "It is the last one.")
    return "\n".join(lines)


def reputation(user_id: int, person: Contributor | None) -> str:
    """Who somebody is, and how often they were right so far."""
    if person is None or not person.reviewed:
        return f"{user_id} (nothing reviewed yet)"
    return f"{user_id} (right {person.approved} of {person.reviewed} times)"


def which_class(stored: Answer, locale: str) -> str:
    """Ask which class a picture belongs to, with the numbers that a reply can use."""
    lines = [f"{number}. {name(label, locale)}" for number, label in numbered(stored)]
    ask = "Which one is it? Press it, or reply with its name or number."
    return "\n".join([ask, *shortened(lines, ROOM_FOR_CHOICES)])


def settled(decision: Decision, reader_id: int, locale: str) -> str:
    """What was decided about a picture."""
    if decision.kind == "agreement":
        who = "People have agreed on it meanwhile. "
    else:
        who = "" if decision.user_id == reader_id else "Somebody else has decided that. "
    if decision.kind == "takeout":
        return f"{who}Taken out, with everything that this person sent."
    if decision.label is None:
        return f"{who}Rejected: nothing of it is kept."
    return f"{who}Kept as <b>{_called(decision.label, locale)}</b>: the next /retrain learns from it."


def finished(left: int) -> str:
    """Say that the end of the queue is reached."""
    if left:
        return f"That was the last one. {_wait(left)}; /review begins again."
    return "That was the last one: nothing waits any more. /retrain learns from what was kept."


def stopped(left: int) -> str:
    """Say that the review is over for now."""
    return f"Stopped. {_wait(left)}; /review goes on." if left else "Stopped. Nothing waits any more."


def _wait(number: int) -> str:
    return f"{counted(number, 'picture')} still wait{'s' if number == 1 else ''}"


def _called(label: str, locale: str) -> str:
    return "none of the known currencies" if label == NONE else name(label, locale)
