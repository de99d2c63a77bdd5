"""`predict` and `evaluate` answer through the model in use, in words and in the agreed JSON."""

import json
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from bot.cli.recognise import as_text
from model import network
from model.card import Card
from model.prediction import NONE, Prediction
from tests.cli.running import Run
from tests.training.drawn import put
from training.fitting.memory import Memory, read_memory, write_memory

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
    assert as_text(Prediction("EUR", 1.0, 0.99, True, {"EUR": 1.0}, "base")) == "Euro, 99 % sure"
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


def test_evaluate_puts_versions_beside_one_another(run: Run, models: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(models / "base", models / "v1"))
    card = json.loads((other / "card.json").read_text())
    (other / "card.json").write_text(json.dumps({**card, "version": "v1"}))
    for seed, folder in enumerate(("EUR", "GBP", "cats")):
        put(tmp_path / "in" / folder / "a.jpg", seed)
    both = ("--model", "base", "--model", "v1")
    done = run("evaluate", "in", *both, "--report", "out")
    assert done.code == 0
    rows = [line for line in done.out.splitlines() if "accuracy" in line]
    assert len(rows) == 1
    assert rows[0].count("%") == 2
    assert "AUROC" in done.out
    assert "confusion-v1.png" in {path.name for path in (tmp_path / "out").iterdir()}
    assert [each["model"] for each in json.loads(run("evaluate", "in", *both, "--json").out)] == [
        "base",
        "v1",
    ]


def test_evaluate_fits_a_terminal_of_80_columns(
    run: Run, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for seed, folder in enumerate(("EUR", "GBP", "other_currency")):
        put(tmp_path / "in" / folder / "a.jpg", seed)
    (tmp_path / "in/manifest.csv").write_text(
        "file,source_repo\nEUR/a.jpg,somebody-with-a-long-name/and-a-long-repository\n"
    )
    done = run("evaluate", "in", "--model", "base", "--model", "base")
    assert max(map(len, done.out.splitlines())) <= 80
    assert "…" not in done.out


def test_evaluate_without_a_folder_measures_what_the_data_set_holds_out(
    run: Run, models: Path, tmp_path: Path
) -> None:
    done = run("evaluate")
    assert (done.code, done.out) == (3, "")
    assert "no held-out picture yet" in done.err
    for seed in range(5):
        put(tmp_path / "in/EUR" / f"{seed}.jpg", seed)
        put(tmp_path / "in/cats" / f"{seed}.jpg", 10 + seed)
    run("dataset", "import", "in", "--none", "cats", "--by-hash")
    here = json.loads(run("evaluate", "--json").out)
    assert (here["total"], set(here["by_folder"]), set(here["unknowns"])) == (
        2,
        {"EUR", "cats"},
        {"cats", "all unknowns"},
    )
    nothing = np.zeros(0, np.str_)
    write_memory(
        Memory(nothing, nothing, nothing, np.zeros(0, bool), np.zeros((0, 4), np.float16)), models / "base"
    )
    assert run("dataset", "export", "copy").err == ""
    assert json.loads(run("evaluate", "copy", "--json").out) == here


def test_evaluate_says_when_a_model_has_learned_from_the_pictures(
    run: Run, tiny_models: Path, tmp_path: Path
) -> None:
    folder = tiny_models / "base"
    memory = read_memory(folder)
    data = put(tmp_path / "in/EUR/a.jpg", 1).read_bytes()
    memory.sha256[memory.split == "train"] = sha256(data).hexdigest()
    write_memory(memory, folder)
    done = run("evaluate", "in")
    assert "base has learned from 1 of these pictures, so its figures are too good." in done.err


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
    listed = run("models", "list").out.splitlines()
    rows = [line for line in listed if line.startswith("│ in use")]
    assert len(rows) == 1
    assert "v1" in rows[0]
    assert json.loads(run("models", "show", "v1").out)["version"] == "v1"
    assert run("models", "rollback").out == "Model base is in use again.\n"
    assert run("models", "rollback").code == 3
    assert run("models", "promote", "v9").code == 3
