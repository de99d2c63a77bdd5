"""A second look: at what is small and alone, with all the pixels there are, and at nothing else."""

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from model import looking
from model.looking import Floats, Part, Pixels, look, part_to_look_at
from model.pictures import seen

SIZE = 32


def reaction(*places: tuple[int, int], size: int = 9) -> Floats:
    """A map on which some places are reacted to, and everything else a little."""
    found = np.full((size, size), 0.1, np.float32)
    for row, column in places:
        found[row, column] = 10.0
    return found


def desk(left: int, top: int, side: int = 60) -> Image.Image:
    """A large dark picture with one bright square on it."""
    image = Image.new("RGB", (800, 600))
    image.paste((255, 255, 255), (left, top, left + side, top + side))
    return image


def brightness(pixels: Pixels) -> tuple[Floats, Floats]:
    """A network whose embedding is the mean brightness, and that reacts to bright places."""
    grey = pixels.mean(axis=-1, dtype=np.float32)
    return grey.mean(axis=(1, 2))[:, None], grey


def direction(pixels: Pixels) -> tuple[Floats, Floats]:
    """The same as an angle: every embedding is of length 2."""
    bright, grey = brightness(pixels)
    return 2 * np.concatenate([np.cos(bright / 255), np.sin(bright / 255)], axis=1), grey


def counted(asked: list[int], images: Sequence[Image.Image], number: int) -> Image.Image:
    asked.append(number)
    return images[number]


def test_what_fills_the_picture_is_not_looked_at_again() -> None:
    assert part_to_look_at(np.ones((9, 9), np.float32)) is None
    assert part_to_look_at(reaction((4, 1), (4, 7))) is None
    assert part_to_look_at(np.zeros((9, 9), np.float32)) is None
    assert part_to_look_at(np.ones((1, 1), np.float32)) is None


@pytest.mark.parametrize("place", [(4, 4), (0, 0), (8, 2)])
def test_the_part_holds_what_is_reacted_to_and_stays_in_the_picture(place: tuple[int, int]) -> None:
    part = part_to_look_at(reaction(place))
    assert part
    y, x = ((index + 0.5) / 9 for index in place)
    assert 0 <= part.left <= x <= part.left + part.side <= 1
    assert 0 <= part.top <= y <= part.top + part.side <= 1
    assert part.side >= looking.LEAST


def test_a_wider_thing_gets_a_larger_part() -> None:
    one, three = (part_to_look_at(reaction(*((4, x) for x in xs))) for xs in ([4], [3, 4, 5]))
    assert one and three
    assert three.side > one.side


def test_a_small_thing_is_seen_larger_by_the_second_look() -> None:
    image = desk(600, 100)
    (once,) = brightness(looking.network_input(seen(image), SIZE)[None])[0]
    embeddings = look(brightness, SIZE, [seen(image)], lambda number: image)
    assert embeddings[0] > 3 * once


def test_two_looks_that_differ_are_no_doubt() -> None:
    image = desk(600, 100)
    once, _ = direction(looking.network_input(seen(image), SIZE)[None])
    twice = look(direction, SIZE, [seen(image)], lambda number: image)
    assert twice[0, 1] > 3 * once[0, 1]
    assert np.linalg.norm(twice) == pytest.approx(2, rel=1e-5)


def test_only_what_is_small_is_asked_for_whole() -> None:
    images = [Image.new("RGB", (800, 600), "white"), desk(600, 100), Image.new("RGB", (800, 600), "grey")]
    asked: list[int] = []
    shown = [seen(image) for image in images]
    embeddings = look(brightness, SIZE, shown, lambda number: counted(asked, images, number))
    assert asked == [1]
    alone = look(brightness, SIZE, shown[1:2], lambda number: images[1])
    np.testing.assert_allclose(embeddings[1], alone[0])
    assert embeddings[[0, 2]].ravel().tolist() == [255, 128]


def test_one_look_has_to_do_where_the_picture_is_gone() -> None:
    shown = seen(desk(600, 100))
    embeddings = look(brightness, SIZE, [shown], lambda number: None)
    np.testing.assert_array_equal(embeddings, brightness(looking.network_input(shown, SIZE)[None])[0])


def test_a_part_of_few_pixels_shows_nothing_more() -> None:
    part = Part(0.5, 0.5, 0.25)
    assert part.of(Image.new("RGB", (383, 383))) is None
    cut = part.of(Image.new("RGB", (384, 400)))
    assert cut
    assert cut.size == (96, 100)
    small = Image.new("RGB", (200, 200))
    small.paste("white", (20, 20, 60, 60))
    embeddings = look(brightness, SIZE, [seen(small)], lambda number: small)
    np.testing.assert_array_equal(embeddings, brightness(looking.network_input(seen(small), SIZE)[None])[0])


def test_evidence_of_both_looks_keeps_its_sum_and_its_place() -> None:
    part = Part(0.5, 0.0, 0.5)
    both = part.onto(np.zeros((9, 9), np.float32), np.ones((9, 9), np.float32))
    middle = looking.FINE // 2
    assert both[:middle, middle:].sum() == pytest.approx(81 * looking.WEIGHT, rel=1e-5)
    assert both[middle:].sum() == both[:, :middle].sum() == 0
