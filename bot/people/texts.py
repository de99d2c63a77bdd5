"""What /people and /takeout say, as HTML for Telegram. Pure, like `bot.texts`."""

from collections.abc import Collection, Sequence

from bot.labels.takeout import Takeout
from bot.store.rows import Contributor
from bot.texts import by_class, counted, measured

TAKE_OUT_HOW = (
    "Send /takeout with the person's number, such as <code>/takeout 1234</code>; /people shows the numbers."
)
PRIVATE_ONLY = "What people said is for your eyes; please send that in our private chat."
NOBODY = "Nobody has labelled a photo yet."
KEPT = "Nothing was taken out."


def people(page: Sequence[Contributor], first: int, total: int, trusted: Collection[int]) -> str:
    """List those who label most.

    Args:
        page: Some of them, most labels first.
        first: The rank of the first of these, from 1.
        total: How many there are.
        trusted: Those whose labels count at once.
    """
    last = first + len(page) - 1
    lines = [f"<b>Who labels most</b>, {first} to {last} of {total}:"]
    return "\n".join([*lines, *(_line(person, person.user_id in trusted) for person in page)])


def ask(user_id: int, change: Takeout) -> str:
    """Ask whether to take a person out, and say what that changes."""
    if not change:
        return f"Nothing that {user_id} said is kept here."
    return f"Take out everything that {user_id} ever said? {_sentences(change, 'would go', 'would stay')}"


def taken_out(user_id: int, change: Takeout) -> str:
    """Say what was taken out."""
    if not change:
        return f"Nothing that {user_id} said is kept here any more."
    learned = " The next /retrain forgets what went from the data set." if change.kept else ""
    return f"Everything that {user_id} said is taken out. {_sentences(change, 'went', 'stay')}{learned}"


def _sentences(change: Takeout, go: str, stay: str) -> str:
    kept = sum(change.kept.values())
    classes = f" ({by_class(change.kept)})" if kept else ""
    said = f"{counted(kept, 'picture')} of the data set{classes} and {change.waiting} waiting {go}."
    if change.staying:
        said += f" {change.staying} {stay}: somebody else says the same, or they were imported."
    return said


def _line(person: Contributor, is_trusted: bool) -> str:
    who = f"<b>{person.user_id}</b>{' (trusted)' if is_trusted else ''}"
    facts = [counted(person.labels, "label")]
    if person.waiting:
        facts.append(f"{person.waiting} waiting")
    if person.reviewed:
        share = measured(person.approved / person.reviewed)
        facts.append(f"{person.approved} approved, {person.rejected} rejected ({share} right)")
    return f"{who}: {', '.join(facts)}"
