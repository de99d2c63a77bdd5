"""Contract: any folder name is a class; a code in it names a currency; what people type finds it."""

import pytest

from model.errors import DataError
from model.labels import (
    MAX_CLASS_NAME,
    canonical,
    check_class_name,
    currencies,
    currency_code,
    display_name,
    parse,
)

LABELS = ("CAD", "EUR", "GBP", "JPY", "NONE", "USD")


@pytest.mark.parametrize(
    ("folder", "code"),
    [
        ("EUR", "EUR"),
        ("Euro(EUR)", "EUR"),
        ("British Pound (GBP)", "GBP"),
        ("Dollar (USD)", "USD"),
        ("NONE", None),
        ("euro", None),
        ("EUROPE", None),
        ("ABC", None),
    ],
)
def test_a_code_is_found_only_where_it_stands_alone(folder: str, code: str | None) -> None:
    assert currency_code(folder) == code


def test_a_name_without_a_code_stays_itself() -> None:
    assert canonical(" Monopoly money ") == "Monopoly money"


def test_a_class_is_named_in_the_language_of_the_reader() -> None:
    assert display_name("British Pound (GBP)") == "British Pound"
    assert display_name("JPY", "de") == "Japanischer Yen"
    assert display_name("JPY", "xx-such-language") == "Japanese Yen"
    assert display_name("NONE", "de") == "NONE"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("yen", ("JPY",)),
        ("JPY", ("JPY",)),
        ("jpy.", ("JPY",)),
        ("¥", ("JPY",)),
        ("£", ("GBP",)),
        ("Pounds", ("GBP",)),
        ("US dollars", ("USD",)),
        ("dollar", ("CAD", "USD")),
        ("none of these", ("NONE",)),
        ("no money", ("NONE",)),
        ("not sure", ()),
        ("no, euro", ("EUR",)),
        ("banana", ()),
        ("  ", ()),
        ("?!", ()),
    ],
)
def test_what_people_type_finds_the_classes_it_may_mean(said: str, meant: tuple[str, ...]) -> None:
    assert parse(said, LABELS) == meant


def test_people_may_use_their_own_language() -> None:
    assert parse("livre sterling", LABELS, "fr") == ("GBP",)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Thai baht", ("THB",)),
        ("thb", ("THB",)),
        ("bahts", ("THB",)),
        ("It's a 100 baht note.", ("THB",)),
        ("Egyptian pound", ("EGP",)),
        ("Hong Kong dollars", ("HKD",)),
        ("Costa Rican colon", ("CRC",)),
        ("won", ("KPW", "KRW")),
        ("German mark", ("DEM",)),
        ("lira", ("TRY",)),
        ("Monopoly money", ()),
        ("a note", ()),
        ("one of them", ()),
        ("XXX", ()),
        ("100", ()),
        ("", ()),
    ],
)
def test_any_currency_of_the_world_is_found_by_its_name(said: str, meant: tuple[str, ...]) -> None:
    assert currencies(said) == meant


def test_names_that_many_currencies_share_find_all_of_them_that_are_in_use() -> None:
    found = currencies("dollar")
    assert {"USD", "CAD", "AUD", "HKD"} <= set(found)
    assert "ZWD" not in found  # Zimbabwe gave it up


def test_codes_that_are_words_count_only_in_capitals_if_so_wished() -> None:
    assert currencies("all", any_case=False) == currencies("top", any_case=False) == ()
    assert currencies("ALL", any_case=False) == ("ALL",)


def test_currencies_may_be_named_in_the_language_of_the_person() -> None:
    assert currencies("Schweizer Franken", "de") == ("CHF",)


@pytest.mark.parametrize(
    "name",
    ["", "  ", ".", "..", "../EUR", "/EUR", "a/b", "a\\b", "a\0b", ".hidden", "CON", "nul.txt", "EUR.", "a:b"]
    + ["con .txt", "COM¹", "CONOUT$", "a\nb", "a\u202eb", "a\u200bb", "a\ud800b", "x" * (MAX_CLASS_NAME + 1)],
)
def test_a_class_name_that_could_leave_its_folder_is_refused(name: str) -> None:
    with pytest.raises(DataError, match="plain name"):
        check_class_name(name)


@pytest.mark.parametrize("name", ["EUR", "Euro(EUR)", "British Pound (GBP)", "円", "💶" * MAX_CLASS_NAME])
def test_a_plain_class_name_makes_a_folder(name: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / check_class_name(name)).mkdir()
