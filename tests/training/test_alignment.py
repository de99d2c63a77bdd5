"""A picture is known again turned, scaled, cropped and moved; another one is not taken for it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.training.drawn import drawn
from training.intake.alignment import SIDE, correlation, outline, shrink
from training.intake.copies import ALIGNED


def scene(seed: int, width: int = 300, height: int = 200) -> Image.Image:
    """Draw things on a ground, as different from one seed to the next as photos are."""
    rng = np.random.default_rng(seed)
    image = drawn(seed, 64).resize((width, height))
    draw = ImageDraw.Draw(image)
    for _ in range(14):
        x, y = rng.integers(0, width - 40), rng.integers(0, height - 30)
        box = (x, y, x + rng.integers(15, 90), y + rng.integers(12, 70))
        draw.rectangle(tuple(map(int, box)), fill=tuple(map(int, rng.integers(0, 256, 3))))
    return image


def alike(one: Image.Image, other: Image.Image) -> float:
    return correlation(outline(shrink(one)), outline(shrink(other)))


@pytest.mark.parametrize("degrees", [15, 90, 180, 230])
def test_a_turned_copy_is_known_again(degrees: int) -> None:
    assert alike(scene(1), scene(1).rotate(degrees, expand=True)) >= ALIGNED


def test_a_cropped_copy_is_known_again() -> None:
    assert alike(scene(1), scene(1).crop((40, 20, 280, 180))) >= ALIGNED


def test_a_darker_copy_in_another_size_is_known_again() -> None:
    darker = scene(1).resize((750, 500)).point(lambda level: level // 2)
    assert alike(scene(1), darker) >= ALIGNED


def test_other_pictures_are_not() -> None:
    outlines = [outline(shrink(scene(seed))) for seed in range(8)]
    assert max(correlation(one, other) for one in outlines[:4] for other in outlines[4:]) < ALIGNED


def test_walls_are_nothing_to_align_by() -> None:
    grey = Image.new("RGB", (200, 100), "grey")
    assert alike(grey, grey) == -1.0
    assert alike(grey, scene(1)) == -1.0


@pytest.mark.parametrize("size", [(30, 4000), (24, 24), (500, 375)])
def test_any_shape_fits_on_the_canvas(size: tuple[int, int]) -> None:
    grey = shrink(drawn(1).resize(size))
    assert max(grey.shape) == SIDE
    assert outline(grey).mask.sum() == grey.size
