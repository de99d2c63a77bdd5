"""The page shows everything by itself: no file beside it, no network, no script, no markup from names."""

import re
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from model.errors import DataError
from model.prediction import NONE, Prediction
from tests.training.drawn import put
from training.data.folders import survey
from training.measuring.evaluate import Evaluation, measure_answers
from training.measuring.report import MISTAKES, write_report

LABELS = ("EUR", "GBP", NONE)


class Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.images: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append(tag)
        if tag == "img":
            self.images.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        """Note what can be read."""
        self.text += data


def always_euro(data: bytes) -> Prediction:
    return Prediction("EUR", 0.8, 0.9, True, {"EUR": 0.8, "GBP": 0.1, NONE: 0.1}, "v7")


def measured(root: Path) -> Evaluation:
    return measure_answers(always_euro, LABELS, survey(root).examples, lambda event: None)


def test_the_page_holds_what_it_shows(tmp_path: Path) -> None:
    put(tmp_path / "in/EUR/right.jpg", 1)
    put(tmp_path / "in/GBP/wrong.jpg", 2)
    put(tmp_path / "in/<script>/b.jpg", 3)
    path = write_report([measured(tmp_path / "in")], tmp_path / "out", "Measured on <b>")
    text = path.read_text(encoding="utf-8")
    shown = Page(text)
    assert len(shown.images) == 4  # two plots, two mistakes
    assert all(re.match(r"data:image/(png|jpeg);base64,", image["src"] or "") for image in shown.images)
    assert all(image["alt"] for image in shown.images)
    assert {"script", "b", "link", "iframe"} & set(shown.tags) == {"b"}
    assert shown.tags.count("b") == 2  # those of the two mistakes, none from the title
    assert "http" not in text
    assert "wrong.jpg" in shown.text
    assert "right.jpg" not in shown.text
    assert "GBP, called EUR 80 % (sure)" in shown.text
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [
        "confusion-v7.png",
        "index.html",
        "reliability-v7.png",
    ]


def test_pictures_are_small_and_carry_no_metadata(tmp_path: Path) -> None:
    path = tmp_path / "in/GBP/large.png"
    path.parent.mkdir(parents=True)
    Image.new("RGB", (2000, 1500), "red").save(path)
    page = write_report([measured(tmp_path / "in")], tmp_path / "out", "x").read_text(encoding="utf-8")
    (picture,) = (image["src"] or "" for image in Page(page).images if "jpeg" in (image["src"] or ""))
    with Image.open(BytesIO(b64decode(picture.split(",")[1]))) as image:
        assert image.size == (320, 240)
        assert not image.getexif()


def test_only_the_worst_are_shown(tmp_path: Path) -> None:
    for seed in range(MISTAKES + 3):
        put(tmp_path / "in/GBP" / f"{seed}.jpg", seed)
    page = Page(write_report([measured(tmp_path / "in")], tmp_path / "out", "x").read_text(encoding="utf-8"))
    assert len(page.images) == 2 + MISTAKES
    assert f"Worst mistakes of v7: {MISTAKES} of {MISTAKES + 3}" in page.text


def test_a_model_without_a_mistake_is_told_so(tmp_path: Path) -> None:
    put(tmp_path / "in/EUR/right.jpg", 1)
    page = Page(write_report([measured(tmp_path / "in")], tmp_path / "out", "x").read_text(encoding="utf-8"))
    assert "v7 made no mistake" in page.text


def test_what_the_disk_refuses_is_said(tmp_path: Path) -> None:
    put(tmp_path / "in/EUR/right.jpg", 1)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match="cannot be written"):
        write_report([measured(tmp_path / "in")], tmp_path / "file" / "out", "x")
