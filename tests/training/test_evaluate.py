"""Figures are about what people get: whole files in, answers out, each distinct held-out picture once."""

from hashlib import sha256
from pathlib import Path

import pytest

from model.errors import DataError, PictureError
from model.prediction import NONE, Prediction
from tests.training.drawn import put
from training.data.folders import survey
from training.events import Event
from training.measuring.evaluate import ALL_UNKNOWN, measure_answers

LABELS = ("EUR", "GBP", NONE)


class Oracle:
    """Answers what it was told about each file's bytes; EUR otherwise."""

    def __init__(self, labels: tuple[str, ...] = LABELS) -> None:
        self.labels = labels
        self.answers: dict[str, tuple[str, bool]] = {}

    def tell(self, path: Path, label: str, sure: bool = True) -> None:
        """Set the answer to a file."""
        self.answers[sha256(path.read_bytes()).hexdigest()] = (label, sure)

    def __call__(self, data: bytes) -> Prediction:
        """Answer as the serving path does."""
        if not data.startswith(b"\xff\xd8"):
            raise PictureError("no picture")
        label, sure = self.answers.get(sha256(data).hexdigest(), ("EUR", True))
        rest = 0.1 / (len(self.labels) - 1)
        scores = {each: 0.9 if each == label else rest for each in self.labels}
        return Prediction(label, 0.9, 1 - scores.get(NONE, 0.0), sure, scores, "v7")


def quiet(event: Event) -> None:
    """Nobody watches."""


def test_folders_that_the_model_does_not_know_are_none_by_name(tmp_path: Path) -> None:
    oracle = Oracle()
    put(tmp_path / "Euro(EUR)/a.jpg", 1)
    oracle.tell(put(tmp_path / "cats/b.jpg", 2), NONE)
    put(tmp_path / "dogs/c.jpg", 3)
    result = measure_answers(oracle, LABELS, survey(tmp_path).examples, quiet)
    assert result.version == "v7"
    assert result.figures.count == {"EUR": 1, NONE: 2}
    assert result.figures.false_accept_rate == pytest.approx(0.5)
    assert {name: (part.truth, part.accuracy) for name, part in result.by_folder.items()} == {
        "cats": (NONE, 1.0),
        "dogs": (NONE, 0.0),
        "EUR": ("EUR", 1.0),
    }
    assert result.by_folder["cats"].auroc == pytest.approx(1.0)
    assert result.by_folder["EUR"].auroc is None


def test_near_and_far_unknowns_are_measured_apart_and_together(tmp_path: Path) -> None:
    oracle = Oracle()
    for seed in range(4):
        put(tmp_path / "EUR" / f"{seed}.jpg", seed)
        oracle.tell(put(tmp_path / "not_money" / f"{seed}.jpg", 10 + seed), NONE)
    put(tmp_path / "SEK/a.jpg", 20)  # as surely known as the euros are
    oracle.tell(put(tmp_path / "SEK/b.jpg", 21), NONE)
    unknowns = measure_answers(oracle, LABELS, survey(tmp_path).examples, quiet).unknowns
    figures = {name: (part.count, part.auroc, part.fpr95) for name, part in unknowns.items()}
    assert figures == {
        "not_money": (4, 1.0, 0.0),
        "SEK": (2, 0.75, 0.5),
        ALL_UNKNOWN: (6, pytest.approx(11 / 12), pytest.approx(1 / 6)),
    }


def test_without_strangers_there_are_no_unknowns(tmp_path: Path) -> None:
    put(tmp_path / "EUR/a.jpg", 1)
    assert measure_answers(Oracle(), LABELS, survey(tmp_path).examples, quiet).unknowns == {}


def test_a_model_without_none_is_wrong_about_every_stranger(tmp_path: Path) -> None:
    put(tmp_path / "EUR/a.jpg", 1)
    put(tmp_path / "cats/b.jpg", 2)
    result = measure_answers(Oracle(("EUR", "GBP")), ("EUR", "GBP"), survey(tmp_path).examples, quiet)
    assert result.figures.accuracy == pytest.approx(0.5)
    assert result.figures.recall[NONE] == 0.0


def test_labels_of_the_model_may_be_folder_names(tmp_path: Path) -> None:
    labels = ("Euro(EUR)", "British Pound (GBP)")
    put(tmp_path / "GBP/a.jpg", 1)
    oracle = Oracle(labels)
    oracle.tell(tmp_path / "GBP/a.jpg", "British Pound (GBP)")
    assert measure_answers(oracle, labels, survey(tmp_path).examples, quiet).figures.accuracy == 1.0


def test_unreadable_files_are_named_and_not_counted(tmp_path: Path) -> None:
    put(tmp_path / "EUR/a.jpg", 1)
    (tmp_path / "EUR/b.jpg").write_bytes(b"text")
    result = measure_answers(Oracle(), LABELS, survey(tmp_path).examples, quiet)
    assert result.figures.total == 1
    assert [path.name for path in result.unreadable] == ["b.jpg"]


def test_nothing_readable_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "EUR").mkdir()
    (tmp_path / "EUR/b.jpg").write_bytes(b"text")
    with pytest.raises(DataError, match="None of the 1 pictures"):
        measure_answers(Oracle(), LABELS, survey(tmp_path).examples, quiet)


def test_progress_is_reported_picture_by_picture(tmp_path: Path) -> None:
    put(tmp_path / "EUR/a.jpg", 1)
    put(tmp_path / "EUR/b.jpg", 2)
    seen: list[Event] = []
    measure_answers(Oracle(), LABELS, survey(tmp_path).examples, seen.append)
    assert [(event.done, event.total) for event in seen] == [(1, 2), (2, 2)]
