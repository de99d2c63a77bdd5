"""A candidate takes over when it is no worse beyond chance, overall and in each class.

The report says why in sentences.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from model.errors import ModelError
from training.gate.report import Flip, Report, read_report, write_report
from training.gate.rules import Side, compare, mcnemar

OLD = ("EUR", "GBP")


def answers(labels: tuple[str, ...], said: list[str]) -> np.ndarray:
    return np.eye(len(labels))[np.array([labels.index(each) for each in said], int)]


def judge(truth: list[str], new: list[str], old: list[str], new_labels: tuple[str, ...] = OLD) -> Report:
    pictures = [str(number) for number in range(len(truth))]
    current = Side("v1", OLD, answers(OLD, old))
    return compare(Side("v2", new_labels, answers(new_labels, new)), current, truth, pictures)


def test_better_passes_and_says_how_much() -> None:
    truth = ["EUR"] * 20 + ["GBP"] * 20
    report = judge(truth, truth, ["GBP"] * 4 + truth[4:])
    assert report.passed
    assert (report.fixed, report.broken) == (4, 0)
    assert report.accuracy == {"candidate": 1.0, "current": 0.9}
    assert report.recalls["EUR"] == {"count": 20, "candidate": 1.0, "current": 0.8}
    assert report.reasons == ("It fixes 4 and breaks 0 of 40 held-out pictures.",)


def test_one_unlucky_picture_stops_nobody_and_three_do() -> None:
    truth = ["EUR"] * 20 + ["GBP"] * 20
    assert judge(truth, ["GBP", *truth[1:]], truth).passed
    report = judge(truth, ["GBP"] * 3 + truth[3:], truth)
    assert not report.passed
    assert "It gets 3 pictures fewer right out of 40." in report.reasons


def test_a_class_may_not_pay_for_the_others() -> None:
    truth = ["EUR"] * 50 + ["GBP"] * 10
    report = judge(truth, ["EUR"] * 50 + ["EUR"] * 3 + ["GBP"] * 7, ["GBP"] * 3 + ["EUR"] * 47 + ["GBP"] * 10)
    assert not report.passed
    assert report.reasons == ("It recognises GBP in 70 % of its pictures instead of 100 %.",)


def test_a_class_of_four_pictures_proves_nothing() -> None:
    truth = ["EUR"] * 400 + ["GBP"] * 4
    assert judge(truth, ["EUR"] * 402 + ["GBP"] * 2, truth).passed


@pytest.mark.parametrize(("held_out", "left"), [(4, 1), (4, 0), (3, 1), (2, 0)])
def test_but_it_must_not_collapse(held_out: int, left: int) -> None:
    truth = ["EUR"] * 400 + ["GBP"] * held_out
    report = judge(truth, ["EUR"] * (400 + held_out - left) + ["GBP"] * left, truth)
    assert not report.passed
    assert "It recognises GBP in" in report.reasons[0]


def test_a_small_but_real_loss_is_noticed() -> None:
    truth = ["EUR"] * 2000 + ["GBP"] * 2000
    new = ["GBP"] * 20 + ["EUR"] * 1980 + ["GBP"] * 2000
    report = judge(truth, new, truth)
    assert not report.passed
    assert report.reasons == ("It breaks 20 pictures and fixes 0, which is more than chance.",)


def test_a_new_class_counts_for_itself_and_hides_no_loss() -> None:
    labels = ("EUR", "GBP", "JPY")
    truth = ["EUR"] * 10 + ["GBP"] * 10 + ["JPY"] * 10
    report = judge(truth, truth, truth[:20] + ["EUR"] * 10, labels)
    assert report.passed
    assert report.recalls["JPY"] == {"count": 10, "candidate": 1.0, "current": None}
    assert report.accuracy == {"candidate": 1.0, "current": 1.0}
    assert not judge(truth, ["GBP"] * 5 + truth[5:], truth[:20] + ["EUR"] * 10, labels).passed


def test_what_a_new_class_brings_may_cost_the_old_ones_a_point_more() -> None:
    labels = ("EUR", "GBP", "JPY")
    truth = ["EUR"] * 200 + ["GBP"] * 200 + ["JPY"] * 20
    old = truth[:400] + ["EUR"] * 20

    def broken(count: int) -> list[str]:
        return ["JPY"] * count + truth[count:]

    report = judge(truth, broken(8), old, labels)
    assert report.reasons == (
        "It fixes 0 and breaks 8 of 400 held-out pictures, and recognises 20 of a class that is new.",
    )
    assert report.passed
    assert not judge(truth, broken(9), old, labels).passed
    # A class that it adds but cannot recognise brings nothing.
    useless = [*broken(8)[:400], *["EUR"] * 20]
    assert judge(truth, useless, old, labels).reasons == ("It gets 8 pictures fewer right out of 400.",)
    assert not judge(truth[:400], broken(8)[:400], old[:400], labels).passed


def test_a_forgotten_class_is_named() -> None:
    report = judge(["EUR"] * 3, ["EUR"] * 3, ["EUR"] * 3, ("EUR",))
    assert report.reasons == (
        "It no longer knows the class GBP; promote it all the same if two classes were joined.",
    )


def test_nothing_held_out_is_no_pass() -> None:
    report = judge([], [], [])
    assert not report.passed
    assert report.held_out == 0
    assert "no held-out picture" in report.reasons[0]


def test_the_first_model_has_nobody_to_beat() -> None:
    report = compare(Side("v1", OLD, answers(OLD, ["EUR", "EUR"])), None, ["EUR", "GBP"], ["0", "1"])
    assert report.passed
    assert report.accuracy == {"candidate": 0.5, "current": None}
    assert (report.fixed, report.broken) == (0, 0)


def test_mcnemar_agrees_with_the_binomial_table() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(1, 9) == pytest.approx(0.021484375)
    assert mcnemar(5, 5) == 1.0
    assert mcnemar(0, 4000) == pytest.approx(0.0)


def test_every_picture_that_changed_is_named_the_broken_ones_first() -> None:
    truth = ["EUR", "EUR", "GBP", "GBP", "JPY"]
    labels = ("EUR", "GBP", "JPY")
    report = judge(truth, ["EUR", "EUR", "EUR", "GBP", "JPY"], ["GBP", "EUR", "GBP", "EUR", "EUR"], labels)
    assert report.flips == (
        Flip("2", "GBP", "GBP", "EUR"),
        Flip("0", "EUR", "GBP", "EUR"),
        Flip("3", "GBP", "EUR", "GBP"),
    )
    assert (report.broken, report.fixed) == (1, 2)


def test_the_report_says_how_many_pictures_its_accuracy_is_about() -> None:
    truth = ["EUR", "GBP", "JPY", "JPY"]
    report = judge(truth, truth, ["EUR", "EUR", "EUR", "EUR"], ("EUR", "GBP", "JPY"))
    assert (report.held_out, report.shared, report.accuracy["current"]) == (4, 2, 0.5)
    assert judge(["EUR"], ["EUR"], ["EUR"]).shared == 1
    assert (
        compare(Side("v1", OLD, answers(OLD, ["EUR", "EUR"])), None, ["EUR", "GBP"], ["0", "1"]).shared == 2
    )


def test_the_report_survives_its_folder(tmp_path: Path) -> None:
    report = judge(["EUR", "GBP"], ["EUR", "GBP"], ["GBP", "GBP"])
    write_report(report, tmp_path)
    assert read_report(tmp_path) == report
    assert report.flips


def test_a_report_of_before_flips_were_named_is_still_read() -> None:
    values = judge(["EUR"], ["EUR"], ["EUR"]).to_dict()
    del values["flips"], values["doubt"]
    assert Report.from_dict(json.loads(json.dumps(values))).flips == ()


@pytest.mark.parametrize("text", ["", "{}", "[1]"])
def test_a_damaged_report_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "gate.json").write_text(text)
    with pytest.raises(ModelError, match="cannot be read"):
        read_report(tmp_path)


def test_a_small_loss_that_passes_is_not_passed_over_in_silence() -> None:
    truth = ["EUR"] * 200
    new = ["EUR"] * 199 + ["GBP"]
    assert judge(truth, new, truth).reasons == (
        "It fixes 0 and breaks 1 of 200 held-out pictures, no more than chance explains.",
    )
