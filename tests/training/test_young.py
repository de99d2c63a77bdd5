"""Contract: a class is young while the base does not know it, and old where no currency is older."""

from model.prediction import NONE
from training.fitting.young import older, opened_since


def test_what_came_along_is_not_young() -> None:
    assert opened_since(("EUR", "GBP", NONE), {"0": "EUR"}) == ("GBP",)
    assert opened_since(("EUR", NONE), {"0": "EUR", "1": NONE}) == ()


def test_young_classes_are_told_from_older_ones_where_there_are_any() -> None:
    assert older(("EUR", "GBP", NONE), {"GBP", "THB"}).tolist() == [True, False, True]
    assert older(("EUR", "GBP", NONE), {"EUR", "GBP"}).all()
    assert older(("EUR", "GBP"), {"EUR", "GBP"}).all()
