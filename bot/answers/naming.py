"""What a person means who names money that the model does not know. Pure: words in, a suggestion out.

Their words may become the name of a folder, once an admin opens the class, and are shown to admins; so
what is no currency is kept only if it is a short, plain name.
"""

import re

from bot.store.rows import Suggestion
from model.errors import DataError
from model.labels import check_class_name, currencies, currency_code, parse
from model.prediction import NONE
from training.data.folders import PAPERS, SPLIT_FOLDERS

MAX_WORDS = 5
"""Of a name; a longer text is a sentence."""

MAX_OFFERED = 24
"""Currencies to choose from: all the dollars there are."""

_UNKNOWN = frozenset(
    {"i don't know", "i dont know", "don't know", "dont know", "unknown", "no idea", "not sure", "dunno"}
)
_NO_MONEY = frozenset({"no money", "not money", "not money at all", "no money at all"})
_SMALL_TALK = frozenset(
    {"thanks", "thank you", "thx", "ok", "okay", "hi", "hello", "sorry", "please", "great", "good", "nice"}
)
_DENIALS = frozenset({"not", "isn't", "no", "never"})
_OPENING = re.compile(r"(?i)^((it's|it is|this is|that is|that's|they are|these are|maybe|i think)\s+)+")
_ARTICLE = re.compile(r"(?i)^(a|an|the|some)\s+")


def understand(
    text: str, options: list[str], locale: str, *, asked: bool, replied: bool
) -> Suggestion | tuple[str, ...] | None:
    """Find what a text suggests.

    Args:
        text: What the person wrote.
        options: The classes that the answer can be corrected to.
        locale: The person's language.
        asked: Whether they were asked what it is, having said that it is none of these.
        replied: Whether the text replies to the answer, rather than just follows it.

    Returns:
        A suggestion; or the currencies of which they may mean one; or None where the text says nothing
        of the kind, a correction to one of `options` included.
    """
    said = " ".join(text.casefold().replace("’", "'").strip(" .!").split())
    if not said or said.endswith("?") or said.isdecimal():
        return None
    if asked and said in _UNKNOWN:
        return Suggestion("unknown")
    if _OPENING.sub("", said) in _NO_MONEY and (asked or replied):
        return Suggestion("no money")
    if parse(said, [NONE]):
        return None
    found = currencies(text, locale, any_case=asked)
    if len(found) == 1:
        is_known = any(currency_code(option) == found[0] for option in options)
        return None if is_known and not asked else Suggestion("name", found[0])
    if not asked and (not replied or parse(text, options, locale)):
        return None
    if found:
        return found[:MAX_OFFERED]
    name = free_name(text) if asked and replied else None
    return Suggestion("name", name) if name else None


def free_name(text: str) -> str | None:
    """Make a plain class name of what a person wrote, as "Monopoly money"; None if it is none."""
    name = " ".join(text.replace("’", "'").strip(" .,!\"'").split())
    name = _ARTICLE.sub("", _OPENING.sub("", name))
    if (
        name.casefold() in _SMALL_TALK
        or len(name.split()) > MAX_WORDS
        or _DENIALS & set(name.casefold().split())
        or not any(letter.isalpha() for letter in name)
        or any(sign in name for sign in ".@#&=;")  # addresses, which Telegram makes links of
    ):
        return None
    try:
        return class_name(name[:1].upper() + name[1:])
    except DataError:
        return None


def class_name(name: str) -> str:
    """Return the name of a new class: the code of the currency that it means, or itself.

    Raises:
        DataError: It is no plain folder name, means several currencies, or stands for something else.
    """
    tidy = check_class_name(" ".join(name.split()) if name.isprintable() else name)
    if parse(tidy, [NONE]) or tidy.casefold() in (*SPLIT_FOLDERS, *PAPERS):
        raise DataError(f"{tidy!r} stands for something else here; please choose another name.")
    found = currencies(tidy)
    if len(found) > 1:
        some = ", ".join(found[:3])
        raise DataError(f"Several currencies are called that; please give the code, such as {some}.")
    return found[0] if found else currency_code(tidy) or tidy


def option_for(name: str, options: list[str]) -> str | None:
    """Find the class that a name stands for among those that an answer can be corrected to."""
    same = (
        option
        for option in options
        if option.casefold() == name.casefold() or (currency_code(option) or option) == name
    )
    return next(same, None)
