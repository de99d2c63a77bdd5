"""Small, dark and blurred pictures are named; plain or black ground does not make a picture poor."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tests.training.drawn import PHOTOS, needs_photos
from tests.training.test_alignment import scene
from training.data.folders import survey
from training.intake.quality import Fault, quality
from training.intake.reading import read


def test_a_good_picture_has_no_fault() -> None:
    assert quality(scene(1)).faults() == ()


def test_a_thumbnail_is_small() -> None:
    assert quality(scene(1, 150, 95)).faults() == (Fault.SMALL,)
    assert quality(scene(1, 150, 96)).faults() == ()


def test_a_night_is_dark_and_a_bright_thing_on_black_is_not() -> None:
    assert Fault.DARK in quality(scene(1).point(lambda level: level // 4)).faults()
    black = Image.new("RGB", (600, 400))
    black.paste(scene(1), (150, 100))
    assert quality(black).faults() == ()


def test_blur_is_seen_at_any_size() -> None:
    large = scene(1).resize((1600, 1067))
    assert quality(large).faults() == ()
    assert quality(large.filter(ImageFilter.GaussianBlur(25))).faults() == (Fault.BLURRED,)


def test_one_sharp_thing_before_a_soft_ground_is_sharp() -> None:
    soft = scene(1).filter(ImageFilter.GaussianBlur(12))
    soft.paste(scene(2).crop((100, 50, 180, 130)), (100, 50))
    assert quality(soft).faults() == ()


@pytest.mark.parametrize("size", [(24, 24), (24, 3000)])
def test_any_shape_can_be_measured(size: tuple[int, int]) -> None:
    assert np.isfinite(quality(scene(1).resize(size)).sharpness)


@needs_photos
def test_what_is_found_in_the_real_folders() -> None:
    """The docstrings of the thresholds say so; the catalogue's thumbnails are the small ones."""
    root = PHOTOS / "extra"
    named = {"GBP/071.jpg", "CAD/001.jpg", "USD/001.jpg", "not_money/255.jpg", "not_money/219.jpg"}
    chosen = [each for each in survey(root).examples if each.path.relative_to(root).as_posix() in named]
    pictures, _ = read(chosen, lambda done, total: None, stored=False)
    faults = {each.example.path.relative_to(root).as_posix(): each.quality.faults() for each in pictures}
    assert faults == {
        "GBP/071.jpg": (Fault.SMALL,),
        "CAD/001.jpg": (Fault.SMALL,),
        "USD/001.jpg": (),
        "not_money/255.jpg": (Fault.DARK, Fault.BLURRED),
        "not_money/219.jpg": (Fault.DARK,),
    }
