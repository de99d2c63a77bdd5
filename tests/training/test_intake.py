"""What is imported is distinct, readable, under one label, and never on both sides of the split.

Importing again adds nothing; checking writes nothing.
"""

from collections import Counter
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.errors import DataError
from model.pictures import decode
from tests.training.drawn import PHOTOS, drawn, jpeg, needs_photos, put
from training.data.dataset import Dataset
from training.data.folders import survey
from training.intake.findings import Findings, Reason
from training.intake.importing import Intake, check_dataset, check_folder, import_folder
from training.intake.quality import Fault
from training.intake.reading import Embedder, read


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


def test_what_a_version_was_measured_on_does_not_teach_after_an_import(tmp_path: Path) -> None:
    paths = [put(tmp_path / "in" / "EUR" / f"{seed}.jpg", seed) for seed in range(6)]
    tested = sha256(paths[0].read_bytes()).hexdigest()
    dataset = Dataset(tmp_path)
    import_folder(tmp_path / "in", dataset, quiet, sides={tested: "test"})
    assert {each.path.stem for each in dataset.examples() if each.split == "test"} >= {tested}
    held_out = Dataset(tmp_path / "anew")
    import_folder(tmp_path / "in", held_out, quiet, sides={tested: "train"}, hold_out=["in"])
    assert sides(held_out) == {("EUR", "test"): 6}


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


def all_neighbours(pixels: np.ndarray) -> np.ndarray:
    """A stand-in for a network: to it all pictures are neighbours."""
    return np.ones((len(pixels), 4), np.float32)


def test_turned_copies_share_a_group_and_both_are_kept(tmp_path: Path) -> None:
    root = tmp_path / "in/EUR"
    put(root / "1.jpg", 1)
    put(root / "2.jpg", 2)
    (root / "3.jpg").write_bytes(jpeg(drawn(1).transpose(Image.Transpose.ROTATE_90)))
    alone = check_folder(tmp_path / "in", quiet).findings
    assert (alone.copies, alone.compared) == ((), False)
    result = import_folder(tmp_path / "in", Dataset(tmp_path), quiet, embedder=Embedder(32, all_neighbours))
    found = result.findings
    assert [(a.example.path.name, b.example.path.name) for a, b in found.copies] == [("1.jpg", "3.jpg")]
    assert found.compared
    groups = [each.group for each in found.kept]
    assert groups[0] == groups[2] != groups[1]


def test_a_turned_copy_of_a_held_out_picture_is_named_and_stays(tmp_path: Path) -> None:
    root = tmp_path / "in"
    put(root / "test/EUR/1.jpg", 1)
    (root / "train/EUR").mkdir(parents=True)
    (root / "train/EUR/2.jpg").write_bytes(jpeg(drawn(1).transpose(Image.Transpose.ROTATE_180)))
    found = check_folder(root, quiet, Embedder(32, all_neighbours)).findings
    assert found.left_out == ()
    assert [{a.held_out, b.held_out} for a, b in found.copies] == [{True, False}]


def test_a_turned_copy_under_another_label_is_a_look_alike(tmp_path: Path) -> None:
    put(tmp_path / "EUR/1.jpg", 1)
    (tmp_path / "GBP").mkdir()
    (tmp_path / "GBP/2.jpg").write_bytes(jpeg(drawn(1).transpose(Image.Transpose.ROTATE_90)))
    found = check_folder(tmp_path, quiet, Embedder(32, all_neighbours)).findings
    assert (len(found.lookalikes), found.copies) == (1, ())
    assert len({each.group for each in found.kept}) == 2


def test_a_turned_copy_of_what_is_in_the_data_set_follows_it(tmp_path: Path) -> None:
    put(tmp_path / "first/test/EUR/a.jpg", 1)
    dataset, embedder = Dataset(tmp_path), Embedder(32, all_neighbours)
    import_folder(tmp_path / "first", dataset, quiet, embedder=embedder)
    (tmp_path / "second/EUR").mkdir(parents=True)
    (tmp_path / "second/EUR/b.jpg").write_bytes(jpeg(drawn(1).transpose(Image.Transpose.ROTATE_90)))
    import_folder(tmp_path / "second", dataset, quiet, embedder=embedder)
    assert sides(dataset) == {("EUR", "test"): 2}


def test_every_picture_gets_its_own_row(tmp_path: Path) -> None:
    for number in range(20):
        path = tmp_path / "EUR" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (40, 40), (number, 0, 0)).save(path)
    (tmp_path / "EUR/19.png").write_bytes(b"text")
    sizes: list[int] = []

    def red(pixels: np.ndarray) -> np.ndarray:
        sizes.append(len(pixels))
        return pixels[:, 0, 0, :1].astype(np.float32)

    pictures, unreadable = read(survey(tmp_path).examples, quiet, stored=True, embedder=Embedder(32, red))
    rows = [int(each.embedding[0]) for each in pictures if each.embedding is not None]
    assert rows == list(range(19))
    assert (sizes, len(unreadable)) == ([16, 3], 1)


def test_poor_pictures_are_kept_and_named(tmp_path: Path) -> None:
    root = tmp_path / "in/EUR"
    root.mkdir(parents=True)
    (root / "dark.jpg").write_bytes(jpeg(drawn(1).point(lambda level: level // 8)))
    found = bring(tmp_path / "in", Dataset(tmp_path)).findings
    assert len(found.kept) == 1
    assert [Fault.DARK in each.quality.faults() for each in found.poor] == [True]


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
