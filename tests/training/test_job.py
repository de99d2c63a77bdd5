"""Contract: every picture has one side for ever, and twins share it."""

from pathlib import Path

from PIL import Image

from tests.training.drawn import drawn, jpeg
from training.folders import Example
from training.job import decided


def put(folder: Path, name: str, image: Image.Image, split: str | None = None) -> Example:
    path = folder / f"{name}.jpg"
    path.write_bytes(jpeg(image))
    return Example(path, "EUR", split, "chat")


def test_the_first_four_teach_and_the_fifth_tests(tmp_path: Path) -> None:
    examples = [put(tmp_path, f"{number}", drawn(number)) for number in range(5)]
    assert sorted(each.split or "" for each in decided(examples, None, ())) == ["test"] + ["train"] * 4


def test_photos_of_one_note_stay_on_one_side(tmp_path: Path) -> None:
    twins = [put(tmp_path, f"a{number}", drawn(1, side)) for number, side in enumerate((96, 90, 84, 78, 72))]
    assert len({each.split for each in decided(twins, None, ())}) == 1


def test_what_was_decided_stays(tmp_path: Path) -> None:
    examples = [put(tmp_path, f"{number}", drawn(number), "test") for number in range(5)]
    assert {each.split for each in decided(examples, None, ())} == {"test"}


def test_a_picture_that_cannot_be_read_has_a_side_too(tmp_path: Path) -> None:
    example = put(tmp_path, "a", drawn(1))
    example.path.write_bytes(b"broken")
    assert [each.split for each in decided([example], None, ())] == ["train"]
