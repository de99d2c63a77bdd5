"""Class folders and train/validation/test trees become examples, and nothing is left out in silence.

Folders alone decide label and split, names alone decide the order.
"""

from pathlib import Path

import pytest

from model.errors import DataError
from tests.training.drawn import PHOTOS, needs_photos
from training.data.folders import survey


def touch(root: Path, *files: str) -> None:
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_class_folders_have_no_split_and_take_the_folder_as_source(tmp_path: Path) -> None:
    touch(tmp_path, "Euro(EUR)/a.jpg", "British Pound (GBP)/b.jpg", "Shells/c.png")
    found = [(each.label, each.split, each.source, each.path.name) for each in survey(tmp_path).examples]
    name = tmp_path.name
    assert found == [
        ("GBP", None, name, "b.jpg"),
        ("EUR", None, name, "a.jpg"),
        ("Shells", None, name, "c.png"),
    ]


def test_trees_say_the_split_whatever_they_call_it(tmp_path: Path) -> None:
    touch(tmp_path, "Test/EUR/a.jpg", "train/EUR/b.jpg", "valid/EUR/c.jpg")
    assert [(each.split, each.path.name) for each in survey(tmp_path).examples] == [
        ("train", "b.jpg"),
        ("validation", "c.jpg"),
        ("test", "a.jpg"),
    ]


def test_numbers_in_names_count_as_numbers(tmp_path: Path) -> None:
    touch(tmp_path, "EUR/image 10.jpg", "EUR/image 2.jpg", "EUR/Image_1.jpg", "EUR/3.jpg")
    assert [each.path.name for each in survey(tmp_path).examples] == [
        "3.jpg",
        "image 2.jpg",
        "image 10.jpg",
        "Image_1.jpg",
    ]


@pytest.mark.parametrize("name", ["a.JPG", "a.jpeg", "a.png", "a.webp", "a.HEIC", "a.bmp"])
def test_every_picture_format_counts(tmp_path: Path, name: str) -> None:
    touch(tmp_path, f"EUR/{name}")
    assert [each.path.name for each in survey(tmp_path).examples] == [name]


def test_what_is_not_read_is_reported_and_what_is_hidden_is_not(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "EUR/a.jpg",
        "EUR/notes.txt",
        "EUR/.hidden.jpg",
        "EUR/old/b.jpg",
        "loose.jpg",
        "README.md",
        ".git/config.jpg",
    )
    found = survey(tmp_path)
    assert [each.path.name for each in found.examples] == ["a.jpg"]
    assert [path.relative_to(tmp_path).as_posix() for path in found.skipped] == [
        "loose.jpg",
        "EUR/notes.txt",
        "EUR/old",
    ]


def test_class_folders_beside_a_tree_are_reported(tmp_path: Path) -> None:
    touch(tmp_path, "train/EUR/a.jpg", "GBP/b.jpg")
    found = survey(tmp_path)
    assert [each.label for each in found.examples] == ["EUR"]
    assert [path.name for path in found.skipped] == ["GBP"]


def test_a_manifest_names_the_source_and_keeps_it_together(tmp_path: Path) -> None:
    touch(tmp_path, "EUR/a.jpg", "EUR/b.jpg")
    (tmp_path / "manifest.csv").write_text("file,label,source_repo\nEUR/a.jpg,EUR,ada/notes\n")
    assert [(each.source, each.group) for each in survey(tmp_path).examples] == [
        ("ada/notes", "source:ada/notes"),
        (tmp_path.name, None),
    ]


def test_a_manifest_says_splits_groups_and_kinds_of_none(tmp_path: Path) -> None:
    touch(tmp_path, "EUR/a.jpg", "NONE/b.jpg", "NONE/c.jpg")
    (tmp_path / "manifest.csv").write_text(
        "file,split,group,source_repo,kind\nEUR/a.jpg,train,g1,desk,scan\nNONE/b.jpg,test,,shop,not_money\n"
    )
    assert [(each.split, each.group, each.source, each.kind) for each in survey(tmp_path).examples] == [
        ("train", "g1", "desk", None),
        ("test", None, "shop", "not_money"),
        (None, None, tmp_path.name, None),
    ]


def test_the_folder_of_a_split_outweighs_the_manifest(tmp_path: Path) -> None:
    touch(tmp_path, "train/EUR/a.jpg")
    (tmp_path / "manifest.csv").write_text("file,split\ntrain/EUR/a.jpg,test\n")
    assert [each.split for each in survey(tmp_path).examples] == ["train"]


def test_short_and_long_rows_of_a_manifest_are_no_trouble(tmp_path: Path) -> None:
    touch(tmp_path, "EUR/a.jpg", "EUR/b.jpg")
    (tmp_path / "manifest.csv").write_text("file,source_repo\nEUR/a.jpg\nEUR/b.jpg,desk,more,and more\n\n")
    assert [each.source for each in survey(tmp_path).examples] == [tmp_path.name, "desk"]


@pytest.mark.parametrize("files", [(), ("a.jpg",), ("EUR/a.txt",), ("seed/train/EUR/a.jpg",)])
def test_folders_without_classes_are_refused(tmp_path: Path, files: tuple[str, ...]) -> None:
    touch(tmp_path, *files)
    with pytest.raises(DataError, match="neither class folders"):
        survey(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder '.*nowhere'"):
        survey(tmp_path / "nowhere")


@needs_photos
def test_the_published_folders_read_as_published() -> None:
    found = survey(PHOTOS / "seed")
    assert len(found.examples) == 595
    assert {each.label for each in found.examples} == {"GBP", "CAD", "USD", "EUR", "JPY"}
    assert found.skipped == ()
