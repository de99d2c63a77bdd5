"""Contract: a run learns what is new, forgets what was taken out, writes one whole version or nothing."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.errors import TrainingError
from model.prediction import NONE
from model.registry import BASE, Registry
from tests.tiny import OTHER, note
from tests.training.drawn import jpeg
from training.__main__ import PARENT_SECONDS
from training.data.dataset import Dataset
from training.data.folders import Example
from training.data.manifest import Record
from training.events import Event, Failed, Finished, Progress, Started, from_line
from training.fitting.calibrate import calibrate
from training.fitting.head import fit_head
from training.fitting.memory import Memory, read_memory, write_memory
from training.fitting.recipes import recipe_for
from training.fitting.young import came_along
from training.gate.report import Report, read_report
from training.job import LOCK, retrain
from training.run import run_full, run_head

Add = Callable[[str, int], list[str]]


def adding(data_dir: Path, rng: np.random.Generator) -> Add:
    """Put drawn notes of a class into a data set; a class that is new gets a colour of its own."""
    dataset = Dataset(data_dir)

    def put(label: str, count: int) -> list[str]:
        colour = OTHER if label == "GBP" else None
        return [dataset.add(jpeg(note(label, rng, colour)), label) for _ in range(count)]

    return put


@pytest.fixture
def add(tmp_path: Path, rng: np.random.Generator) -> Add:
    """Add to the test's own data set."""
    return adding(tmp_path, rng)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit heads for two epochs, where nobody asks how good they are."""
    monkeypatch.setattr("training.fitting.head.EPOCHS", 2)


@dataclass(frozen=True)
class Told:
    """What a run wrote and said. Tests only read it."""

    models: Path
    finished: Finished
    events: list[Event]


@pytest.fixture(scope="module")
def told(_tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """One run on ten pictures of a new class."""
    folder = tmp_path_factory.mktemp("told")
    models = Path(shutil.copytree(_tiny_models, folder / "models"))
    adding(folder, np.random.default_rng(1))("GBP", 10)
    events: list[Event] = []
    return Told(models, retrain(folder, models, "head", events.append), events)


@dataclass(frozen=True)
class Learned:
    """A data set and the version in use, which has learned all of it."""

    version: str
    euros: list[str]
    dollars: list[str]


@pytest.fixture(scope="module")
def _learned(_tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Learned]:
    folder = tmp_path_factory.mktemp("learned")
    models = Path(shutil.copytree(_tiny_models, folder / "models"))
    add = adding(folder, np.random.default_rng(2))
    euros, dollars = add("EUR", 7), add("USD", 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.fitting.head.EPOCHS", 2)
        version = retrain(folder, models, "head", lambda event: None).version
    Registry(models).promote(version, "Ada")
    return folder, Learned(version, euros, dollars)


@pytest.fixture
def learned(_learned: tuple[Path, Learned], tmp_path: Path, quick: None) -> Learned:
    """A copy of those in the test's own folder, which it may change."""
    folder, learned = _learned
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return learned


def test_a_new_class_is_learned_and_the_old_ones_stay(told: Told, rng: np.random.Generator) -> None:
    registry = Registry(told.models)

    from model.network import predict_picture

    network = registry.load(told.finished.version)
    assert network.card.labels == ("EUR", "GBP", "NONE", "USD")
    for label in network.card.labels:
        colour = OTHER if label == "GBP" else None
        assert predict_picture(network, jpeg(note(label, rng, colour))).label == label
    assert told.finished.passed
    assert registry.in_use() == BASE


def test_a_run_says_what_it_does(told: Told) -> None:
    started = told.events[0]
    assert isinstance(started, Started)
    assert started.new == {"GBP": 8}  # every fifth is held out
    stages = [event.stage for event in told.events if isinstance(event, Progress)]
    assert list(dict.fromkeys(stages)) == ["reading", "embedding", "fitting"]


def test_the_report_lies_beside_the_weights_and_says_what_both_are_in_doubt_about(told: Told) -> None:
    report = read_report(told.models / told.finished.version)
    assert report == Report.from_dict(told.finished.report)
    for side in ("candidate", "current"):
        assert set(report.doubt[side]) == {"ece", "auroc_none", "false_accept_rate"}
    assert len(report.flips) == report.fixed + report.broken


def test_a_version_is_whole(told: Told) -> None:
    folder = told.models / told.finished.version
    assert {path.name for path in folder.iterdir()} == {
        "model.keras",
        "README.md",
        "card.json",
        "gate.json",
        "embeddings.npz",
        "curves.png",
        "confusion.png",
        "reliability.png",
    }
    card = Registry(told.models).card(told.finished.version)
    assert card.parent == BASE
    assert card.mode == "head"
    assert card.backbone_sha256 == Registry(told.models).card(BASE).backbone_sha256
    assert sum(card.data["train"].values()) == 33 + 8
    assert json.loads((folder / "card.json").read_text())["figures"]["total"] == 9 + 2


