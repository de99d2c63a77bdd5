"""What a candidate changes is shown where the pictures are here; where they are not, it says how many."""

import io
from pathlib import Path

from PIL import Image

from tests.training.drawn import drawn, jpeg
from training.data.dataset import Dataset
from training.gate.flips import WIDE, flip_sheet
from training.gate.report import Flip


def flipped(dataset: Dataset, count: int) -> list[Flip]:
    return [Flip(dataset.add(jpeg(drawn(seed)), "EUR"), "EUR", "GBP", "EUR") for seed in range(count)]


def test_pictures_of_the_data_set_are_shown_and_the_others_are_counted(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    sheet = flip_sheet([*flipped(dataset, 2), Flip("a" * 64, "NONE", "NONE", "EUR")], dataset)
    assert sheet.missing == 1
    assert sheet.png
    assert Image.open(io.BytesIO(sheet.png)).format == "PNG"


def test_more_than_fits_stays_within_what_telegram_takes_as_a_photo(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    flip = flipped(dataset, 1)[0]
    broken = Flip(flip.sha256, "EUR", "EUR", "GBP")
    sheet = flip_sheet([broken] * 100 + [flip] * 100, dataset)
    assert sheet.png
    width, height = Image.open(io.BytesIO(sheet.png)).size
    assert width + height <= 10000
    assert max(width, height) <= 20 * min(width, height)
    assert width < WIDE * 220


def test_without_any_picture_there_is_no_sheet(tmp_path: Path) -> None:
    sheet = flip_sheet([Flip("a" * 64, "EUR", "EUR", "GBP")], Dataset(tmp_path))
    assert (sheet.png, sheet.missing) == (None, 1)
