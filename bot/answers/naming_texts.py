"""What the bot says to people who name money that it does not know, as HTML. Pure."""

from collections.abc import Sequence
from html import escape

from bot.store.rows import Suggestion
from model.labels import display_name

ASK = (
    "What is it? If you know, reply with its name, such as <code>Thai baht</code> or <code>THB</code>; I may "
    "learn it one day."
)
UNFIT_NAME = (
    "I cannot use that as a name. Please reply with the name of the money in a few plain words, such as "
    "<code>Thai baht</code>, or with its code, such as <code>THB</code>."
)


def named(suggestion: Suggestion | None, locale: str) -> str:
    """What was said to be in a photo of none of the known currencies, or the question."""
    if suggestion is None:
        return ASK
    match suggestion.kind:
        case "name":
            name = escape(display_name(suggestion.name, locale))
            return f"You say that it is <b>{name}</b>. With enough photos of it, I can learn to know it."
        case "no money":
            return "You say that it is no money."
        case "unknown":
            return "Nobody has to know every kind of money."


def which_one(names: Sequence[str], locale: str) -> str:
    """Ask back when a word fits several currencies of the world."""
    some = " or ".join(f"<code>{escape(display_name(name, locale))}</code>" for name in names[:2])
    return f"Which one do you mean? Press it, or reply with its whole name, such as {some}."