def test_nothing_new_is_refused(tmp_path: Path, tiny_models: Path) -> None:
    with pytest.raises(TrainingError, match="Nothing is new"):
        retrain(tmp_path, tiny_models, "head", lambda event: None)
    assert [card.version for card in Registry(tiny_models).versions()] == [BASE]


def test_what_was_learned_is_not_new_again_and_keeps_its_side(
    tmp_path: Path, learned: Learned, add: Add
) -> None:
    models = tmp_path / "models"
    with pytest.raises(TrainingError, match="Nothing is new"):
        retrain(tmp_path, models, "head", lambda event: None)
    before = read_memory(models / learned.version).splits()
    add("EUR", 4)
    second = retrain(tmp_path, models, "head", lambda event: None).version
    after = read_memory(models / second).splits()
    assert len(after) == len(before) + 4
    assert {key: after[key] for key in before} == before


def test_what_was_taken_out_is_forgotten_and_what_was_shipped_stays(tmp_path: Path, learned: Learned) -> None:
    models = tmp_path / "models"
    shipped = len(read_memory(models / BASE))
    Dataset(tmp_path).remove(learned.dollars[0], "USD")
    version = retrain(tmp_path, models, "head", lambda event: None).version
    remembered = read_memory(models / version).sha256.tolist()
    assert learned.dollars[0] not in remembered
    assert len(remembered) == shipped + 7 + 2


def test_a_changed_label_is_learned_anew(tmp_path: Path, learned: Learned) -> None:
    dataset, key = Dataset(tmp_path), learned.dollars[0]
    dataset.add(dataset.path(key, "USD").read_bytes(), "EUR")
    dataset.remove(key, "USD")
    version = retrain(tmp_path, tmp_path / "models", "head", lambda event: None).version
    memory = read_memory(tmp_path / "models" / version)
    assert memory.label[memory.sha256 == key].tolist() == ["EUR"]


def test_a_class_that_was_renamed_is_compared_under_its_new_name(
    tmp_path: Path, tiny_models: Path, add: Add, quick: None
) -> None:
    keys = add("GBP", 10)
    Registry(tiny_models).promote(retrain(tmp_path, tiny_models, "head", lambda event: None).version, "Ada")
    dataset = Dataset(tmp_path)
    for key in keys:
        dataset.copy(key, "GBP", "Pound")
        dataset.remove(key, "GBP")
    report = Report.from_dict(retrain(tmp_path, tiny_models, "head", lambda event: None).report)
    assert report.passed, report.reasons
    assert report.recalls["Pound"]["count"] == 2
    assert report.recalls["Pound"]["current"] is not None


def test_a_class_of_the_base_that_was_renamed_is_no_younger_in_later_runs_either(
    tmp_path: Path, tiny_models: Path, add: Add, quick: None
) -> None:
    dataset, registry = Dataset(tmp_path), Registry(tiny_models)
    *owned, sent = add("GBP", 10)
    registry.promote(retrain(tmp_path, tiny_models, "head", lambda event: None).version, "Ada")
    memory = read_memory(registry.folder("v1"))
    # As if all but one had come with the base, and the owner had them.
    write_memory(replace(memory, shipped=memory.sha256 != sent), registry.folder("v1"))
    for key in (*owned, sent):
        dataset.copy(key, "GBP", "Pound")
        dataset.remove(key, "GBP")
    version = retrain(tmp_path, tiny_models, "head", lambda event: None).version
    after = read_memory(registry.folder(version))
    came = came_along(after, dataset.examples())
    assert {key for key, label in came.items() if label == "Pound"} == set(owned)
    np.testing.assert_array_equal(np.sort(after.sha256), np.sort(memory.sha256))


def test_a_class_of_which_nothing_can_be_read_is_no_class(
    tmp_path: Path, tiny_models: Path, add: Add, quick: None
) -> None:
    (key,) = add("GBP", 1)
    Dataset(tmp_path).path(key, "GBP").write_bytes(b"damaged")
    add("EUR", 1)
    version = retrain(tmp_path, tiny_models, "head", lambda event: None).version
    assert Registry(tiny_models).card(version).labels == ("EUR", "NONE", "USD")


def test_a_picture_that_is_taken_back_meanwhile_is_left_out(
    tmp_path: Path, tiny_models: Path, add: Add, quick: None
) -> None:
    keys = add("EUR", 2)

    def report(event: Event) -> None:
        if isinstance(event, Started):
            Dataset(tmp_path).remove(keys[0], "EUR")

    version = retrain(tmp_path, tiny_models, "head", report).version
    remembered = read_memory(tiny_models / version).sha256.tolist()
    assert (keys[0] in remembered, keys[1] in remembered) == (False, True)


