"""An export is what it was made from: the same pictures, sides, kinds and sources."""

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.errors import DataError
from model.runtime import start_tensorflow
from tests.training.drawn import drawn, jpeg, put
from training.data.dataset import Dataset
from training.data.export import Exported, Origin, export
from training.data.folders import Example, survey
from training.fitting.memory import Memory
from training.intake.importing import import_folder
from training.splits import with_groups

ADA = Origin("a1", "a1", "2026-05-05T10:00:00+00:00", "privacy-1")


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="") as lines:
        return list(csv.DictReader(lines))


def bring(root: Path, dataset: Dataset, *none: str) -> None:
    import_folder(root, dataset, lambda done, total: None, none=none)


def exported(
    dataset: Dataset,
    target: Path,
    origins: Mapping[tuple[str, str], Origin],
    memory: Memory | None = None,
    **how: Any,
) -> Exported:
    return export(dataset, *with_groups(dataset, memory), target, origins, **how)


def test_an_export_reads_back_as_it_was(tmp_path: Path) -> None:
    for seed in range(5):
        put(tmp_path / "in/EUR" / f"{seed}.jpg", seed)
    dataset = Dataset(tmp_path)
    bring(tmp_path / "in", dataset)
    assert exported(dataset, tmp_path / "out", {}).copied == 5
    assert Counter((each.label, each.split) for each in survey(tmp_path / "out").examples) == Counter(
        (each.label, each.split) for each in dataset.examples()
    )
    rows = rows_of(tmp_path / "out")
    assert {row["source_repo"] for row in rows} == {"in"}
    assert all((tmp_path / "out" / row["file"]).is_file() for row in rows)


