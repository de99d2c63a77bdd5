"""Contract: any bytes become an upright RGB picture or one sentence; what is kept tells only its pixels."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageCms

from model.errors import PictureError
from model.pictures import (
    LONGEST_STRIP,
    MIN_SIDE,
    SEEN_SIDE,
    decode,
    network_input,
    preview,
    seen,
    stored_jpeg,
)
from tests.hostile.making import HEIC, coded, halves

_ORIENTATION = 0x0112
_GPS = 0x8825


def is_red(pixel: tuple[int, ...]) -> bool:
    return pixel[0] > 150 and pixel[2] < 100


def is_blue(pixel: tuple[int, ...]) -> bool:
    return pixel[2] > 150 and pixel[0] < 100


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_common_formats_are_read(kind: str) -> None:
    image = decode(coded(halves(), kind))
    assert image.mode == "RGB"
    assert image.size == (64, 48)
    assert is_red(image.getpixel((10, 30)))


def test_pictures_of_phones_in_heic_are_read() -> None:
    image = decode(HEIC)
    assert (image.mode, image.size) == ("RGB", (64, 48))
    assert is_red(image.getpixel((10, 30)))
    assert is_blue(image.getpixel((54, 30)))


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "YCbCr"])
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    kind = "TIFF" if mode in ("CMYK", "YCbCr") else "PNG"
    assert decode(coded(halves(mode), kind)).mode == "RGB"


def test_sixteen_bit_grey_keeps_its_shades() -> None:
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    pixels = np.asarray(decode(coded(Image.fromarray(ramp), "PNG")))
    assert pixels.min() < 10
    assert 100 < np.median(pixels) < 155
    assert pixels.max() > 245


def test_what_is_transparent_becomes_white() -> None:
    glass = Image.new("RGBA", (60, 60), (255, 0, 0, 0))
    assert decode(coded(glass, "PNG")).getpixel((30, 30)) == (255, 255, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    upright = decode(coded(halves(), exif=exif.tobytes()))
    assert upright.size == ((64, 48) if orientation <= 4 else (48, 64))


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_does_not_spoil_the_picture() -> None:
    assert decode(coded(halves(), exif=b"Exif\0\0MM\0*\0\0\xff\xff broken")).size == (64, 48)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no picture I can read"),
        (b"just text, renamed .jpg", "no picture I can read"),
        (coded(halves())[:-40], "damaged or cut off"),
        (coded(Image.new("RGB", (1, 1)), "PNG"), "too small"),
        (coded(Image.new("RGB", (4000, MIN_SIDE - 1)), "PNG"), "too small"),
        (coded(Image.new("1", (12000, 12000)), "PNG"), "million pixels"),
        (coded(halves(), "GIF", save_all=True, append_images=[halves("L")]), "animation"),
    ],
)
def test_what_is_no_photo_gets_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(PictureError, match=sentence) as caught:
        decode(data)
    assert "\n" not in str(caught.value)


def test_every_truncation_is_refused_or_read() -> None:
    data = coded(halves(), "PNG")
    for length in range(0, len(data), 7):
        try:
            decode(data[:length])
        except PictureError:
            continue


def test_the_network_sees_the_whole_picture_stretched_to_a_square() -> None:
    pixels = network_input(halves(size=(200, 50)), 32)
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
    assert is_red(tuple(pixels[16, 2]))
    assert not is_red(tuple(pixels[16, 29]))


def test_decoding_at_a_smaller_scale_shows_the_same() -> None:
    data = coded(halves(size=(1600, 1200)), quality=95)
    small = network_input(decode(data, 64), 64).astype(int)
    full = network_input(decode(data), 64).astype(int)
    assert np.abs(small - full).mean() < 2


def test_the_network_is_shown_a_small_upright_picture() -> None:
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    shown = seen(decode(coded(halves(size=(1600, 1200)), exif=exif.tobytes()), SEEN_SIDE))
    assert (shown.size, shown.mode) == ((SEEN_SIDE * 3 // 4, SEEN_SIDE), "RGB")
    assert is_red(shown.getpixel((100, 20)))
    assert not is_red(shown.getpixel((100, SEEN_SIDE - 20)))


def test_how_finely_a_picture_was_saved_tells_less_in_what_the_network_is_shown() -> None:
    rng = np.random.default_rng(3)
    ramp = np.linspace(0, 200, 384)[:, None, None] + rng.normal(20, 6, (384, 384, 3))
    image = Image.fromarray(ramp.clip(0, 255).astype(np.uint8))
    fine, coarse = coded(image, quality=97), coded(image, quality=78)

    def apart(read: Callable[[bytes], Image.Image]) -> float:
        one, other = (np.asarray(read(data), np.float64) for data in (fine, coarse))
        return float(np.abs(one - other).mean())

    assert apart(lambda data: seen(decode(data))) < 0.5 * apart(decode)


def test_a_plain_jpeg_is_kept_byte_for_byte() -> None:
    data = coded(halves())
    assert stored_jpeg(data) == data


def test_place_and_time_are_not_kept() -> None:
    exif = Image.Exif()
    exif[_ORIENTATION] = 6
    exif[_GPS] = {1: "N", 2: (52.0, 31.0, 12.0)}
    kept = stored_jpeg(coded(halves(), exif=exif.tobytes()))
    image = Image.open(io.BytesIO(kept))
    assert not image.getexif()
    assert image.size == (48, 64)


@pytest.mark.parametrize("hidden", [b"PK\x03\x04 a second file", b"\0<script>"])
def test_nothing_hides_behind_a_picture(hidden: bytes) -> None:
    assert hidden not in stored_jpeg(coded(halves()) + hidden)


def test_a_colour_profile_may_stay_and_what_only_calls_itself_one_may_not() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = coded(halves(), icc_profile=profile)
    assert stored_jpeg(data) == data
    assert b"my secret" not in stored_jpeg(coded(halves(), icc_profile=b"my secret" * 9))


def test_nothing_hides_between_the_passes_of_a_picture() -> None:
    data = coded(halves(), progressive=True)
    at = data.rindex(b"\xff\xda")
    assert b"my secret" not in stored_jpeg(data[:at] + b"\xff\xe1\x00\x0bmy secret" + data[at:])


def test_a_comment_is_not_kept() -> None:
    assert b"my secret" not in stored_jpeg(coded(halves(), comment=b"my secret"))


def test_every_format_is_kept_as_jpeg() -> None:
    assert Image.open(io.BytesIO(stored_jpeg(coded(halves(), "PNG")))).format == "JPEG"


@pytest.mark.parametrize("size", [(3000, 100), (100, 3000), (1200, 30)])
def test_a_strip_gets_a_border_or_no_chat_would_show_it(size: tuple[int, int]) -> None:
    shown = decode(preview(coded(Image.new("RGB", size, "red"), "JPEG")))
    assert max(shown.size) <= LONGEST_STRIP * min(shown.size)
    assert is_red(shown.getpixel((shown.width // 2, shown.height // 2)))


@pytest.mark.parametrize(("size", "shown"), [((4000, 1000), (1280, 320)), ((64, 48), (64, 48))])
def test_preview_is_small_upright_and_tells_nothing(size: tuple[int, int], shown: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[_GPS] = {1: "N"}
    seen = Image.open(io.BytesIO(preview(coded(halves(size=size), exif=exif))))
    assert (seen.format, seen.size) == ("JPEG", shown)
    assert is_red(seen.getpixel((10, 30)))
    assert not seen.getexif()
