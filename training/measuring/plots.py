"""Pictures of a run, made for a phone: large type, few lines, no legend to decipher.

Figures are built as objects and drawn by Agg: pyplot keeps global state, and this runs beside other
threads.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from training.measuring.metrics import Figures

_WIDTH = 6.4
"""Inches; at `_DPI` 960 pixels, about what a phone shows across."""
_LARGEST = 30.0
"""Inches; chats refuse photos of which width and height are more than 10 000 pixels together."""

_DPI = 150
_TRAINING = "#8a8f98"
_VALIDATION = "#1f6feb"


def curves(history: Mapping[str, Sequence[float]], path: Path) -> None:
    """Draw accuracy and loss over the epochs.

    Args:
        history: One value an epoch under "accuracy", "loss" and, where there is validation,
            "val_accuracy" and "val_loss".
        path: PNG to write.

    Raises:
        ValueError: Neither accuracy nor loss is in the history.
    """
    shown = [name for name in ("accuracy", "loss") if history.get(name)]
    if not shown:
        raise ValueError(f"Expected 'accuracy' or 'loss' in the history. Received: {sorted(history)}")
    figure, axes = _figure(len(shown), height=3.0 * len(shown))
    for axis, name in zip(axes, shown, strict=True):
        training, validation = history[name], history.get(f"val_{name}", ())
        # The names stand away from each other, also where the lines end close together.
        on_top = not validation or training[-1] >= validation[-1]
        _line(axis, training, "training", _TRAINING, "bottom" if on_top else "top")
        _line(axis, validation, "validation", _VALIDATION, "top" if on_top else "bottom")
        axis.set_title(name.capitalize(), loc="left", fontweight="bold")
        epochs = len(history[name])
        axis.set_xlim(1 - 0.04 * epochs, 1.16 * epochs + 0.04)  # on the right, room for the names
        axis.set_xticks(epoch_ticks(epochs))
        if name == "accuracy":
            axis.set_ylim(0, 1.05)
            axis.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        else:
            axis.set_ylim(bottom=0)
    axes[-1].set_xlabel("epoch")
    _save(figure, path)


def epoch_ticks(epochs: int) -> list[int]:
    """Choose round numbers among the epochs there are, 1 to `epochs`."""
    found = MaxNLocator(nbins=8, steps=[1, 2, 5, 10], integer=True).tick_values(1, epochs)
    return [int(tick) for tick in found if 1 <= tick <= epochs and tick == int(tick)]


def confusion(figures: Figures, path: Path) -> None:
    """Draw true classes (rows) against answers (columns).

    Args:
        figures: What was measured.
        path: PNG to write.
    """
    matrix = np.array(figures.confusion)  # (c, c)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    size = min(max(_WIDTH, 0.75 * len(figures.labels) + 1.6), _LARGEST)
    figure, (axis,) = _figure(1, height=size, width=size)
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(matrix > 0):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axis.text(column, row, str(matrix[row, column]), ha="center", va="center", color=colour, fontsize=14)
    ticks = range(len(figures.labels))
    counted = [f"{label} ({figures.count.get(label, 0)})" for label in figures.labels]
    axis.set_xticks(ticks, figures.labels, rotation=45, ha="right", parse_math=False)  # of "Toy $$"
    axis.set_yticks(ticks, counted, parse_math=False)
    axis.set_xlabel("answer")
    axis.set_ylabel("what it is")
    axis.set_title(f"{100 * figures.accuracy:.0f} % of {figures.total} right", loc="left", fontweight="bold")
    axis.spines[:].set_visible(False)
    axis.grid(visible=False)
    _save(figure, path)


def learning(courses: Mapping[str, Sequence[tuple[int, float]]], path: Path) -> None:
    """Draw how shares of right answers grow with corrections.

    Args:
        courses: For each line its name, and corrections with the share then, 0 to 1.
        path: PNG to write.
    """
    figure, (axis,) = _figure(1, height=4.4)
    last = max(point[0] for points in courses.values() for point in points)
    ends: list[float] = []
    for number, (name, points) in enumerate(courses.items()):
        colour = f"C{number % 10}"
        axis.plot(*zip(*points, strict=True), color=colour, linewidth=2.5, marker="o", markersize=5)
        # Names of lines that end together stand below one another.
        end = points[-1][1]
        lines_up = sum(abs(end - other) < 0.05 for other in ends)
        ends.append(end)
        axis.annotate(
            name,
            points[-1],
            xytext=(8, -14 * lines_up),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=12,
            parse_math=False,
            annotation_clip=False,
        )
    axis.set(xlim=(0, 1.35 * max(last, 1)), ylim=(0, 1.05), xlabel="corrections")
    axis.set_xticks(sorted({x for points in courses.values() for x, _ in points}))
    axis.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axis.set_title("Held-out pictures that are right", loc="left", fontweight="bold")
    _save(figure, path)


def reliability(figures: Figures, path: Path) -> None:
    """Draw how often answers of each confidence are right; on the diagonal they mean what they say.

    Args:
        figures: What was measured.
        path: PNG to write.
    """
    figure, (axis,) = _figure(1, height=_WIDTH)
    axis.plot([0, 1], [0, 1], color=_TRAINING, linestyle="--", linewidth=1.5)
    axis.scatter(
        [each.confidence for each in figures.bins],
        [each.accuracy for each in figures.bins],
        # Area in points²: a bin with all pictures is as large as a thumb, one with few can still be seen.
        s=[30 + 900 * each.count / figures.total for each in figures.bins],
        color=_VALIDATION,
        alpha=0.75,
        clip_on=False,
        zorder=3,
    )
    axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="what it says: confidence", ylabel="what is true: share right")
    axis.set_title(f"Calibration error {100 * figures.ece:.1f} points", loc="left", fontweight="bold")
    _save(figure, path)


def _figure(rows: int, height: float, width: float = _WIDTH) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes: list[Axes] = list(figure.subplots(rows, 1, squeeze=False)[:, 0])
    for axis in axes:
        axis.grid(visible=True, color="#e6e8eb")
        axis.set_axisbelow(True)
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=12)
        axis.xaxis.label.set_fontsize(13)
        axis.yaxis.label.set_fontsize(13)
        axis.title.set_fontsize(14)
    return figure, axes


def _line(
    axis: Axes, values: Sequence[float], name: str, colour: str, side: Literal["bottom", "top"]
) -> None:
    if not values:
        return
    epochs = range(1, len(values) + 1)
    axis.plot(epochs, values, color=colour, linewidth=2.5, marker="o", markersize=4)
    axis.annotate(
        name,
        (len(values), values[-1]),
        xytext=(8, 0),
        textcoords="offset points",
        va=side,
        color=colour,
        fontsize=12,
    )


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png")
