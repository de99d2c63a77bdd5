"""Folder names, ISO 4217 codes and the words people use for money.

A class is a folder name. One that is, or contains, an ISO 4217 code ("British Pound (GBP)") stands
for that currency and is shown by its name in the reader's language (Unicode CLDR, through Babel).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from babel.core import Locale, UnknownLocaleError, get_global
from babel.numbers import (
    get_currency_name,
    get_currency_symbol,
    get_territory_currencies,
    list_currencies,
)

from model.errors import DataError
from model.prediction import NONE

MAX_CLASS_NAME = 60
"""Characters: 60 of four bytes each still fit the 255 bytes of a file name."""

_CODE = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")
_UNSAFE = re.compile(r'[/\\:*?"<>|]')
# Device names on Windows, with or without an extension: a data set must survive being copied there.
_RESERVED = re.compile(r"(?i)^(con|conin\$|conout\$|prn|aux|nul|(com|lpt)[\d¹²³])\s*(\.|$)")
# What people put around a name: "it is a 100 baht note".
_FILLER = frozenset(
    {"a", "an", "and", "the", "some", "my", "that", "these", "they", "they're", "this", "it", "it's", "is"}
    | {"are", "money", "note", "notes", "bill", "bills", "banknote", "banknotes", "coin", "coins"}
)
_NONE_WORDS = frozenset({"none", "none of these", "nothing", "no money", "not money", "other"})


def currency_code(name: str) -> str | None:
    """Find the ISO 4217 code that a folder name is or contains.

    Args:
        name: A folder name such as "EUR", "Euro(EUR)" or "Dollar (USD)".

    Returns:
        The code, or None where there is none.
    """
    return next((code for code in _CODE.findall(name) if code in _currencies()), None)


def canonical(name: str) -> str:
    """Return the class that a folder name stands for: its currency code, or the name itself."""
    return currency_code(name) or unicodedata.normalize("NFC", name).strip()


def display_name(label: str, locale: str = "en") -> str:
    """Name a class for a reader.

    Args:
        label: A class, as a model's card names it.
        locale: The reader's language as an IETF tag ("de", "pt-BR"); English where it is unknown.

    Returns:
        "Euro" for "EUR"; a label without a currency code as it is.
    """
    code = currency_code(label)
    return get_currency_name(code, locale=_locale(locale)) if code else label


def parse(text: str, labels: Sequence[str], locale: str = "en") -> tuple[str, ...]:
    """Find the classes that a person may mean.

    Args:
        text: What the person wrote: a code, a name, a word of a name or a symbol ("yen", "JPY", "¥").
        labels: The classes to choose from.
        locale: The person's language.

    Returns:
        The classes that fit best, in the order of `labels`: none, one, or several where the text is
        ambiguous ("dollar").
    """
    said = _folded(text)
    if not said:
        return ()
    exact = tuple(label for label in labels if said in _names(label, locale))
    if exact:
        return exact
    words = set(said.split())
    singular = words | {word.removesuffix("s") for word in words}
    return tuple(label for label in labels if singular & _words(label, locale))


def currencies(text: str, locale: str = "en", *, any_case: bool = True) -> tuple[str, ...]:
    """Find the currencies of the whole world that a person may mean.

    Unlike `parse`, every word has to fit, so that "Egyptian pound" is not taken for just any pound.

    Args:
        text: What the person wrote: "Thai baht", "THB", "it is a 100 baht note".
        locale: The person's language.
        any_case: Whether a code may be written in small letters; many are words as well ("all", "try").

    Returns:
        ISO 4217 codes in alphabetical order: none, one, or several where the text is ambiguous
        ("dollar"). Money that is no longer in use only where nothing else fits.
    """
    words = [word for word in _folded(text).split() if word not in _FILLER and not word.isdigit()]
    said = " ".join(words)
    for pool in _world(locale):
        if (code := said.upper()) in pool and (any_case or code in text):
            return (code,)
        named = tuple(each for each, (names, _) in pool.items() if said in names)
        if found := named or tuple(each for each, (_, known) in pool.items() if _fit(words, known)):
            return found
    return ()


def check_class_name(name: str) -> str:
    """Return a class name that is safe as one folder name on any system.

    Args:
        name: The name as somebody gave it.

    Raises:
        DataError: The name is empty, too long, reserved, hidden or could leave its folder.
    """
    tidy = unicodedata.normalize("NFC", name).strip()
    if (
        not tidy
        or len(tidy) > MAX_CLASS_NAME
        or tidy.startswith(".")
        or tidy.endswith(".")
        or not tidy.isprintable()  # control characters, and those that turn or hide what follows
        or _UNSAFE.search(tidy)
        or _RESERVED.match(tidy)
    ):
        raise DataError(
            f"A class needs a plain name of at most {MAX_CLASS_NAME} characters, such as EUR. "
            f"Received: {name[:MAX_CLASS_NAME]!r}"
        )
    return tidy


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


@lru_cache(maxsize=64)  # a language that nobody uses takes no room
def _world(locale: str) -> tuple[Mapping[str, tuple[frozenset[str], frozenset[str]]], ...]:
    """What countries pay with, then what they paid with: by code, the names and their words."""
    territories = get_global("territory_currencies")
    tender = {code for each in territories for code in get_territory_currencies(each)}
    # X: gold, testing, "no currency" and the like, unless a country pays with it (XOF).
    former = {code for code in _currencies() - tender if not code.startswith("X")}
    return tuple(
        {
            code: (_names(code, locale) - {code.casefold()}, _words(code, locale) - {code.casefold()})
            for code in sorted(pool)
        }
        for pool in (tender, former)
    )


def _fit(words: Sequence[str], known: frozenset[str]) -> bool:
    """Whether all words are in the names of a currency, and one of them says something."""
    telling = any(len(word) > 2 or not word.isascii() for word in words)
    return telling and all(word in known or word.removesuffix("s") in known for word in words)


@cache
def _locale(tag: str) -> Locale:
    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@cache
def _names(label: str, locale: str) -> frozenset[str]:
    """Everything that means this class and nothing else: label, code, symbols, full names."""
    if label == NONE:
        return _NONE_WORDS
    names = {label}
    if code := currency_code(label):
        names.add(code)
        for language in (_locale("en"), _locale(locale)):
            names |= {get_currency_name(code, locale=language), get_currency_symbol(code, locale=language)}
            names |= {get_currency_name(code, count=number, locale=language) for number in (1, 2, 5)}
    return frozenset(_folded(name) for name in names)


@cache
def _words(label: str, locale: str) -> frozenset[str]:
    """Single words that hint at a class; none for "none of these": "no" and "of" are in most sentences."""
    if label == NONE:
        return frozenset()
    return frozenset(word for name in _names(label, locale) for word in name.split() if len(word) > 1)


def _folded(text: str) -> str:
    """Leave out what people leave out when they type: capitals, accents, punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join(re.sub(r"[().,;:!?]", " ", letters).split())
