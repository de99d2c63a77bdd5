"""Two people who agree are believed; one alone, however often, is not; who is trusted always is."""

import numpy as np

from bot.simulation.crowd import OPINIONS, Crowd, Opinion, believed, opinions

LABELS = ("EUR", "GBP", "JPY", "NONE", "USD")


def said(*pairs: tuple[int, str]) -> list[Opinion]:
    return [Opinion(user, label) for user, label in pairs]


def test_two_who_agree_are_believed() -> None:
    assert believed(said((1, "EUR"), (2, "GBP"), (3, "GBP")), trusted=False) == "GBP"


def test_one_alone_is_not_believed_however_often() -> None:
    assert believed(said((1, "EUR"), (1, "EUR"), (2, "GBP")), trusted=False) is None


def test_who_changed_their_mind_counts_once() -> None:
    assert believed(said((1, "EUR"), (1, "GBP"), (2, "EUR")), trusted=False) is None


def test_the_trusted_need_nobody() -> None:
    assert believed(said((1, "EUR")), trusted=True) == "EUR"
    assert believed([], trusted=True) is None


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


def test_a_third_that_lies_slips_hardly_anything_past_two_who_agree(rng: np.random.Generator) -> None:
    crowd = Crowd(6, 2, False)
    results = [believed(opinions(crowd, "EUR", LABELS, rng), trusted=False) for _ in range(1000)]
    assert sum(result not in (None, "EUR") for result in results) < 100
    assert results.count("EUR") > 700