def test_an_export_overwrites_nothing(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    digest = dataset.add(jpeg(drawn(1)), "EUR")
    put(tmp_path / "out/mine.jpg", 2)
    with pytest.raises(DataError, match="not empty"):
        exported(dataset, tmp_path / "out", {(digest, "EUR"): ADA})


def test_kinds_groups_and_sources_come_back(tmp_path: Path) -> None:
    for folder, seeds in (("EUR", range(6)), ("cats", range(10, 14)), ("SEK", range(20, 24))):
        for seed in seeds:
            put(tmp_path / "in" / folder / f"{seed}.jpg", seed)
    dataset = Dataset(tmp_path)
    bring(tmp_path / "in", dataset, "cats", "SEK")
    exported(dataset, tmp_path / "out", {})

    def facts(examples: list[Example]) -> list[tuple[str | None, ...]]:
        return sorted((e.path.name, e.label, e.split, e.source, e.kind) for e in examples)

    back = survey(tmp_path / "out").examples
    assert facts(back) == facts(dataset.examples())
    assert {each.kind for each in back} == {None, "cats", "SEK"}
    assert all(each.group for each in back)


def test_what_the_model_remembers_decides_the_side_of_chat_pictures(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    digest = dataset.add(jpeg(drawn(1)), "EUR")
    remembered = Memory(
        np.array([digest]),
        np.array(["EUR"]),
        np.array(["test"]),
        np.zeros(1, bool),
        np.ones((1, 4), np.float16),
    )
    exported(dataset, tmp_path / "out", {(digest, "EUR"): ADA}, remembered)
    assert [each.split for each in survey(tmp_path / "out").examples] == ["test"]


def test_photos_of_one_note_from_the_chat_are_one_group_on_one_side(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    digests = [dataset.add(jpeg(drawn(1, side)), "EUR") for side in (96, 90, 84, 78, 72)]
    other = dataset.add(jpeg(drawn(2)), "EUR")
    exported(dataset, tmp_path / "out", {(digest, "EUR"): ADA for digest in (*digests, other)})
    back = {each.path.stem: each for each in survey(tmp_path / "out").examples}
    assert len({back[digest].split for digest in digests}) == 1
    (group,) = {back[digest].group for digest in digests}
    assert group in digests
    assert back[other].group == other


def test_a_photo_of_an_imported_note_is_in_the_group_of_that_note(tmp_path: Path) -> None:
    put(tmp_path / "in/EUR/1.jpg", 1)
    dataset = Dataset(tmp_path)
    bring(tmp_path / "in", dataset)
    digest = dataset.add(jpeg(drawn(1, 84)), "EUR")
    exported(dataset, tmp_path / "out", {(digest, "EUR"): ADA})
    groups = {row["origin"]: row["group"] for row in rows_of(tmp_path / "out")}
    assert groups["chat"] == groups["import"] != ""


def test_the_manifest_says_who_decided_when_and_under_which_promise(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    digest = dataset.add(jpeg(drawn(1)), "EUR")
    promises = {"privacy-1": "I keep it\nto learn from it."}
    exported(dataset, tmp_path / "out", {(digest, "EUR"): ADA}, promises=promises)
    (row,) = rows_of(tmp_path / "out")
    assert (row["sha256"], row["origin"], row["labelled_by"], row["decided_by"]) == (
        digest,
        "chat",
        "a1",
        "a1",
    )
    assert (row["consent"], row["at"]) == ("privacy-1", "2026-05-05T10:00:00+00:00")
    page = (tmp_path / "out/README.md").read_text()
    assert "### privacy-1\n\n> I keep it\n> to learn from it.\n" in page
    assert "1 pictures came from chats, 0 were imported." in page


def test_what_was_imported_keeps_its_licence_and_source(tmp_path: Path) -> None:
    put(tmp_path / "in/EUR/1.jpg", 1)
    (tmp_path / "in/manifest.csv").write_text("file,source_repo,licence\nEUR/1.jpg,ada/notes,CC BY 4.0\n")
    dataset = Dataset(tmp_path)
    bring(tmp_path / "in", dataset)
    exported(dataset, tmp_path / "out", {})
    (row,) = rows_of(tmp_path / "out")
    assert (row["origin"], row["source_repo"], row["licence"]) == ("import", "ada/notes", "CC BY 4.0")
    assert row["at"]
    assert "CC BY 4.0 (1)" in (tmp_path / "out/README.md").read_text()


def test_what_nobody_stands_for_any_more_is_left_out(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    kept, gone = dataset.add(jpeg(drawn(1)), "EUR"), dataset.add(jpeg(drawn(2)), "EUR")
    done = exported(dataset, tmp_path / "out", {(kept, "EUR"): ADA, (gone, "GBP"): ADA})
    assert (done.copied, done.left_out) == (1, 1)
    assert not list((tmp_path / "out").rglob(f"{gone}*"))


def test_a_flat_export_is_one_tree_and_still_knows_its_sides(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    digests = [dataset.add(jpeg(drawn(seed)), "EUR") for seed in range(6)]
    exported(dataset, tmp_path / "out", {(digest, "EUR"): ADA for digest in digests}, flat=True)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"EUR", "manifest.csv", "README.md"}
    assert Counter(each.split for each in survey(tmp_path / "out").examples) == {"train": 5, "test": 1}
    assert survey(tmp_path / "out").skipped == ()


def test_keras_reads_an_export_and_numbers_both_trees_alike(tmp_path: Path) -> None:
    start_tensorflow()
    import keras

    dataset = Dataset(tmp_path)
    digests = [(dataset.add(jpeg(drawn(seed)), "GBP"), "GBP") for seed in range(6)]
    digests.append((dataset.add(jpeg(drawn(9)), "EUR"), "EUR"))  # of which nothing is held out
    exported(dataset, tmp_path / "out", dict.fromkeys(digests, ADA))
    for side, labels in (("train", [0, 1, 1, 1, 1, 1]), ("test", [1])):
        read = keras.utils.image_dataset_from_directory(
            tmp_path / "out" / side, image_size=(32, 32), shuffle=False, verbose=False
        )
        assert read.class_names == ["EUR", "GBP"]
        assert [int(label) for _, batch in read for label in batch] == labels
