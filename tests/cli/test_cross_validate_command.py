"""Contract: each fold is told when it is done, and all of them together are one table."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import Run
from training.cross_validation import Fold
from training.fitting.recipes import Recipe


@pytest.fixture
def recipes(monkeypatch: pytest.MonkeyPatch) -> list[Recipe]:
    """Two folds of two pictures each, three of the four right; the recipes that were asked for."""
    asked: list[Recipe] = []

    def folds(examples: object, recipe: Recipe, *_: object) -> Iterator[Fold]:
        asked.append(recipe)
        for wrong in (False, True):
            answers = np.array([[0.9, 0.1], [0.8, 0.2] if wrong else [0.1, 0.9]])
            yield Fold(("EUR", "USD"), np.array([0, 1]), answers, np.array([True, False]))

    monkeypatch.setattr("training.cross_validation.cross_validate", folds)
    monkeypatch.setattr("model.runtime.start_tensorflow", lambda: None)
    return asked


def test_folds_are_told_one_by_one_and_measured_together(run: Run, recipes: list[Recipe]) -> None:
    done = run("cross-validate", "--folds", "2", "--epochs", "3")
    assert done.code == 0
    assert "Fold 1 of 2: 2 of 2 right." in done.err
    assert "Fold 2 of 2: 1 of 2 right." in done.err
    assert "75.0 %" in done.out
    assert [recipe.epochs for recipe in recipes] == [3]


def test_json_has_every_figure(run: Run, recipes: list[Recipe]) -> None:
    values = json.loads(run("cross-validate", "--folds", "2", "--json").out)
    assert (values["folds"], values["total"], values["accuracy"]) == (2, 4, 0.75)
    assert values["recall"] == {"EUR": 1.0, "USD": 0.5}


def test_nothing_but_the_reason_is_written_where_there_is_nothing_to_validate(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", "from bot.cli.main import main; main()", "cross-validate"],
        env={**os.environ, "DATA_DIR": str(tmp_path), "MODELS_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 3
    assert done.stderr.startswith("Cross-validation in 5 folds needs as many groups")
    assert done.stderr.endswith("lists the sources.\n")
