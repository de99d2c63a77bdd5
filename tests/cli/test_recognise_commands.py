"""`predict` and `evaluate` answer through the model in use, in words and in the agreed JSON."""

import json
import shutil
from pathlib import Path

import pytest

from bot.cli.recognise import as_text
from model import network
from model.card import Card
from model.prediction import NONE, Prediction
from tests.cli.running import Run
from tests.training.drawn import put

LABELS = ("EUR", "GBP", NONE)


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the smallest model there is, untrained."""
    folder = tmp_path_factory.mktemp("versions") / "base"
    folder.mkdir()
    card = Card(
        version="base",
        created="2026-01-01T00:00:00+00:00",
        architecture="seed-cnn",
        mode="full",
        parent=None,
        labels=LABELS,
        image_size=32,
        temperature=1.0,
        sure_at=0.0,
        known_at=0.0,
        weights_sha256="",
        backbone_sha256="",
        data={},
        figures={"accuracy": 0.5, "total": 51},
    )
    network.save(network.build("seed-cnn", 32, len(LABELS)), card, folder)
    return folder


@pytest.fixture
def models(version: Path, tmp_path: Path) -> Path:
    """Put the model in use."""
    shutil.copytree(version, tmp_path / "models" / "base")
    return tmp_path / "models"


def test_predict_writes_the_agreed_json(run: Run, models: Path, tmp_path: Path) -> None:
    picture = put(tmp_path / "a note [1].jpg", 1)
    done = run("predict", str(picture), "--json")
    assert done.code == 0
    (line,) = done.out.splitlines()
    answer = json.loads(line)
    assert list(answer) == ["image", "label", "confidence", "sure", "known", "scores", "model"]
    assert answer["image"] == str(picture)
    assert answer["model"] == "base"
    assert set(answer["scores"]) == set(LABELS)
    assert answer["confidence"] == max(answer["scores"].values()) == answer["scores"][answer["label"]]
    assert sum(answer["scores"].values()) == pytest.approx(1.0)


def test_predict_goes_on_after_what_it_cannot_read_and_ends_with_1(
    run: Run, models: Path, tmp_path: Path
) -> None:
    (tmp_path / "b.jpg").write_bytes(b"text")
    put(tmp_path / "c.jpg", 1)
    done = run("predict", "missing.jpg", "b.jpg", "c.jpg", "--json")
    assert done.code == 1
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [set(line) == {"image", "error"} for line in lines] == [True, True, False]
    assert lines[0]["error"] == "The file cannot be read: No such file or directory."


def test_predict_says_one_line_a_picture(run: Run, models: Path, tmp_path: Path) -> None:
    put(tmp_path / "a.jpg", 1)
    put(tmp_path / "b.jpg", 2)
    done = run("predict", "a.jpg", "b.jpg")
    assert [line.split(":")[0] for line in done.out.splitlines()] == ["a.jpg", "b.jpg"]


def test_predict_sends_folders_to_evaluate(run: Run, tmp_path: Path) -> None:
    done = run("predict", str(tmp_path))
    assert done.code == 2
    assert "evaluate" in done.err


def test_predict_without_a_model_is_one_sentence(run: Run, tmp_path: Path) -> None:
    put(tmp_path / "a.jpg", 1)
    done = run("predict", "a.jpg")
    assert done.code == 3
    assert done.err.count("\n") == 1


def test_words_say_doubt_and_nothing_known() -> None:
    scores = {"EUR": 0.48, "GBP": 0.31, "JPY": 0.15, NONE: 0.06}
    doubt = Prediction("EUR", 0.48, 0.94, False, scores, "base")
    assert as_text(doubt) == "not sure: Euro 48 %, British Pound 31 %, Japanese Yen 15 %"
    strange = Prediction("EUR", 0.97, 0.1, False, {"EUR": 0.97}, "base")
    assert as_text(strange) == "not sure: probably Euro, or money that the model does not know"
    assert as_text(Prediction("EUR", 0.97, 0.99, True, {"EUR": 0.97}, "base")) == "Euro, 97 % sure"
    nothing = Prediction(NONE, 0.9, 0.1, True, {NONE: 0.9}, "base")
    assert as_text(nothing) == "none of the known currencies, 90 % sure"


def test_evaluate_writes_figures(run: Run, models: Path, tmp_path: Path) -> None:
    put(tmp_path / "in/train/EUR/a.jpg", 1)
    put(tmp_path / "in/test/Euro(EUR)/b.jpg", 2)
    put(tmp_path / "in/test/British Pound (GBP)/c.jpg", 3)
    put(tmp_path / "in/test/cats/d.jpg", 4)
    put(tmp_path / "in/valid/cats/d.jpg", 4)
    done = run("evaluate", str(tmp_path / "in"), "--json")
    assert done.code == 0
    figures = json.loads(done.out)
    assert figures["total"] == 3
    assert figures["count"] == {"EUR": 1, "GBP": 1, NONE: 1}
    assert set(figures["by_folder"]) == {"EUR", "GBP", "cats"}
    assert {
        "accuracy",
        "macro_recall",
        "recall",
        "confusion",
        "ece",
        "auroc_none",
        "false_accept_rate",
    } <= set(figures)


def test_evaluate_prints_tables_and_says_what_counts(run: Run, models: Path, tmp_path: Path) -> None:
    put(tmp_path / "in/train/EUR/a.jpg", 1)
    put(tmp_path / "in/test/EUR/b.jpg", 2)
    done = run("evaluate", str(tmp_path / "in"), "--model", "base")
    assert done.code == 0
    assert "Held-out pictures only, each distinct one once: 1 of 2." in done.out
    assert "Confusion" in done.out


def test_evaluate_of_an_unknown_version_names_it(run: Run, models: Path, tmp_path: Path) -> None:
    put(tmp_path / "in/EUR/a.jpg", 1)
    done = run("evaluate", str(tmp_path / "in"), "--model", "v99")
    assert done.code == 3
    assert "'v99'" in done.err


def test_models_are_listed_shown_promoted_and_taken_back(run: Run, models: Path, version: Path) -> None:
    shutil.copytree(version, models / "v1")
    card = json.loads((models / "v1/card.json").read_text())
    (models / "v1/card.json").write_text(json.dumps({**card, "version": "v1", "created": "2026-02-01"}))
    assert run("models", "promote", "v1").out == "Model v1 is in use.\n"
    rows = [line for line in run("models", "list").out.splitlines() if "in use" in line]
    assert len(rows) == 1
    assert "v1" in rows[0]
    assert json.loads(run("models", "show", "v1").out)["version"] == "v1"
    assert run("models", "rollback").out == "Model base is in use again.\n"
    assert run("models", "rollback").code == 3
    assert run("models", "promote", "v9").code == 3
