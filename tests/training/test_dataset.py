"""A picture is kept once, whole, without metadata, under the hash of its bytes.

What a crash leaves behind is no picture.
"""

import io
import os
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from model.errors import DataError, PictureError
from tests.training.drawn import drawn, jpeg
from training.data.dataset import PLACES, Dataset
from training.data.manifest import Record


def record(digest: str, label: str = "EUR", split: str = "train") -> Record:
    return Record(digest, label, split, True, "g", "ada/notes", None, "a.jpg", "2026-01-01T00:00:00+00:00")


def test_a_plain_jpeg_is_kept_byte_for_byte_under_its_hash(tmp_path: Path) -> None:
    data = jpeg(drawn(1))
    digest = Dataset(tmp_path).add(data, "EUR")
    path = tmp_path / "dataset" / "EUR" / f"{digest}.jpg"
    assert path.read_bytes() == data
    assert digest == sha256(data).hexdigest()


def test_place_and_camera_are_gone(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0110] = "SecretCam"
    out = io.BytesIO()
    drawn(1).save(out, "JPEG", exif=exif)
    dataset = Dataset(tmp_path)
    stored = dataset.path(dataset.add(out.getvalue(), "EUR"), "EUR").read_bytes()
    assert b"SecretCam" in out.getvalue()
    assert b"SecretCam" not in stored


def test_adding_again_changes_nothing(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    digest = dataset.add(jpeg(drawn(1)), "EUR")
    before = dataset.path(digest, "EUR").stat()
    assert dataset.add(jpeg(drawn(1)), "EUR") == digest
    assert dataset.path(digest, "EUR").stat() == before
    assert dataset.counts() == {"EUR": 1}


def test_pending_pictures_stand_apart(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    digest = dataset.add(jpeg(drawn(1)), "EUR", place="pending")
    assert dataset.path(digest, "EUR", place="pending").is_file()
    assert not dataset.path(digest, "EUR").is_file()
    assert (dataset.counts(), dataset.counts(place="pending")) == ({}, {"EUR": 1})
    assert (tmp_path / "pending" / "EUR" / f"{digest}.jpg").is_file()


def test_removing_says_whether_it_was_there(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    digest = dataset.add(jpeg(drawn(1)), "EUR")
    assert dataset.remove(digest, "EUR")
    assert not dataset.remove(digest, "EUR")
    assert dataset.labels() == ()


@pytest.mark.parametrize("label", ["../EUR", "a/b", ".hidden", "", "a\0b"])
def test_labels_cannot_leave_their_folder(tmp_path: Path, label: str) -> None:
    with pytest.raises(DataError):
        Dataset(tmp_path / "data").add(jpeg(drawn(1)), label)
    assert list(tmp_path.iterdir()) == []


def test_hashes_cannot_leave_their_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Received: '../../x'"):
        Dataset(tmp_path).remove("../../x", "EUR")


def test_what_is_no_picture_leaves_no_trace(tmp_path: Path) -> None:
    with pytest.raises(PictureError):
        Dataset(tmp_path / "data").add(b"hello", "EUR")
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_no_picture_and_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = Dataset(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    dataset.add(jpeg(drawn(2)), "EUR")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DataError, match="could not be saved"):
            dataset.add(jpeg(drawn(1)), "EUR")
    assert dataset.counts() == {"EUR": 1}
    assert len(list((tmp_path / "dataset" / "EUR").iterdir())) == 1
    dataset.add(jpeg(drawn(1)), "EUR")
    assert dataset.counts() == {"EUR": 2}


def test_leftovers_and_strangers_are_not_counted(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    digest = dataset.add(jpeg(drawn(1)), "EUR")
    folder = tmp_path / "dataset" / "EUR"
    (folder / ".abc.tmp").write_bytes(b"half")
    (folder / "holiday.jpg").write_bytes(b"x")
    (tmp_path / "dataset" / ".cache").mkdir()
    assert [each.path.stem for each in dataset.examples()] == [digest]
    assert dataset.strays() == [folder / "holiday.jpg"]


def test_examples_know_what_the_manifest_knows(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    imported, sent = dataset.add(jpeg(drawn(1)), "EUR"), dataset.add(jpeg(drawn(2)), "GBP")
    dataset.record([record(imported, split="test")])
    found = {each.path.stem: (each.label, each.split, each.source, each.group) for each in dataset.examples()}
    assert found == {imported: ("EUR", "test", "ada/notes", "g"), sent: ("GBP", None, "chat", None)}


def test_a_manifest_line_that_was_cut_short_is_skipped_and_closed(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    dataset.record([record("a" * 64), record("b" * 64)])
    path = tmp_path / "dataset" / "manifest.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert [digest[0] for digest, _ in dataset.records()] == ["a"]
    dataset.record([record("c" * 64)])
    assert [digest[0] for digest, _ in dataset.records()] == ["a", "c"]


def test_a_manifest_that_the_disk_refuses_is_one_sentence(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    (tmp_path / "dataset" / "manifest.jsonl").mkdir(parents=True)
    with pytest.raises(DataError, match="cannot be written: Is a directory"):
        dataset.record([record("a" * 64)])
    with pytest.raises(DataError, match="cannot be read: Is a directory"):
        dataset.records()


def test_what_a_killed_process_left_is_listed(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    dataset.add(jpeg(drawn(1)), "EUR")
    dataset.add(jpeg(drawn(1)), "EUR", place="pending")
    left = [tmp_path / folder / ".abc.tmp" for folder in ("dataset", "dataset/EUR", "pending/EUR")]
    for path in left:
        path.touch()
    assert dataset.drafts() == left


def test_an_empty_data_set_is_empty(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path / "nowhere")
    assert (dataset.examples(), dataset.counts(), dataset.records(), dataset.strays()) == ([], {}, {}, [])


def test_a_picture_is_found_and_read_where_it_is(tmp_path: Path) -> None:
    dataset, data = Dataset(tmp_path), jpeg(drawn(1))
    for label, place in (("EUR", "dataset"), ("JPY", "dataset"), ("USD", "pending")):
        digest = dataset.add(data, label, place=place)
    assert dataset.labels_of(digest) == ("EUR", "JPY")
    assert dataset.read(digest, "USD", place="pending") == data
    assert [dataset.holds(digest, "USD", place=place) for place in PLACES] == [False, True]
    with pytest.raises(DataError, match="could not be read"):
        dataset.read(digest, "USD")
