"""What several parts of the chat say, as HTML for Telegram. Pure: values in, text out.

Names of classes and people come from strangers and are escaped. What the model says is never stated as
100 %.
"""

from collections.abc import Mapping, Sequence
from html import escape

from bot.store.rows import Answer
from model.labels import display_name
from model.prediction import NONE

BEST = 3
"""How many classes a doubtful answer names."""
MAX_LISTED = 60
"""How many classes have a button: a message has at most 100."""
TOO_FAST = "That is more photos than I take from one person at a time; please send the rest in a minute."
BUSY = (
    "More photos are waiting than I can look at just now; please send what I have not answered again in a "
    "minute."
)
NOT_YOURS = "Only the person I answered can do that."
INTERRUPTED = (
    "I was stopped while I was at this; please look whether it was done, and do it again if it was not."
)
OLD_BUTTON = "That button no longer works; please send the photo or the command again."
NOT_YOUR_LABEL = (
    "Somebody who checks photos said that about this one, so it stays; if you think it is wrong, reply with "
    "what it is. /forget deletes all your photos."
)
ENOUGH_FOR_TODAY = (
    "Thank you, that is as much as I can take from one person in a day; please go on tomorrow. Asking works "
    "as always."
)
WENT_WRONG = "Something went wrong on my side; please try again."
NOT_REACHED = "I could not reach Telegram for that; please try again in a minute."
DISK = "I could not do that: the disk refuses it. Please tell the person who runs me, and try again later."
ADMINS_ONLY = (
    "Only the people who run this bot can do that. You help most with Right and Wrong below my answers."
)
RETRAIN_HOW = (
    "Send /retrain to learn from new corrections, or <code>/retrain full</code> to fit the whole network."
)
NO_MORE_THANKS = "I will not tell you any more when your pictures help."
THANKS_AGAIN = "I will tell you when your pictures help."


def choices(stored: Answer) -> list[str]:
    """The classes that a stored answer can be corrected to, in the order of their numbers.

    The order is that of the stored scores and never changes; "none of these" is added where the model
    does not know it, then what was opened in the chat. A class may be there twice: its first number is the
    one to show.
    """
    labels = [label for label, _ in stored.scores]
    return [*labels, *(() if NONE in labels else (NONE,)), *stored.opened]


def numbered(stored: Answer) -> list[tuple[int, str]]:
    """The classes that a stored answer can be corrected to, each once, with the number to show."""
    options = choices(stored)
    return [(number, label) for number, label in enumerate(options, 1) if options.index(label) == number - 1]


def name(label: str, locale: str) -> str:
    """A class as people call it, escaped."""
    return escape(plain_name(label, locale))


def plain_name(label: str, locale: str) -> str:
    """A class as people call it, for buttons, which hold plain text."""
    return "None of these" if label == NONE else display_name(label, locale)


def percent(share: float) -> str:
    """A probability in whole percent, never 100 %: no photo settles it."""
    whole = round(100 * share)
    return "under 1 %" if whole < 1 else f"{min(whole, 99)} %"


def measured(share: float) -> str:
    """A measured share in percent; it may well be 100 %, of the pictures it was measured on."""
    return f"{100 * share:.0f} %"


def helped(pictures: int, version: str) -> str:
    """Tell somebody that their pictures are in the model that answers now."""
    return f"{pictures} of your pictures helped: model <b>{escape(version)}</b> answers now. Thank you!"


def by_class(counts: Mapping[str, int]) -> str:
    """Counts by class in one line, most first: "12 Euro, 3 Yen"."""
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    return ", ".join(shortened([f"{count} {name(label, 'en')}" for label, count in ranked if count]))


def shortened(items: Sequence[str], room: int = 1000) -> list[str]:
    """As many of `items` as fit into `room` characters, then how many more there are.

    A message holds 4096 characters, and a model may know hundreds of classes.
    """
    shown: list[str] = []
    for item in items:
        room -= len(item) + 2
        if shown and room < 0:
            return [*shown, f"and {len(items) - len(shown)} more"]
        shown.append(item)
    return shown


def counted(number: int, noun: str, many: str = "") -> str:
    """A number with its noun: "1 photo", "2 photos"; `many` where that is no mere "s"."""
    return f"{number} {noun}" if number == 1 else f"{number} {many or noun + 's'}"


def said(label: str, locale: str) -> str:
    """A class within a sentence, where "none of these" would leave open what these are."""
    return "no currency I know" if label == NONE else name(label, locale)
