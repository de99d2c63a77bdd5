"""Several models stand in one table, whatever each of them knows; the worst comes first."""

from pathlib import Path

from model.prediction import NONE, Prediction
from training.data.folders import Example
from training.measuring.comparison import blocks, with_interval, worst
from training.measuring.evaluate import Evaluation, measure_answers


def measured(
    version: str, labels: tuple[str, ...], answers: list[tuple[str, str, float]], tmp_path: Path
) -> Evaluation:
    """Measure a model that gives the answers (folder, label, confidence), every second one as sure."""
    said = iter(enumerate(answers))

    def predict(data: bytes) -> Prediction:
        number, (_, label, confidence) = next(said)
        rest = (1 - confidence) / (len(labels) - 1)
        scores = {each: confidence if each == label else rest for each in labels}
        return Prediction(label, confidence, 1 - scores.get(NONE, 0), number % 2 == 0, scores, version)

    (tmp_path / "a.jpg").write_bytes(b"")
    examples = [
        Example(tmp_path / "a.jpg", folder, None, f"desk {number % 2}")
        for number, (folder, _, _) in enumerate(answers)
    ]
    return measure_answers(predict, labels, examples, lambda event: None)


def table(evaluations: list[Evaluation], title: str) -> dict[str, tuple[str, ...]]:
    found = next(block for block in blocks(evaluations) if block.title.startswith(title))
    return {line.name: line.values for line in found.lines}


def test_every_model_has_its_column(tmp_path: Path) -> None:
    pictures = ["EUR", "EUR", "GBP", "SEK"]
    good = measured(
        "v2",
        ("EUR", "GBP", NONE),
        [(each, {"SEK": NONE}.get(each, each), 0.9) for each in pictures],
        tmp_path,
    )
    poor = measured(
        "seed",
        ("British Pound (GBP)", "Euro(EUR)"),
        [(each, "Euro(EUR)", 0.6) for each in pictures],
        tmp_path,
    )
    both = [good, poor]
    assert table(both, "All")["accuracy"] == ("100.0 % (51–100)", "50.0 % (15–85)")
    assert table(both, "Recall by class") == {
        "EUR": ("100.0 % (34–100)", "100.0 % (34–100)"),
        "GBP": ("100.0 % (21–100)", "0.0 % (0–79)"),
        NONE: ("100.0 % (21–100)", "0.0 % (0–79)"),
    }
    assert table(both, "AUROC") == {"SEK": ("1.000", "0.500"), "all unknowns": ("1.000", "0.500")}
    assert set(table(both, "FPR")) == {"SEK", "all unknowns"}


def test_what_only_one_model_has_is_a_dash_for_the_other(tmp_path: Path) -> None:
    knows = measured("v2", ("EUR", "SEK"), [("EUR", "EUR", 0.9), ("SEK", "SEK", 0.9)], tmp_path)
    does_not = measured("v1", ("EUR", NONE), [("EUR", "EUR", 0.9), ("SEK", NONE, 0.9)], tmp_path)
    assert table([knows, does_not], "AUROC")["SEK"] == ("–", "1.000")
    assert table([knows, does_not], "Recall by class")["SEK"][1] == "–"


def test_tables_without_a_line_are_left_out(tmp_path: Path) -> None:
    only = measured("v1", ("EUR", "GBP"), [("EUR", "EUR", 0.9)], tmp_path)
    assert [block.title for block in blocks([only])] == ["All pictures", "Recall by class, 95 % interval"]


def test_the_worst_source_comes_first_and_counts_as_much_as_a_large_one(tmp_path: Path) -> None:
    answers = [("EUR", "EUR", 0.9), ("EUR", "GBP", 0.9), ("EUR", "EUR", 0.9)]
    result = measured("v1", ("EUR", "GBP"), answers, tmp_path)
    assert list(table([result], "Right by source")) == ["desk 1", "desk 0"]
    assert table([result], "All")["recall, mean of sources"] == ("50.0 %",)


def test_mistakes_that_were_stated_come_before_those_that_were_asked(tmp_path: Path) -> None:
    answers = [("EUR", "GBP", 0.6), ("EUR", "GBP", 0.99), ("EUR", "GBP", 0.8), ("EUR", "EUR", 0.9)]
    result = measured("v1", ("EUR", "GBP"), answers, tmp_path)
    assert [row.prediction.confidence for row in worst(result, 9)] == [0.8, 0.6, 0.99]
    assert len(worst(result, 2)) == 2


def test_shares_are_written_for_people() -> None:
    assert with_interval(0.93, (0.871, 0.968)) == "93.0 % (87–97)"
