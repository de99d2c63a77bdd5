"""Closer looks: at what is small and alone, else at two corners, with all the pixels there are."""

import numpy as np
import pytest
from PIL import Image

from model import looking
from model.looking import CORNERS, Floats, Part, Pixels, laid_together, look, parts_to_look_at
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


def once(run: looking.Run, shown: Image.Image) -> Floats:
    """The embedding (d,) of a look at the whole alone."""
    return run(looking.network_input(shown, SIZE)[None])[0][0]


def filled() -> Image.Image:
    """A large picture, bright in its upper left corner and dark elsewhere."""
    image = Image.new("RGB", (800, 600))
    image.paste((255, 255, 255), (0, 0, 560, 420))  # 0.7 of each side
    return image


def grain(rng: np.random.Generator) -> Image.Image:
    """A picture that says the same everywhere, and that compressing changes."""
    return Image.fromarray(rng.integers(0, 256, (300, 400, 3), np.uint8))


def test_what_fills_the_picture_is_looked_at_in_two_corners() -> None:
    assert parts_to_look_at(np.ones((9, 9), np.float32)) == CORNERS
    assert parts_to_look_at(reaction((4, 1), (4, 7))) == CORNERS


def test_a_network_that_does_not_say_where_it_reacts_looks_once() -> None:
    assert parts_to_look_at(np.zeros((9, 9), np.float32)) == ()
    assert parts_to_look_at(np.ones((2, 2), np.float32)) == ()
    assert parts_to_look_at(np.ones((1, 1), np.float32)) == ()


@pytest.mark.parametrize("place", [(4, 4), (0, 0), (8, 2)])
def test_the_part_holds_what_is_reacted_to_and_stays_in_the_picture(place: tuple[int, int]) -> None:
    (part,) = parts_to_look_at(reaction(place))
    y, x = ((index + 0.5) / 9 for index in place)
    assert 0 <= part.left <= x <= part.left + part.side <= 1
    assert 0 <= part.top <= y <= part.top + part.side <= 1
    assert part.side >= looking.LEAST


def test_a_wider_thing_gets_a_larger_part() -> None:
    (one,), (three,) = (parts_to_look_at(reaction(*((4, x) for x in xs))) for xs in ([4], [3, 4, 5]))
    assert three.side > one.side


def test_a_small_thing_is_seen_larger_closer() -> None:
    image = desk(600, 100)
    (looked,) = look(brightness, SIZE, [seen(image)], lambda number: image)
    assert looked.embedding > 3 * once(brightness, seen(image))
    assert [part.weight for part in looked.parts] == [looking.PART_WEIGHT]


def test_looks_that_differ_are_no_doubt() -> None:
    image = desk(600, 100)
    (looked,) = look(direction, SIZE, [seen(image)], lambda number: image)
    assert looked.embedding[1] > 3 * once(direction, seen(image))[1]
    assert np.linalg.norm(looked.embedding) == pytest.approx(2, rel=1e-5)


def test_corners_count_for_half() -> None:
    image = filled()
    (looked,) = look(brightness, SIZE, [seen(image)], lambda number: image)
    assert looked.parts == CORNERS
    bright = 0.5 * 0.7**2 + 0.25 * 1 + 0.25 * (0.4 / 0.7) ** 2  # of the whole, of either corner
    assert looked.embedding[0] == pytest.approx(255 * bright, rel=0.02)


def test_corners_are_left_out_where_the_whole_is_enough() -> None:
    asked: list[Floats] = []

    def enough(embedding: Floats) -> bool:
        asked.append(embedding)
        return True

    image = filled()
    (looked,) = look(direction, SIZE, [seen(image)], lambda number: image, enough)
    assert looked.parts == ()
    np.testing.assert_array_equal(looked.embedding, asked[0])  # what was judged is what answers


