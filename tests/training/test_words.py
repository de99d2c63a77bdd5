"""Figures and classes are written for people, and what there is none of is a dash."""

from model.prediction import NONE
from training.measuring.words import class_name, decimals, percent


def test_figures_are_written_for_people() -> None:
    assert (percent(0.93), decimals(0.93)) == ("93.0 %", "0.930")
    assert (percent(None), decimals(None)) == ("–", "–")


def test_classes_are_named() -> None:
    assert (class_name("EUR"), class_name(NONE)) == ("Euro", "none of these")
