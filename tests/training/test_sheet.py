"""The sheet shows every section that has something, and never more than there is room for."""

from pathlib import Path

import pytest
from PIL import Image

from model.errors import DataError
from tests.training.drawn import put
from training.intake.sheet import MAX_ROWS, Entry, Section, contact_sheet


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        assert image.format == "PNG"
        return image.size


def test_empty_sections_take_no_room(tmp_path: Path) -> None:
    picture = put(tmp_path / "a.jpg", 1)
    section = Section("Blurred", (Entry((picture,), "a"),))
    assert contact_sheet([section], tmp_path / "one.png") == 1
    assert contact_sheet([Section("Dark", ()), section], tmp_path / "two.png") == 1
    assert size(tmp_path / "one.png") == size(tmp_path / "two.png")
    assert contact_sheet([section, section], tmp_path / "three.png") == 2
    assert size(tmp_path / "three.png")[1] == 2 * size(tmp_path / "one.png")[1]


def test_pairs_lie_side_by_side_under_their_title(tmp_path: Path) -> None:
    red, blue = tmp_path / "red.png", tmp_path / "blue.png"
    Image.new("RGB", (300, 225), "red").save(red)
    Image.new("RGB", (300, 225), "blue").save(blue)
    contact_sheet([Section("Twins", (Entry((red, blue), "both"),))], tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.getpixel((100, 120)) == (255, 0, 0)
        assert sheet.getpixel((300, 120)) == (0, 0, 255)
        assert sheet.getpixel((500, 120)) == (255, 255, 255)


def test_a_section_is_cut_after_its_last_row(tmp_path: Path) -> None:
    picture = put(tmp_path / "a.jpg", 1)
    pairs = Section("Twins", (Entry((picture, picture), "twins"),) * 100)
    assert len(pairs.shown) == 4 * MAX_ROWS
    assert contact_sheet([pairs], tmp_path / "sheet.png") == 4 * MAX_ROWS


def test_a_damaged_picture_does_not_keep_the_others_from_being_drawn(tmp_path: Path) -> None:
    damaged, red = tmp_path / "damaged.jpg", tmp_path / "red.png"
    damaged.write_bytes(put(tmp_path / "a.jpg", 1).read_bytes()[:100])
    Image.new("RGB", (300, 225), "red").save(red)
    contact_sheet([Section("Twins", (Entry((damaged, red), "both"),))], tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.getpixel((100, 120)) == (255, 255, 255)
        assert sheet.getpixel((300, 120)) == (255, 0, 0)


def test_nothing_found_is_a_sheet_too(tmp_path: Path) -> None:
    assert contact_sheet([], tmp_path / "new/sheet.png") == 0
    assert size(tmp_path / "new/sheet.png")[1] < 100


def test_what_the_disk_refuses_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be written"):
        contact_sheet([], tmp_path / "file" / "sheet.png")
