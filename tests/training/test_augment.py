"""Contract: views stray as phones do, repeat with their seed, and never mirror a note."""

import numpy as np
import pytest
from PIL import Image

from training.fitting.augment import Augmentation, view

STILL = Augmentation(paste=0, crop_area=1.0, any_angle=0, perspective=0, cover=0, degrade=0)


def corner_marks() -> Image.Image:
    """Red at the top left, green at the top right, blue below: a mirror image has another order."""
    image = Image.new("RGB", (120, 80), (20, 20, 230))
    image.paste((230, 20, 20), (0, 0, 60, 40))
    image.paste((20, 230, 20), (60, 0, 120, 40))
    return image


def turns_clockwise(pixels: np.ndarray) -> bool:
    """Whether red, green and blue lie in the order of the original, however turned."""
    centres = []
    for channel in range(3):
        others = [c for c in range(3) if c != channel]
        mask = pixels[..., channel].astype(int) - pixels[..., others].max(axis=-1) > 60
        centres.append(np.argwhere(mask).mean(axis=0)[::-1])
    red, green, blue = centres
    return bool(np.cross(green - red, blue - red) > 0)


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors are deprecated")
@pytest.mark.parametrize("paste", [0.0, 1.0])
def test_a_note_is_turned_but_never_mirrored(paste: float) -> None:
    recipe = Augmentation(
        paste=paste, paste_area=(0.3, 0.5), crop_area=0.9, any_angle=1, fold=0, cover=0, degrade=0
    )
    ground = Image.new("RGB", (100, 100), (128, 128, 128))
    for seed in range(12):
        pixels = view(corner_marks(), ground, 96, np.random.default_rng(seed), recipe)
        assert turns_clockwise(pixels), seed


def test_the_same_seed_draws_the_same_view() -> None:
    one, same, other = (
        view(corner_marks(), corner_marks(), 64, np.random.default_rng(seed), Augmentation())
        for seed in (3, 3, 4)
    )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("size", [(24, 24), (2000, 30), (30, 2000)])
def test_any_shape_fills_the_square(size: tuple[int, int]) -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        pixels = view(Image.new("RGB", size, (90, 90, 90)), corner_marks(), 64, rng, Augmentation())
        assert pixels.shape == (64, 64, 3)
        assert pixels.dtype == np.uint8


def test_a_pasted_picture_fills_the_share_that_was_asked_for() -> None:
    recipe = Augmentation(
        paste=1, paste_area=(0.2, 0.2), any_angle=0, perspective=0, fold=0, cover=0, degrade=0
    )
    note, ground = Image.new("RGB", (120, 60), (250, 250, 250)), Image.new("RGB", (100, 100), (0, 0, 0))
    shares = [
        (view(note, ground, 100, np.random.default_rng(seed), recipe).mean(axis=-1) > 60).mean()
        for seed in range(10)
    ]
    assert 0.1 < np.median(shares) < 0.3


def test_a_folded_picture_shows_one_end() -> None:
    recipe = Augmentation(
        paste=1, paste_area=(0.3, 0.3), any_angle=0, perspective=0, fold=1, cover=0, degrade=0
    )
    note, ground = Image.new("RGB", (120, 60), (250, 20, 20)), Image.new("RGB", (100, 100), (0, 0, 0))
    note.paste((20, 250, 20), (60, 0, 120, 60))
    ends = set()
    for seed in range(10):
        pixels = view(note, ground, 100, np.random.default_rng(seed), recipe).astype(int)
        red, green = ((pixels[..., c] - pixels[..., 1 - c] > 40).sum() for c in (0, 1))
        assert max(red, green) > 1.3 * min(red, green)
        ends.add(bool(red > green))
    assert ends == {True, False}
