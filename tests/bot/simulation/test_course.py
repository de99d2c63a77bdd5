"""A course is judged by what is promised: new classes are recognised, others keep what they had."""

from bot.simulation.course import Point, accuracy, damage, shortfalls

START = {"EUR": (99, 100), "GBP": (200, 200), "THB": (0, 50)}


def point(**hits: tuple[int, int]) -> Point:
    return Point(20, 20, 0, START | hits)


def test_a_kept_promise_needs_no_words() -> None:
    course = [point(), point(THB=(45, 50), EUR=(98, 100))]
    assert shortfalls(course, ["THB"]) == []


def test_a_new_class_that_stays_below_is_named() -> None:
    (sentence,) = shortfalls([point(), point(THB=(44, 50))], ["THB"])
    assert sentence == "THB is recognised in 88.0% (44 of 50) of its held-out pictures; 90% is promised."


def test_another_class_that_pays_for_it_is_named() -> None:
    course = [point(), point(THB=(50, 50), GBP=(197, 200))]
    (sentence,) = shortfalls(course, ["THB"])
    assert sentence.startswith("GBP fell from 100.0% (200 of 200) to 98.5% (197 of 200)")


def test_the_end_counts_and_not_the_way() -> None:
    course = [point(), point(THB=(0, 50), GBP=(0, 200)), point(THB=(50, 50))]
    assert shortfalls(course, ["THB"]) == []


def test_liars_cost_what_accuracy_is_lower() -> None:
    honest, lying = [point(THB=(50, 50))], [point(THB=(15, 50))]
    assert round(damage(honest, lying), 3) == 0.1
    assert accuracy(START) == 299 / 350
