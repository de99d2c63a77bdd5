"""The page of what is tried against the bot says what the tests try."""

from tests.matrices import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make matrices`"


def test_every_table_has_rows() -> None:
    sections = page().split("\n## ")[1:]
    assert len(sections) == 3
    assert all(section.count("\n|") > 10 for section in sections)
