"""The same picture is found again after recompression and resizing; other pictures are not taken for it."""

import time
from dataclasses import replace

import numpy as np
from PIL import Image

from model.pictures import decode
from tests.training.drawn import drawn, jpeg
from training.intake.duplicates import (
    Fingerprint,
    fingerprint,
    groups,
    is_copy,
    may_be_near,
    near_pairs,
    twin_groups,
)


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


def test_twins_share_the_name_of_the_oldest() -> None:
    assert twin_groups(["a", "b", "c"], [None, None, None], [(0, 2)]) == ["a", "b", "a"]


def test_a_known_group_is_kept_and_given_to_twins_that_have_none() -> None:
    named = [None, "source:desk", None, "source:shop"]
    pairs = [(0, 1), (1, 2), (2, 3)]
    assert twin_groups(["a", "b", "c", "d"], named, pairs) == [
        "source:desk",
        "source:desk",
        "source:desk",
        "source:shop",
    ]


def test_a_picture_decoded_small_is_a_twin_of_itself_decoded_large() -> None:
    data = jpeg(drawn(1, side=1600))
    assert near_pairs(prints(decode(data), decode(data, 128))) == [(0, 1)]


def test_thousands_of_pictures_are_compared_in_seconds() -> None:
    one = fingerprint(drawn(1))
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**63, 4000)
    many = [replace(one, exact=str(i), phash=int(phash)) for i, phash in enumerate(hashes)]
    many += [replace(many[7], exact="again")]
    started = time.perf_counter()
    assert near_pairs(many) == [(7, 4000)]
    assert time.perf_counter() - started < 10


def test_copies_of_one_picture_are_told_from_pictures_that_look_like_it() -> None:
    image = drawn(1, side=200)
    painted = image.copy()
    painted.paste("black", (0, 0, 40, 40))
    one, again, smaller, other = prints(image, decode(jpeg(image, 30)), image.resize((70, 70)), painted)
    assert [is_copy(one, each) for each in (one, again, smaller, other)] == [True, True, True, False]


def test_hashes_are_close_before_pictures_are_read() -> None:
    assert may_be_near(0b1111, [0, 0b1111, (1 << 64) - 1, 0b1111 << 8]) == [0, 1, 3]
    assert may_be_near(0, []) == []
