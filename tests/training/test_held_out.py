"""A model is measured on what it has not learned from, each distinct picture once."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from model.errors import DataError
from model.registry import BASE, Registry
from tests.training.drawn import drawn, jpeg, put
from training.data.dataset import Dataset
from training.data.export import Origin, export
from training.data.folders import survey
from training.fitting.memory import Memory, write_memory
from training.intake.importing import import_folder
from training.measuring.held_out import held_out, learned_from, of_dataset, remembered_splits


def test_only_the_held_out_part_of_a_tree_counts_and_each_picture_once(tmp_path: Path) -> None:
    put(tmp_path / "train/EUR/a.jpg", 1)
    put(tmp_path / "validation/EUR/b.jpg", 2)
    put(tmp_path / "test/EUR/b.jpg", 2)
    put(tmp_path / "test/EUR/c.jpg", 3)
    chosen = held_out(survey(tmp_path).examples)
    assert [(each.split, each.path.name) for each in chosen] == [("validation", "b.jpg"), ("test", "c.jpg")]


def test_training_pictures_alone_measure_nothing(tmp_path: Path) -> None:
    put(tmp_path / "train/EUR/a.jpg", 1)
    with pytest.raises(DataError, match="for training"):
        held_out(survey(tmp_path).examples)


def test_the_data_set_and_its_export_hold_out_the_same(tmp_path: Path) -> None:
    for folder in ("EUR", "GBP", "cats"):
        for number in range(10):
            put(tmp_path / "in" / folder / f"{number}.jpg", hash_of(folder) + number)
    dataset = Dataset(tmp_path)
    import_folder(tmp_path / "in", dataset, lambda done, total: None, none=["cats"])
    chat = dataset.add(jpeg(drawn(900)), "EUR")
    decided = {chat: "test"}
    said = Origin("", "", "2026-01-01", "")
    pictures = [replace(each, split=decided.get(each.path.stem, each.split)) for each in dataset.examples()]
    groups = {each.path.stem: each.group or "" for each in pictures}
    export(dataset, pictures, groups, tmp_path / "out", {(chat, "EUR"): said})
    here = {
        (e.path.name, e.label, e.kind, e.source) for e in of_dataset(dataset, decided) if e.source != "chat"
    }
    there = {(e.path.name, e.label, e.kind, e.source) for e in held_out(survey(tmp_path / "out").examples)}
    assert len(here) == 6
    assert here < there
    assert {name for name, *_ in there - here} == {f"{chat}.jpg"}
    assert [e.path.stem for e in of_dataset(dataset, decided) if e.source == "chat"] == [chat]


def hash_of(text: str) -> int:
    """A number for seeds that is the same in every run."""
    return 10 * sum(text.encode())


def test_a_data_set_that_holds_nothing_out_says_what_to_do(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    with pytest.raises(DataError, match="no held-out picture yet; name a folder"):
        of_dataset(dataset, {})
    digest = dataset.add(jpeg(drawn(1)), "EUR")
    with pytest.raises(DataError, match="no held-out picture yet"):
        of_dataset(dataset, {digest: "train"})


def test_a_version_remembers_what_it_learned_from(tmp_path: Path) -> None:
    learned, tested = put(tmp_path / "in/EUR/a.jpg", 1), put(tmp_path / "in/EUR/b.jpg", 2)
    put(tmp_path / "in/EUR/c.jpg", 3)
    assert remembered_splits(Registry(tmp_path / "models")) == {}
    (tmp_path / "models" / BASE).mkdir(parents=True)
    rows = Memory(
        sha256=np.array([sha256(path.read_bytes()).hexdigest() for path in (learned, tested)]),
        label=np.array(["EUR", "EUR"]),
        split=np.array(["train", "test"]),
        shipped=np.zeros(2, np.bool_),
        embedding=np.zeros((2, 4), np.float16),
    )
    write_memory(rows, tmp_path / "models" / BASE)
    splits = remembered_splits(Registry(tmp_path / "models"))
    assert sorted(splits.values()) == ["test", "train"]
    assert learned_from(survey(tmp_path / "in").examples, splits) == 1
