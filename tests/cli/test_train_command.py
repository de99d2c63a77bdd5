"""Contract: `train` hands a run what was asked for, shows how it ended, and says what to do next."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.cli.train import Architecture
from model.errors import TrainingError
from model.registry import BASE
from tests.cli.running import Run
from training.events import Finished, OnEvent, Progress, Started
from training.fitting.recipes import RECIPES, Recipe
from training.gate.rules import Side, compare


@dataclass
class Runs:
    """Stands in for `training.job`: keeps what it is asked for and says how the run ended."""

    passed: bool = True
    version: str = "v1"
    full: list[tuple[Path | None, Recipe, bool]] = field(default_factory=list)
    head: list[str] = field(default_factory=list)

    def train_examples(
        self,
        data_dir: Path,
        models_dir: Path,
        folder: Path | None,
        recipe: Recipe,
        report: OnEvent,
        *,
        publish: bool,
    ) -> Finished:
        """Keep what a whole network is to be fitted to."""
        self.full.append((folder, recipe, publish))
        return self._finish(report)

    def retrain(self, data_dir: Path, models_dir: Path, mode: str, report: OnEvent) -> Finished:
        """Keep what is to be fitted anew."""
        self.head.append(mode)
        return self._finish(report)

    def _finish(self, report: OnEvent) -> Finished:
        report(Started(self.version, {"EUR": 8, "USD": 8}, {}))
        figures = {"accuracy": 0.5, "val_accuracy": 0.25, "epoch": 1.0, "epochs": 2.0}
        for done in (1, 2):
            report(Progress("fitting", done, 2, 0.0, figures))
        comparison = compare(Side(self.version, ("EUR", "USD"), _scores(2)), None, ["EUR", "EUR"], ["0", "1"])
        return Finished(self.version, self.passed, comparison.to_dict())


def _scores(count: int) -> Any:
    import numpy as np

    return np.tile([0.9, 0.1], (count, 1))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """The runs of a test; none of them starts TensorFlow."""
    from training import job

    fake = Runs()
    monkeypatch.setattr(job, "train_examples", fake.train_examples)
    monkeypatch.setattr(job, "retrain", fake.retrain)
    monkeypatch.setattr("bot.cli.train.start_tensorflow", lambda: None)
    return fake


def test_every_recipe_can_be_chosen() -> None:
    assert [each.value for each in Architecture] == list(RECIPES)


def test_a_run_ends_with_figures_and_what_to_do_next(run: Run, runs: Runs) -> None:
    done = run("train")
    assert done.code == 0
    assert runs.full == [(None, RECIPES["efficientnet-lite0"], False)]
    assert "100.0 %" in done.out
    assert done.out.splitlines()[-1] == "To use it: currency-bot models promote v1"


def test_a_folder_with_any_name_an_architecture_and_epochs_are_handed_on(run: Run, runs: Runs) -> None:
    run("train", "my [photos] (1)", "--architecture", "seed-cnn", "--epochs", "3")
    ((folder, recipe, publish),) = runs.full
    assert folder == Path("my [photos] (1)")
    assert (recipe.architecture, recipe.epochs, publish) == ("seed-cnn", 3, False)


def test_in_a_log_each_stage_and_each_epoch_is_one_line(run: Run, runs: Runs) -> None:
    assert run("train").err.splitlines()[1:] == [
        "Fitting …",
        "epoch 1 of 2, accuracy 50.0 %, held out 25.0 %",
    ]


def test_it_says_what_is_learned_from_and_who_names_the_rest(run: Run, runs: Runs) -> None:
    assert run("train").err.splitlines()[0] == "v1 learns from 16 pictures: EUR 8, USD 8."
    first, second, *_ = run("train", "photos").err.splitlines()
    assert "`currency-bot dataset check` names them" in first
    assert second == "v1 learns from 16 pictures: EUR 8, USD 8."


def test_it_says_what_a_run_on_the_data_set_alone_forgets(
    run: Run, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.job.forgotten", lambda data_dir, models_dir: 519)
    assert run("train").err.startswith("519 of the pictures that the model in use came with are not in the")
    for others in (["photos"], ["--publish"], ["--head-only"]):
        assert "519" not in run("train", *others).err


def test_the_base_is_in_use_at_once(run: Run, runs: Runs) -> None:
    runs.version = BASE
    runs.passed = False
    done = run("train", "--publish")
    assert (runs.full[0][2], done.code) == (True, 0)
    assert done.out.splitlines()[-1] == "It is in use."


def test_a_version_that_fails_the_gate_ends_with_1(run: Run, runs: Runs) -> None:
    runs.passed = False
    assert run("train", "--head-only").code == 1
    assert runs.head == ["head"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--head-only", "photos"),
        ("--head-only", "--publish"),
        ("--head-only", "--epochs", "2"),
        ("--head-only", "--architecture", "seed-cnn"),
        ("--architecture", "resnet"),
        ("--head-only", "--epochs", "0"),
        ("--epochs", "-1"),
    ],
)
def test_wrong_use_ends_with_2_before_anything_starts(
    run: Run, runs: Runs, arguments: tuple[str, ...]
) -> None:
    assert run("train", *arguments).code == 2
    assert not runs.full
    assert not runs.head


def test_a_run_that_fails_is_one_sentence(run: Run, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    from training import job

    def fails(*arguments: object, **more: object) -> Finished:
        raise TrainingError("There is nothing to learn.")

    monkeypatch.setattr(job, "train_examples", fails)
    assert (run("train").code, run("train").err) == (3, "There is nothing to learn.\n")