def test_a_picture_that_is_deleted_after_it_was_read_leaves_an_empty_row(
    tmp_path: Path, tiny_models: Path, add: Add, quick: None
) -> None:
    keys = add("EUR", 2)

    def report(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == "fitting":
            Dataset(tmp_path).remove(keys[0], "EUR")

    memory = read_memory(tiny_models / retrain(tmp_path, tiny_models, "head", report).version)
    assert not memory.embedding[memory.sha256 == keys[0]].any()
    assert memory.embedding[memory.sha256 != keys[0]].any(axis=1).all()


def test_a_picture_for_validation_is_held_out(
    tmp_path: Path, tiny_models: Path, add: Add, quick: None
) -> None:
    (key,) = add("EUR", 1)
    from training.run import run_head

    examples = [replace(each, split="validation") for each in Dataset(tmp_path).examples()]
    finished = run_head(examples, Registry(tiny_models), lambda event: None)
    assert read_memory(tiny_models / finished.version).splits()[key] == "test"
    assert finished.report["held_out"] == 9 + 1


def test_a_full_run_without_the_shipped_pictures_is_refused(
    tmp_path: Path, tiny_models: Path, add: Add
) -> None:
    add("EUR", 5)
    with pytest.raises(TrainingError, match="would forget them"):
        retrain(tmp_path, tiny_models, "full", lambda event: None)


def _command(data_dir: Path, models_dir: Path) -> list[str]:
    return [sys.executable, "-m", "training", "--data-dir", str(data_dir), "--models-dir", str(models_dir)]


def _process(data_dir: Path, models_dir: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    command = [*_command(data_dir, models_dir), *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)  # noqa: S603


def test_the_process_reports_events_and_nothing_else(tmp_path: Path, tiny_models: Path, add: Add) -> None:
    add("EUR", 5)
    done = _process(tmp_path, tiny_models, "--run", "7")
    events = [from_line(line) for line in done.stdout.splitlines()]
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert done.returncode == 0
    assert read_report(tiny_models / events[-1].version).run == 7


def test_a_process_that_fails_says_why_in_one_sentence(tmp_path: Path) -> None:
    done = _process(tmp_path, tmp_path / "models")
    (event,) = [from_line(line) for line in done.stdout.splitlines()]
    assert isinstance(event, Failed)
    assert "no model version" in event.message
    assert done.returncode == 3


def test_a_picture_that_cannot_be_read_is_no_reason_for_a_version(
    tmp_path: Path, tiny_models: Path, add: Add
) -> None:
    (key,) = add("EUR", 1)
    path = Dataset(tmp_path).path(key, "EUR")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(TrainingError, match="can be read"):
        retrain(tmp_path, tiny_models, "head", lambda event: None)
    assert [card.version for card in Registry(tiny_models).versions()] == [BASE]


def test_a_process_that_is_told_to_stop_leaves_nothing_behind(
    tmp_path: Path, tiny_models: Path, add: Add
) -> None:
    add("EUR", 5)
    with subprocess.Popen(  # noqa: S603
        _command(tmp_path, tiny_models), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        for line in process.stdout:
            event = from_line(line)
            if isinstance(event, Progress) and event.stage == "fitting":
                process.send_signal(signal.SIGTERM)
                break
        rest = [from_line(line) for line in process.stdout]
        assert process.wait(timeout=60) == 130
    assert not any(isinstance(event, (Finished, Failed)) for event in rest)
    assert {path.name for path in tiny_models.iterdir()} == {BASE, LOCK}


def test_a_process_whose_bot_was_killed_ends_and_leaves_no_trace(
    tmp_path: Path, tiny_models: Path, add: Add
) -> None:
    add("EUR", 5)
    starts = (
        "import subprocess, sys; run = subprocess.Popen(sys.argv[1:]); print(run.pid, flush=True); run.wait()"
    )
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", starts, *_command(tmp_path, tiny_models)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as bot:
        assert bot.stdout
        run = int(bot.stdout.readline())
        assert isinstance(from_line(bot.stdout.readline()), Started)
        # So few pictures are learned before the run next looks whether somebody listens: it waits for that.
        os.kill(run, signal.SIGSTOP)
        bot.kill()
        time.sleep(PARENT_SECONDS)
        os.kill(run, signal.SIGCONT)
        rest = [from_line(line) for line in bot.stdout]  # ends when nobody writes any more
    assert not any(isinstance(event, (Finished, Failed)) for event in rest)
    assert {path.name for path in tiny_models.iterdir()} == {BASE, LOCK}


def test_a_class_stays_young_that_was_opened_since_the_base(
    tmp_path: Path, add: Add, quick: None, tiny_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr("training.version.calibrate", noting_young(calibrate, asked))
    monkeypatch.setattr("training.run.fit_head", noting_young(fit_head, asked))
    for _ in range(2):
        add("GBP", 5)
        version = retrain(tmp_path, tiny_models, "head", lambda event: None).version
        Registry(tiny_models).promote(version, "Ada")
    assert set(asked) == {("calibrate", "GBP"), ("fit_head", "GBP")}


def noting_young(function: Callable[..., Any], asked: list[tuple[str, ...]]) -> Callable[..., Any]:
    """Note which classes count as young wherever a function hears of them, its fourth argument."""

    def noting(*args: Any) -> Any:
        asked.append((function.__name__, *args[3]))
        return function(*args)

    return noting


def test_what_looks_like_a_new_class_neither_teaches_nor_tests(
    tmp_path: Path, add: Add, quick: None, tiny_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first_of_none(memory: Memory, came: object) -> np.ndarray:
        return np.arange(len(memory)) == np.flatnonzero((memory.label == NONE) & (memory.split == "test"))[0]

    add("GBP", 6)
    usual = retrain(tmp_path, tiny_models, "head", lambda event: None)
    monkeypatch.setattr("training.run.set_aside", first_of_none)
    without = retrain(tmp_path, tiny_models, "head", lambda event: None)
    assert (usual.report["set_aside"], without.report["set_aside"]) == (0, 1)
    assert without.report["held_out"] == usual.report["held_out"] - 1
    kept = [len(read_memory(tiny_models / each.version)) for each in (usual, without)]
    assert kept[0] == kept[1]


def test_a_full_run_does_not_let_what_the_base_calls_none_fight_a_new_class_either(
    tmp_path: Path, quick: None, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(label: str, count: int, colour: tuple[int, int, int] | None = None) -> list[Example]:
        added = [dataset.add(jpeg(note(label, rng, colour)), label) for _ in range(count)]
        return [Example(dataset.path(each, label), label, "train", "drawn") for each in added]

    dataset, registry = Dataset(tmp_path), Registry(tmp_path / "models")
    nothing = (None, "pile.jpg", "2026-01-01")
    recipe = replace(recipe_for("seed-cnn"), image_size=32, epochs=20, batch_size=8)
    pounds_as_none = put(NONE, 8, OTHER)
    base = [*put("EUR", 8), *put("USD", 8), *put(NONE, 8), *pounds_as_none]
    dataset.record(Record(e.path.stem, e.label, "train", True, "pile", "pile", *nothing) for e in base)
    run_full(base, registry, recipe, lambda event: None, version=BASE, shipped=True)
    remembered = read_memory(registry.folder(BASE))
    more = [*base, *put("GBP", 8, OTHER)]
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr("training.run.fit_head", noting_young(fit_head, asked))
    again = replace(recipe, epochs=1, refit_head=True)
    version = run_full(more, registry, again, lambda event: None, remembered=remembered)
    assert asked == [("fit_head", "GBP")]
    assert 4 <= version.report["set_aside"] <= 8
    memory = read_memory(registry.folder(version.version))
    assert len(memory) == len(more), "nothing is forgotten for it"
    assert not memory.shipped.any(), "what is taken out of the data set is forgotten from now on"
    registry.promote(version.version, "Ada")
    put("GBP", 1, OTHER)
    assert retrain(tmp_path, registry.root, "head", lambda event: None).report["set_aside"] > 0


@pytest.mark.parametrize("mode", ["head", "full"])
def test_a_class_that_nothing_teaches_is_named(
    mode: str, tmp_path: Path, rng: np.random.Generator, quick: None
) -> None:
    def put(label: str, split: str, count: int) -> list[Example]:
        colour = OTHER if label == "GBP" else None
        added = [dataset.add(jpeg(note(label, rng, colour)), label) for _ in range(count)]
        return [Example(dataset.path(each, label), label, split, "drawn") for each in added]

    dataset, registry = Dataset(tmp_path), Registry(tmp_path / "models")
    recipe = replace(recipe_for("seed-cnn"), image_size=32, epochs=1, batch_size=8)
    base = [*put("EUR", "train", 4), *put("USD", "train", 4), *put("USD", "test", 2)]
    run_full(base, registry, recipe, lambda event: None, version=BASE)
    more = [*base, *put("EUR", "train", 1), *put("GBP", "test", 3)]
    if mode == "head":
        report = run_head(more, registry, lambda event: None).report
    else:
        report = run_full(more, registry, recipe, lambda event: None).report
    assert "GBP" not in report["recalls"]
    assert "Nothing teaches GBP: all its pictures (3) are held out" in report["reasons"][-1]
