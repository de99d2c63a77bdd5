"""Photos arrive as Telegram would make them; files arrive byte for byte."""

import pytest
from telegram import Bot

from bot.sandbox.person import Person
from bot.sandbox.photos import NotAPhotoError, photo_sizes
from bot.sandbox.server import SandboxServer
from tests.bot.sandbox.pictures import opened, picture, rotated_jpeg


def test_a_small_plain_jpeg_passes_through() -> None:
    assert photo_sizes(picture(640, 480))[-1].data == picture(640, 480)


def test_a_large_picture_shrinks_to_1280() -> None:
    sizes = photo_sizes(picture(2600, 1300, "PNG"))

    assert [(size.width, size.height) for size in sizes] == [(90, 45), (320, 160), (800, 400), (1280, 640)]
    for size in sizes:
        assert opened(size.data).format == "JPEG"
        assert opened(size.data).size == (size.width, size.height)


def test_metadata_goes_and_the_picture_is_turned() -> None:
    (*_, largest) = photo_sizes(rotated_jpeg(200, 100))

    assert (largest.width, largest.height) == (100, 200)
    assert not opened(largest.data).getexif()
    assert b"A phone" not in largest.data


def test_a_comment_counts_as_metadata() -> None:
    commented = picture(comment=b"where I was")

    assert b"where I was" in commented
    assert b"where I was" not in photo_sizes(commented)[-1].data


def test_a_heavy_jpeg_is_made_lighter_whatever_its_size_in_pixels() -> None:
    heavy = picture(640, 480) + bytes(11 * 1024 * 1024)

    assert len(photo_sizes(heavy)[-1].data) < 1024 * 1024


def test_one_pixel_is_a_photo() -> None:
    (only,) = photo_sizes(picture(1, 1, "PNG"))

    assert (only.width, only.height) == (1, 1)


@pytest.mark.parametrize(
    "data",
    [
        b"text, renamed",
        b"",
        picture(600, 600)[:2000],
        picture(format="GIF"),
        picture(2100, 100),
        picture(12000, 5000, "PNG"),
    ],
    ids=["text", "empty", "truncated", "gif", "narrow", "60 megapixels"],
)
def test_what_cannot_be_a_photo(data: bytes) -> None:
    with pytest.raises(NotAPhotoError):
        photo_sizes(data)


async def test_what_cannot_be_a_photo_arrives_as_a_file(traveller: Person) -> None:
    message = await traveller.send_photo(b"text, renamed")

    assert "photo" not in message
    assert message["document"]["file_size"] == 13


async def test_a_file_keeps_bytes_name_and_type(bot: Bot, traveller: Person) -> None:
    data = rotated_jpeg()

    message = await traveller.send_document(data, "C:\\notes\\£ 5.JPG", caption="mine")

    document = message["document"]
    assert (document["file_name"], document["mime_type"]) == ("£ 5.JPG", "image/jpeg")
    assert document["thumbnail"]["width"] == 100
    file = await bot.get_file(document["file_id"])
    assert bytes(await file.download_as_bytearray()) == data


async def test_file_ids_are_new_each_time_and_unique_ids_follow_the_content(traveller: Person) -> None:
    first, second, other = [
        (await traveller.send_photo(picture(width)))["photo"][-1] for width in (200, 200, 202)
    ]

    assert first["file_id"] != second["file_id"]
    assert first["file_unique_id"] == second["file_unique_id"] != other["file_unique_id"]


async def test_an_album_is_several_messages_with_one_group(traveller: Person) -> None:
    messages = await traveller.send_album([picture(), picture(300, 300)], caption="both")

    assert len({message["media_group_id"] for message in messages}) == 1
    assert [message.get("caption") for message in messages] == ["both", None]


async def test_eleven_pictures_are_two_albums(traveller: Person) -> None:
    messages = await traveller.send_album([picture(200 + number) for number in range(12)])

    groups = [message["media_group_id"] for message in messages]
    assert len(set(groups)) == 2
    assert groups.count(groups[0]) == 10


async def test_the_pictures_of_the_bot_can_be_read(
    sandbox: SandboxServer, bot: Bot, traveller: Person
) -> None:
    await traveller.send("/start")
    await bot.send_photo(1001, picture(640, 480), caption="curves")

    reply = await traveller.reply()

    assert sandbox.file(reply["photo"][-1]["file_id"]).data == picture(640, 480)


async def test_the_record_of_calls_does_not_grow_with_their_files(
    sandbox: SandboxServer, bot: Bot, traveller: Person
) -> None:
    await traveller.send("/start")
    await bot.send_photo(1001, picture(640, 480))

    (call,) = sandbox.calls.of("sendPhoto")

    assert [upload.data for upload in call.parameters.uploads.values()] == [b""]
