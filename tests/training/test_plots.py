"""Plots are PNGs wide enough for a phone, whatever was measured."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.measuring import plots
from training.measuring.metrics import measure

FIGURES = measure(np.eye(3)[[0, 1, 1]], np.array([0, 1, 2]), ("EUR", "GBP", "NONE"))


def width(path: Path) -> int:
    with Image.open(path) as image:
        assert image.format == "PNG"
        return image.width


def test_curves_with_and_without_validation(tmp_path: Path) -> None:
    plots.curves({"accuracy": [0.5, 0.7], "val_accuracy": [0.4, 0.5]}, tmp_path / "a.png")
    plots.curves({"accuracy": [0.5], "loss": [1.2]}, tmp_path / "b.png")
    assert width(tmp_path / "a.png") == width(tmp_path / "b.png") == 960


@pytest.mark.parametrize("epochs", [1, 2, 3, 14, 25, 100])
def test_ticks_stand_at_epochs_that_there_are(epochs: int) -> None:
    ticks = plots.epoch_ticks(epochs)
    assert ticks
    assert len(ticks) <= 9
    assert set(ticks) <= set(range(1, epochs + 1))


def test_confusion_and_reliability(tmp_path: Path) -> None:
    plots.confusion(FIGURES, tmp_path / "new" / "confusion.png")
    plots.reliability(FIGURES, tmp_path / "new" / "reliability.png")
    assert width(tmp_path / "new" / "confusion.png") >= 960
    assert width(tmp_path / "new" / "reliability.png") >= 960


def test_a_class_name_is_no_mathematics(tmp_path: Path) -> None:
    labels = ("Toy $$", "US$ or A$", r"$\frac{1}$")
    plots.confusion(measure(np.eye(3), np.arange(3), labels), tmp_path / "confusion.png")
    plots.learning({label: [(0, 0.5), (20, 0.9)] for label in labels}, tmp_path / "learning.png")
    assert width(tmp_path / "confusion.png") >= 960


def test_a_history_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Received: "):
        plots.curves({"val_loss": [1.0]}, tmp_path / "a.png")
