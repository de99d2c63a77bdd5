"""Every photo gets exactly one answer and hostile files one clear sentence; corrections keep the very bytes.

Over plain HTTP, against the real bot with the base model.
"""

import hashlib
import io
import re
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest
from PIL import Image
from pydantic import SecretStr

from bot.app import build
from bot.cli import sandboxed
from bot.running import running
from bot.sandbox.server import SandboxServer
from model.labels import display_name
from tests.e2e import banknote
from tests.e2e.demo import PROJECT, Demo, Json, buttons, running_demo
from tests.training.drawn import PHOTOS, needs_photos

RIGHT_OF_51 = 46
AT_MOST_OF_LOADING = 0.6
"""Of the time until the first photos are answered: what /start may take. Seen: a third."""


def picture(size: tuple[int, int], format: str = "PNG", mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, format, **options)
    return out.getvalue()


@cache
def note() -> bytes:
    return banknote.photo(banknote.FIFTY)


HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "letter.jpg": lambda: b"Dear bot, this is no picture.",
    "cut-off.jpg": lambda: note()[: len(note()) // 3],
    "heavy.jpg": lambda: note() + bytes(25 * 1024 * 1024),
    "dot.png": lambda: picture((1, 1)),
    "moving.gif": lambda: picture(
        (60, 60), "GIF", save_all=True, append_images=[Image.new("RGB", (60, 60), "red")]
    ),
    "huge.png": lambda: picture((12_000, 12_000), mode="1"),
}


def assert_kept(demo: Demo, photo: Json, label: str) -> None:
    """The photo, as Telegram serves it, lies in its class folder under its hash."""
    served = demo.traveller.file(photo["photo"][-1]["file_id"])
    assert demo.kept()[f"{label}/{hashlib.sha256(served).hexdigest()}.jpg"] == served


@pytest.mark.photos
@needs_photos
def test_held_out_photos_are_answered_once_each_and_nearly_all_right(demo: Demo) -> None:
    traveller = demo.traveller
    files = sorted((PHOTOS / "seed" / "test").glob("*/*"))
    assert len(files) == 51
    sent = [(file, traveller.send((file.name, file.read_bytes()))[0]) for file in files]
    for _, photo in sent:
        traveller.reply(photo)

    wrong = []
    for file, photo in sent:
        (answer,) = traveller.replies(photo)
        name = display_name(file.parent.name, "en")
        if not answer["text"].removeprefix("I am not sure. ").startswith(name):
            wrong.append((file.parent.name, file.name, answer["text"]))
    assert len(files) - len(wrong) >= RIGHT_OF_51, wrong

    sure = [photo for _, photo in sent if "Wrong" in [key["text"] for key in buttons(traveller.reply(photo))]]
    for photo in sure[:: len(sure) // 3]:
        traveller.press("Wrong", traveller.reply(photo))
        asked = traveller.becomes(traveller.reply(photo), "Which one is it?")
        traveller.press("None of these", asked)
        traveller.becomes(asked, "Saved as None of these. Thank you!")
        assert_kept(demo, photo, "NONE")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_get_one_clear_sentence(demo: Demo, name: str) -> None:
    traveller = demo.traveller
    (hostile,) = traveller.send((name, HOSTILE[name]()), as_photo=False)
    sentence = traveller.reply(hostile)["text"]
    assert re.fullmatch(r"[A-Z][^.\n]+; please send [^.\n]+\.", sentence)

    (photo,) = traveller.send(("note.jpg", note()))
    assert buttons(traveller.reply(photo))
    assert len(traveller.replies(hostile)) == len(traveller.replies(photo)) == 1


def test_picture_of_no_money_is_not_called_money(demo: Demo) -> None:
    (photo,) = demo.traveller.send(("hills.jpg", banknote.landscape()))
    answer = demo.traveller.reply(photo)["text"]
    assert answer.startswith(("This is none of the currencies I know", "I am not sure."))


def test_correction_by_text_is_kept_and_undone(demo: Demo) -> None:
    (photo,) = demo.traveller.send(("note.jpg", banknote.photo(banknote.TEN)))
    answer = demo.traveller.reply(photo)
    demo.traveller.say("pounds")
    demo.traveller.becomes(answer, "Saved as British Pound. Thank you!")
    assert_kept(demo, photo, "GBP")

    undone = demo.traveller.following(demo.traveller.say("undo"))
    assert undone["text"] == answer["text"]
    assert not [name for name in demo.kept() if name.startswith("GBP/")]


def test_why_shows_where_the_model_looked(demo: Demo) -> None:
    (photo,) = demo.traveller.send(("note.jpg", note()))
    answer = demo.traveller.reply(photo)
    demo.traveller.press("Why?", answer)
    shown = demo.traveller.reply(answer)
    assert re.fullmatch(r"Bright orange is what makes me think it is [^.]+, [^.]+\.", shown["caption"])
    sizes = [
        Image.open(io.BytesIO(demo.traveller.file(m["photo"][-1]["file_id"]))).size for m in (photo, shown)
    ]
    assert sizes[0][0] / sizes[0][1] == pytest.approx(sizes[1][0] / sizes[1][1], rel=0.01)


def test_start_is_answered_at_once_and_photos_when_the_model_is_there(tmp_path: Path) -> None:
    with running_demo(tmp_path) as demo:
        traveller = demo.traveller
        traveller.following(traveller.say("/start"))
        seconds = time.monotonic() - demo.started_at
        assert "still loading" in traveller.following(traveller.say("/about"))["text"]
        photos = traveller.send(("1.jpg", note()), ("2.jpg", note()))
        assert all(buttons(traveller.reply(photo)) for photo in photos)
        loaded = time.monotonic() - demo.started_at
    # Against the same run: a slow or busy machine takes longer over both.
    assert seconds < AT_MOST_OF_LOADING * loaded


async def test_webhook_mode_answers_with_the_real_model(tmp_path: Path, unused_tcp_port: int) -> None:
    async with SandboxServer("1000:sandbox-token-that-opens-nothing", sandboxed.PERSONAS) as sandbox:
        settings = sandboxed.settings(tmp_path, int(sandbox.url.rpartition(":")[2]))
        sandboxed.bring_base_model(PROJECT / "models", settings.models_dir)
        hook = {
            "webhook_url": f"http://127.0.0.1:{unused_tcp_port}/hook",
            "webhook_secret": SecretStr("s3cret"),
            "webhook_port": unused_tcp_port,
        }
        async with running(build(settings.model_copy(update=hook))):
            traveller = sandbox.person(sandboxed.TRAVELLER.user_id)
            await traveller.send_photo(note())
            assert "%" in (await traveller.reply(timeout_s=90))["text"]
            assert not sandbox.calls.of("getUpdates")
