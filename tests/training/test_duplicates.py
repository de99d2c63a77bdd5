"""The same picture is found again after recompression and resizing; other pictures are not taken for it."""

from PIL import Image

from model.pictures import decode
from tests.training.drawn import drawn, jpeg
from training.duplicates import Fingerprint, fingerprint, groups, near_pairs


def prints(*images: Image.Image) -> list[Fingerprint]:
    return [fingerprint(image) for image in images]


def test_recompressed_and_resized_copies_are_near() -> None:
    image = drawn(1, side=200)
    again = decode(jpeg(image, quality=40))
    smaller = image.resize((120, 120))
    assert near_pairs(prints(image, again, smaller)) == [(0, 1), (0, 2), (1, 2)]


def test_exact_means_equal_pixels() -> None:
    image = drawn(1)
    assert fingerprint(image).exact == fingerprint(image.copy()).exact
    assert fingerprint(image).exact != fingerprint(decode(jpeg(image, quality=40))).exact


def test_other_pictures_are_no_twins() -> None:
    assert near_pairs(prints(*(drawn(seed) for seed in range(40)))) == []


def test_plain_pictures_are_twins_only_of_their_equals() -> None:
    grey, black = Image.new("RGB", (64, 64), "grey"), Image.new("RGB", (64, 64), "black")
    assert near_pairs(prints(grey, black, grey.copy())) == [(0, 2)]


def test_nothing_has_no_twins() -> None:
    assert near_pairs([]) == []


def test_twins_of_twins_are_one_group() -> None:
    assert groups(6, [(4, 5), (1, 2), (2, 4)]) == [0, 1, 1, 3, 1, 1]
