"""The honest say the truth, liars never; whoever is trusted needs nobody beside them."""

import numpy as np

from bot.simulation.crowd import OPINIONS, Crowd, opinions

LABELS = ("EUR", "GBP", "JPY", "NONE", "USD")


def test_an_honest_crowd_says_the_truth_and_each_person_once(rng: np.random.Generator) -> None:
    for _ in range(20):
        answers = opinions(Crowd(6, 0, False), "EUR", LABELS, rng)
        assert {answer.label for answer in answers} == {"EUR"}
        assert len({answer.user for answer in answers}) == OPINIONS


def test_liars_never_say_the_truth(rng: np.random.Generator) -> None:
    answers = [answer for _ in range(50) for answer in opinions(Crowd(3, 1, False), "EUR", LABELS, rng)]
    assert {answer.label == "EUR" for answer in answers if answer.user == 1} == {False}
    assert {answer.label == "EUR" for answer in answers if answer.user != 1} == {True}


def test_one_trusted_person_is_enough(rng: np.random.Generator) -> None:
    assert len(opinions(Crowd(6, 0, True), "EUR", LABELS, rng)) == 1