def test_a_small_thing_is_looked_at_whatever_the_whole_says() -> None:
    image = desk(600, 100)
    (looked,) = look(brightness, SIZE, [seen(image)], lambda number: image, lambda embedding: True)
    assert len(looked.parts) == 1


def test_parts_are_shown_small_and_compressed_like_all_pictures(rng: np.random.Generator) -> None:
    shown: list[Pixels] = []

    def run(pixels: Pixels) -> tuple[Floats, Floats]:
        shown.append(pixels)
        return brightness(pixels)

    image = grain(rng)
    look(run, SIZE, [seen(image)], lambda number: image)
    cuts = [corner.of(image) for corner in CORNERS]
    expected = [looking.network_input(seen(cut), SIZE) for cut in cuts if cut]
    np.testing.assert_array_equal(shown[1], np.stack(expected))


def test_each_of_several_pictures_is_seen_as_it_is_alone() -> None:
    images = [filled(), desk(600, 100), Image.new("RGB", (50, 50), "grey"), filled().rotate(180)]
    shown = [seen(image) for image in images]
    together = look(direction, SIZE, shown, images.__getitem__)
    for image, looked in zip(images, together, strict=True):
        (alone,) = look(direction, SIZE, [seen(image)], lambda number, image=image: image)
        np.testing.assert_allclose(looked.embedding, alone.embedding, rtol=1e-6)
        assert looked.parts == alone.parts
    assert [len(looked.parts) for looked in together] == [2, 1, 0, 2]


def test_only_what_is_looked_at_closer_is_asked_for_whole() -> None:
    images = [filled(), desk(600, 100), filled().rotate(180)]
    asked: list[int] = []

    def whole(number: int) -> Image.Image:
        asked.append(number)
        return images[number]

    look(brightness, SIZE, [seen(image) for image in images], whole, lambda embedding: True)
    assert asked == [1]


def test_one_look_has_to_do_where_the_picture_is_gone() -> None:
    shown = seen(desk(600, 100))
    (looked,) = look(brightness, SIZE, [shown], lambda number: None)
    np.testing.assert_allclose(looked.embedding, once(brightness, shown), rtol=1e-6)


def test_a_part_of_few_pixels_shows_nothing_more() -> None:
    part = Part(0.5, 0.5, 0.25, 0.75)
    assert part.of(Image.new("RGB", (383, 383))) is None
    cut = part.of(Image.new("RGB", (384, 400)))
    assert cut
    assert cut.size == (96, 100)
    small = Image.new("RGB", (200, 200))
    small.paste("white", (20, 20, 60, 60))
    (looked,) = look(brightness, SIZE, [seen(small)], lambda number: small)
    np.testing.assert_allclose(looked.embedding, once(brightness, seen(small)), rtol=1e-6)


@pytest.mark.parametrize("parts", [(Part(0.5, 0.0, 0.5, 0.75),), CORNERS])
def test_evidence_of_all_looks_keeps_its_sum_and_its_place(parts: tuple[Part, ...]) -> None:
    one, nothing = np.ones((9, 9), np.float32), np.zeros((9, 9), np.float32)
    found = laid_together(nothing, [(part, one) for part in parts])
    assert found.sum() == pytest.approx(81 * sum(part.weight for part in parts), rel=1e-5)
    outside = np.ones((looking.FINE, looking.FINE), np.bool_)
    for part in parts:
        left, top, right, bottom = (
            round(share * looking.FINE)
            for share in (part.left, part.top, part.left + part.side, part.top + part.side)
        )
        outside[top:bottom, left:right] = False
    assert (found[outside] == 0).all()
    assert (found[~outside] > 0).all()
    whole = laid_together(one, [(part, nothing) for part in parts])
    assert whole.sum() == pytest.approx(81 * (1 - sum(part.weight for part in parts)), rel=1e-5)


def test_evidence_of_one_look_is_left_alone() -> None:
    one = np.ones((9, 9), np.float32)
    assert laid_together(one, []) is one
