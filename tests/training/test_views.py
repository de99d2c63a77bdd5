"""Contract: what the layers that learn read is drawn once, by chance that a seed decides."""

import io
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.errors import TrainingError
from tests.training.drawn import drawn
from training.events import Progress
from training.fitting import views
from training.fitting.augment import Augmentation
from training.fitting.pictures import Picture
from training.fitting.views import as_they_are, draw

SIZE = 32
RECIPE = replace(Augmentation(), degrade=0.0)
NOWHERE = Path("nowhere")
PICTURES = [
    Picture(drawn(number), ("EUR", "NONE")[number % 2], "train", f"{number:064x}", NOWHERE)
    for number in range(4)
]


def _as_halves(pixels: np.ndarray) -> np.ndarray:
    return (pixels[:, ::2, ::2] / 255).astype(np.float16)


def _drawn(seed: int = 1, chances: tuple[float, ...] = (0.25,) * 4) -> views.Views:
    return draw(PICTURES, np.array(chances), SIZE, RECIPE, _as_halves, seed, lambda event: None)


def test_pictures_are_shown_as_often_as_their_chances_say() -> None:
    events: list[Progress] = []
    found = draw(PICTURES, np.array([0.0, 0.5, 0.5, 0.0]), SIZE, RECIPE, _as_halves, 1, events.append)
    assert found.rows.shape == (4 * views.VIEWS_PER_PICTURE, SIZE // 2, SIZE // 2, 3)
    assert found.rows.dtype == np.float16
    shown = Counter(found.picture.tolist())
    assert set(shown) == {1, 2}
    assert min(shown.values()) > views.VIEWS_PER_PICTURE
    assert (events[-1].stage, events[-1].done, events[-1].total) == (
        "drawing",
        4 * views.VIEWS_PER_PICTURE,
        4 * views.VIEWS_PER_PICTURE,
    )


def test_a_seed_draws_the_same_views_and_another_seed_others() -> None:
    one, same, other = _drawn(), _drawn(), _drawn(seed=2)
    assert np.array_equal(one.rows, same.rows)
    assert np.array_equal(one.picture, same.picture)
    assert not np.array_equal(one.rows, other.rows)


def test_there_are_no_fewer_views_than_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(views, "MAX_VIEWS", 3)
    assert len(_drawn().rows) == len(PICTURES)


def test_without_views_each_picture_is_shown_once_in_order() -> None:
    found = as_they_are(PICTURES, SIZE, lambda pixels: pixels)
    assert found.picture.tolist() == [0, 1, 2, 3]
    assert found.rows.dtype == np.uint8
    still = np.asarray(PICTURES[2].image.resize((SIZE, SIZE)))
    assert np.abs(found.rows[2].astype(int) - still).mean() < 20


def test_a_full_disk_is_said_before_anything_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    with pytest.raises(TrainingError, match="no room for the views"):
        _drawn()
