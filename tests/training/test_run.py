"""Contract: a run learns what is new, forgets what was taken out, writes one whole version or nothing."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model.errors import TrainingError
from model.registry import BASE, Registry
from tests.tiny import OTHER, jpeg, note
from training.dataset import Dataset
from training.events import Event, Failed, Finished, Progress, Started, from_line
from training.job import retrain
from training.memory import read_memory

Add = Callable[[str, int], list[str]]


@pytest.fixture
def add(tmp_path: Path, rng: np.random.Generator) -> Add:
    """Put drawn notes of a class into the data set; a class that is new gets a colour of its own."""
    dataset = Dataset(tmp_path)

    def put(label: str, count: int) -> list[str]:
        colour = OTHER if label == "GBP" else None
        return [dataset.add(jpeg(note(label, rng, colour)), label) for _ in range(count)]

    return put


def test_a_new_class_is_learned_and_the_old_ones_stay(
    tmp_path: Path, tiny_models: Path, add: Add, rng: np.random.Generator
) -> None:
    add("GBP", 10)
    events: list[Event] = []
    finished = retrain(tmp_path, tiny_models, "head", events.append)
    registry = Registry(tiny_models)

    from model.network import predict_picture

    network = registry.load(finished.version)
    assert network.card.labels == ("EUR", "GBP", "NONE", "USD")
    for label in network.card.labels:
        colour = OTHER if label == "GBP" else None
        assert predict_picture(network, jpeg(note(label, rng, colour))).label == label
    assert finished.passed
    assert registry.in_use() == BASE
    started = events[0]
    assert isinstance(started, Started)
    assert started.new == {"GBP": 8}  # every fifth is held out
    stages = [event.stage for event in events if isinstance(event, Progress)]
    assert list(dict.fromkeys(stages)) == ["reading", "embedding", "fitting"]


def test_a_version_is_whole(tmp_path: Path, tiny_models: Path, add: Add) -> None:
    add("EUR", 6)
    finished = retrain(tmp_path, tiny_models, "head", lambda event: None)
    folder = tiny_models / finished.version
    assert {path.name for path in folder.iterdir()} == {
        "model.keras",
        "README.md",
        "card.json",
        "embeddings.npz",
        "curves.png",
        "confusion.png",
        "reliability.png",
    }
    card = Registry(tiny_models).card(finished.version)
    assert card.parent == BASE
    assert card.mode == "head"
    assert card.backbone_sha256 == Registry(tiny_models).card(BASE).backbone_sha256
    assert sum(card.data["train"].values()) == 33 + 5
    assert json.loads((folder / "card.json").read_text())["figures"]["total"] == 10


def test_nothing_new_is_refused(tmp_path: Path, tiny_models: Path) -> None:
    with pytest.raises(TrainingError, match="Nothing is new"):
        retrain(tmp_path, tiny_models, "head", lambda event: None)
    assert [card.version for card in Registry(tiny_models).versions()] == [BASE]


def test_what_was_learned_is_not_new_again_and_keeps_its_side(
    tmp_path: Path, tiny_models: Path, add: Add
) -> None:
    add("EUR", 7)
    registry = Registry(tiny_models)
    first = retrain(tmp_path, tiny_models, "head", lambda event: None).version
    registry.promote(first, "Ada")
    with pytest.raises(TrainingError, match="Nothing is new"):
        retrain(tmp_path, tiny_models, "head", lambda event: None)
    before = read_memory(registry.folder(first)).splits()
    add("EUR", 4)
    second = retrain(tmp_path, tiny_models, "head", lambda event: None).version
    after = read_memory(registry.folder(second)).splits()
    assert len(after) == len(before) + 4
    assert {key: after[key] for key in before} == before


def test_what_was_taken_out_is_forgotten_and_what_was_shipped_stays(
    tmp_path: Path, tiny_models: Path, add: Add
) -> None:
    registry = Registry(tiny_models)
    shipped = len(read_memory(registry.folder(BASE)))
    keys = add("USD", 3)
    version = retrain(tmp_path, tiny_models, "head", lambda event: None).version
    registry.promote(version, "Ada")
    Dataset(tmp_path).remove(keys[0], "USD")
    version = retrain(tmp_path, tiny_models, "head", lambda event: None).version
    remembered = read_memory(registry.folder(version)).sha256.tolist()
    assert keys[0] not in remembered
    assert len(remembered) == shipped + 2


def test_a_changed_label_is_learned_anew(tmp_path: Path, tiny_models: Path, add: Add) -> None:
    registry = Registry(tiny_models)
    (key,) = add("USD", 1)
    registry.promote(retrain(tmp_path, tiny_models, "head", lambda event: None).version, "Ada")
    dataset = Dataset(tmp_path)
    dataset.add(dataset.path(key, "USD").read_bytes(), "EUR")
    dataset.remove(key, "USD")
    version = retrain(tmp_path, tiny_models, "head", lambda event: None).version
    memory = read_memory(registry.folder(version))
    assert memory.label[memory.sha256 == key].tolist() == ["EUR"]


def test_a_full_run_without_the_shipped_pictures_is_refused(
    tmp_path: Path, tiny_models: Path, add: Add
) -> None:
    add("EUR", 5)
    with pytest.raises(TrainingError, match="would forget them"):
        retrain(tmp_path, tiny_models, "full", lambda event: None)


def _process(data_dir: Path, models_dir: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "training", "--data-dir", str(data_dir), "--models-dir", str(models_dir)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100)  # noqa: S603


def test_the_process_reports_events_and_nothing_else(tmp_path: Path, tiny_models: Path, add: Add) -> None:
    add("EUR", 5)
    done = _process(tmp_path, tiny_models)
    events = [from_line(line) for line in done.stdout.splitlines()]
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert done.returncode == 0


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
