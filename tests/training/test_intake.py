"""What is imported is distinct, readable, under one label, and never on both sides of the split.

Importing again adds nothing; checking writes nothing.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest

from model.errors import DataError
from model.pictures import decode
from tests.training.drawn import PHOTOS, drawn, jpeg, needs_photos, put
from training.dataset import Dataset
from training.findings import Findings, Reason
from training.folders import scan
from training.intake import Intake, check_dataset, check_folder, export, import_folder


def quiet(done: int, total: int) -> None:
    """Nobody watches."""


def bring(root: Path, dataset: Dataset, *none: str) -> Intake:
    return import_folder(root, dataset, quiet, none=none)


def reasons(findings: Findings) -> Counter[tuple[str, str]]:
    """Count what was left out by reason and name of the file."""
    return Counter((each.reason.name, each.example.path.name) for each in findings.left_out)


def sides(dataset: Dataset) -> Counter[tuple[str, str | None]]:
    return Counter((each.label, each.split) for each in dataset.examples())


def test_class_folders_come_in_with_a_fifth_held_out(tmp_path: Path) -> None:
    for seed in range(10):
        put(tmp_path / "in" / "Euro(EUR)" / f"{seed}.jpg", seed)
    dataset = Dataset(tmp_path)
    assert len(bring(tmp_path / "in", dataset).findings.kept) == 10
    assert sides(dataset) == {("EUR", "train"): 8, ("EUR", "test"): 2}


def test_validation_and_test_become_one_held_out_side(tmp_path: Path) -> None:
    root = tmp_path / "in"
    put(root / "train/EUR/a.jpg", 1)
    for split in ("validation", "test"):
        put(root / split / "EUR" / f"{split}.jpg", 2)
    dataset = Dataset(tmp_path)
    result = bring(root, dataset)
    assert reasons(result.findings) == {("COPY", "test.jpg"): 1}
    assert sides(dataset) == {("EUR", "train"): 1, ("EUR", "test"): 1}


def test_leaks_go_from_the_training_side(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for seed in (1, 2, 3):
        put(root / "train/EUR" / f"train{seed}.jpg", seed)
    put(root / "test/EUR/same.jpg", 1)
    put(root / "test/EUR/recompressed.jpg", 2, quality=50)
    dataset = Dataset(tmp_path)
    result = bring(root, dataset)
    assert reasons(result.findings) == {("LEAK_COPY", "train1.jpg"): 1, ("LEAK_TWIN", "train2.jpg"): 1}
    assert sides(dataset) == {("EUR", "train"): 1, ("EUR", "test"): 2}


def test_near_twins_on_one_side_stay_as_one_group(tmp_path: Path) -> None:
    root = tmp_path / "in"
    put(root / "EUR/1.jpg", 1)
    put(root / "EUR/2.jpg", 1, quality=50)
    put(root / "EUR/3.jpg", 3)
    groups = [each.group for each in bring(root, Dataset(tmp_path)).findings.kept]
    assert groups[0] == groups[1] != groups[2]


def test_one_picture_under_two_labels_is_kept_under_neither(tmp_path: Path) -> None:
    root = tmp_path / "in"
    put(root / "EUR/a.jpg", 1)
    put(root / "GBP/b.jpg", 1)
    put(root / "GBP/c.jpg", 2)
    dataset = Dataset(tmp_path)
    result = bring(root, dataset)
    assert reasons(result.findings) == {("TWO_LABELS", "a.jpg"): 1, ("TWO_LABELS", "b.jpg"): 1}
    assert dataset.counts() == {"GBP": 1}


def test_a_label_in_the_data_set_stands_against_an_import(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    dataset.add(jpeg(drawn(1)), "EUR")
    put(tmp_path / "in/GBP/a.jpg", 1)
    assert reasons(bring(tmp_path / "in", dataset).findings) == {("TWO_LABELS", "a.jpg"): 1}
    assert dataset.counts() == {"EUR": 1}


def test_broken_and_tiny_files_are_left_out_with_their_sentence(tmp_path: Path) -> None:
    root = tmp_path / "in"
    put(root / "EUR/good.jpg", 1)
    (root / "EUR/broken.jpg").write_bytes(jpeg(drawn(2))[:400])
    (root / "EUR/tiny.jpg").write_bytes(jpeg(drawn(3, side=8)))
    result = bring(root, Dataset(tmp_path))
    assert reasons(result.findings) == {("UNREADABLE", "broken.jpg"): 1, ("UNREADABLE", "tiny.jpg"): 1}
    assert all(each.detail for each in result.findings.left_out)


def test_importing_again_adds_nothing(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for seed in range(6):
        put(root / "EUR" / f"{seed}.jpg", seed)
    drawn(7).save(root / "EUR" / "7.png")
    dataset = Dataset(tmp_path)
    bring(root, dataset)
    manifest = (tmp_path / "dataset/manifest.jsonl").read_bytes()
    again = bring(root, dataset)
    assert again.findings.kept == ()
    assert {each.reason for each in again.findings.left_out} == {Reason.PRESENT}
    assert (tmp_path / "dataset/manifest.jsonl").read_bytes() == manifest


def test_a_picture_lost_after_it_was_recorded_comes_back_on_its_side(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for seed in range(5):
        put(root / "EUR" / f"{seed}.jpg", seed)
    dataset = Dataset(tmp_path)
    bring(root, dataset)
    before = sides(dataset)
    lost = next(each for each in dataset.examples() if each.split == "test")
    lost.path.unlink()
    bring(root, dataset)
    assert sides(dataset) == before
    assert len((tmp_path / "dataset/manifest.jsonl").read_text().splitlines()) == 5


def test_what_already_teaches_cannot_test(tmp_path: Path) -> None:
    put(tmp_path / "first/train/EUR/a.jpg", 1)
    put(tmp_path / "second/test/EUR/b.jpg", 1, quality=50)
    dataset = Dataset(tmp_path)
    bring(tmp_path / "first", dataset)
    assert reasons(bring(tmp_path / "second", dataset).findings) == {("TAUGHT", "b.jpg"): 1}


def test_folders_named_as_none_keep_their_name_as_kind(tmp_path: Path) -> None:
    root = tmp_path / "in"
    put(root / "EUR/a.jpg", 1)
    put(root / "not_money/b.jpg", 2)
    dataset = Dataset(tmp_path)
    bring(root, dataset, "not_money")
    assert [(each.label, each.kind) for each in dataset.examples()] == [("EUR", None), ("NONE", "not_money")]


def test_a_none_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    put(tmp_path / "in/EUR/a.jpg", 1)
    with pytest.raises(DataError, match="no class folder 'cats'; there are EUR"):
        bring(tmp_path / "in", Dataset(tmp_path), "cats")


def test_sources_are_remembered(tmp_path: Path) -> None:
    root = tmp_path / "in"
    put(root / "EUR/a.jpg", 1)
    put(root / "EUR/b.jpg", 2)
    (root / "manifest.csv").write_text("file,label,source_repo\nEUR/a.jpg,EUR,ada/notes\n")
    dataset = Dataset(tmp_path)
    import_folder(root, dataset, quiet, source="my desk")
    assert sorted(each.source for each in dataset.examples()) == ["ada/notes", "my desk"]
    names = {each.source: each.name for each in dataset.records().values()}
    assert names == {"ada/notes": "EUR/a.jpg", "my desk": "EUR/b.jpg"}


def test_checking_finds_the_same_and_writes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "in"
    put(root / "train/EUR/a.jpg", 1)
    put(root / "train/EUR/b.jpg", 2)
    put(root / "test/EUR/c.jpg", 1)
    before = sorted(tmp_path.rglob("*"))
    assert reasons(check_folder(root, quiet).findings) == {("LEAK_COPY", "a.jpg"): 1}
    assert sorted(tmp_path.rglob("*")) == before


def test_the_data_set_itself_can_be_checked(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    with pytest.raises(DataError, match="is empty"):
        check_dataset(dataset, quiet)
    dataset.add(jpeg(drawn(1)), "EUR")
    dataset.add(jpeg(drawn(1)), "GBP")
    (tmp_path / "dataset/GBP/mine.jpg").write_bytes(b"x")
    result = check_dataset(dataset, quiet)
    assert [each.reason for each in result.findings.left_out] == [Reason.TWO_LABELS] * 2
    assert [path.name for path in result.skipped] == ["mine.jpg"]


def test_an_export_reads_back_as_it_was(tmp_path: Path) -> None:
    for seed in range(5):
        put(tmp_path / "in/EUR" / f"{seed}.jpg", seed)
    dataset = Dataset(tmp_path)
    bring(tmp_path / "in", dataset)
    assert export(dataset, tmp_path / "out") == 5
    assert Counter((each.label, each.split) for each in scan(tmp_path / "out")) == sides(dataset)
    with (tmp_path / "out/manifest.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["source_repo"] for row in rows} == {"in"}
    assert all((tmp_path / "out" / row["file"]).is_file() for row in rows)


def test_an_export_overwrites_nothing(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    dataset.add(jpeg(drawn(1)), "EUR")
    put(tmp_path / "out/mine.jpg", 2)
    with pytest.raises(DataError, match="not empty"):
        export(dataset, tmp_path / "out")


@needs_photos
def test_the_published_pictures_come_to_what_is_known_of_them(tmp_path: Path) -> None:
    findings = check_folder(PHOTOS / "seed", quiet).findings
    kept = Counter(each.split for each in findings.kept)
    left = Counter((each.reason, each.example.split) for each in findings.left_out)
    assert kept == {"train": 461, "test": 51}
    assert left == {
        (Reason.COPY, "test"): 51,
        (Reason.COPY, "train"): 14,
        (Reason.LEAK_COPY, "train"): 10,
        (Reason.LEAK_TWIN, "train"): 8,
    }
    # 475 files without a twin among the held-out ones: 461 distinct ones and 14 copies among them.
    assert kept["train"] + left[Reason.COPY, "train"] == 475
    teaching = [pair for pair in findings.twins if not any(each.held_out for each in pair)]
    assert len(teaching) == 28
    assert all(decode(each.example.path.read_bytes()) for pair in teaching for each in pair)
