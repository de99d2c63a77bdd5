"""Class folders → figures, through the serving path: what is measured is what people get."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from model.errors import DataError, PictureError
from model.labels import canonical
from model.prediction import NONE, Prediction
from training.data.folders import Example
from training.events import OnEvent, Progress
from training.measuring.metrics import Figures, measure, separation, wilson

if TYPE_CHECKING:
    from model.network import Network

ALL_UNKNOWN = "all unknowns"
"""The row for everything that shows no known currency, near (other money) and far (no money) together."""


@dataclass(frozen=True, slots=True)
class Row:
    """One picture and its answer.

    Attributes:
        example: The picture; its label is what its folder says.
        truth: The class that would be right: the model's name for it, or `NONE`.
        prediction: The answer.
    """

    example: Example
    truth: str
    prediction: Prediction

    @property
    def right(self) -> bool:
        """Whether the answer is the truth."""
        return self.prediction.label == self.truth


@dataclass(frozen=True, slots=True)
class Part:
    """What was measured on one folder, or on the pictures of one source. Shares are 0 to 1.

    Attributes:
        truth: The right answer, where there is one for all of them.
        count: Pictures.
        accuracy: Share of right answers.
        interval: Its 95 % interval.
        sure: Share of answers stated as sure.
        false_accept_rate: Share called a currency, as sure, where none of them shows a known one.
        auroc: Chance that a picture of a known currency has a higher `known` than one of these, where
            none of these shows one.
    """

    truth: str | None
    count: int
    accuracy: float
    interval: tuple[float, float]
    sure: float
    false_accept_rate: float | None
    auroc: float | None
    fpr95: float | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a model is worth on a folder.

    Attributes:
        version: The model.
        figures: Over all pictures.
        by_folder: By what the class folders say, those included that the model does not know.
        by_source: By where the pictures come from.
        unknowns: Pictures of no known currency by folder, and all of them together.
        rows: Each picture.
        unreadable: Files that are no picture; they count in no figure.
        architecture: What sort of network it is, where that is known.
        learned: How many of the pictures it has learned from, which makes its figures too good.
    """

    version: str
    figures: Figures
    by_folder: Mapping[str, Part]
    by_source: Mapping[str, Part]
    unknowns: Mapping[str, Part]
    rows: tuple[Row, ...]
    unreadable: tuple[Path, ...]
    architecture: str = ""
    learned: int = 0


def evaluate(network: "Network", examples: Sequence[Example], report: OnEvent) -> Evaluation:
    """Measure a network on pictures.

    Args:
        network: A loaded version.
        examples: Pictures; see `training.measuring.held_out`.
        report: Told about the progress (`Progress`, stage "measuring").

    Raises:
        DataError: None of them can be read.
    """
    from model.network import predict_picture  # starts TensorFlow

    card = network.card
    measured = measure_answers(partial(predict_picture, network), card.labels, examples, report)
    return replace(measured, architecture=card.architecture)


def measure_answers(
    predict: Callable[[bytes], Prediction],
    labels: Sequence[str],
    examples: Sequence[Example],
    report: OnEvent,
) -> Evaluation:
    """Measure anything that answers.

    Args:
        predict: Bytes of a picture to its answer; raises PictureError.
        labels: The classes that it knows.
        examples: Pictures. A label that is not among the classes makes the right answer `NONE`.
        report: Told about the progress.

    Raises:
        DataError: None of the pictures can be read.
    """
    known = {canonical(label): label for label in labels}
    rows: list[Row] = []
    unreadable: list[Path] = []
    for done, example in enumerate(examples, 1):
        try:
            prediction = predict(example.path.read_bytes())
        except (PictureError, OSError):
            unreadable.append(example.path)
        else:
            rows.append(Row(example, known.get(canonical(example.label), NONE), prediction))
        report(Progress("measuring", done, len(examples)))
    if not rows:
        raise DataError(f"None of the {len(examples)} pictures can be read.")
    known_scores = np.array([row.prediction.known for row in rows if row.truth != NONE])
    strangers = [row for row in rows if row.truth == NONE]
    unknowns = _parts(strangers, _folder, known_scores)
    if strangers:
        unknowns[ALL_UNKNOWN] = _part(strangers, known_scores)
    return Evaluation(
        version=rows[0].prediction.model,
        figures=_figures(rows, labels),
        by_folder=_parts(rows, _folder, known_scores),
        by_source=_parts(rows, lambda row: row.example.source, known_scores),
        unknowns=unknowns,
        rows=tuple(rows),
        unreadable=tuple(unreadable),
    )


def _folder(row: Row) -> str:
    return row.example.kind or row.example.label


def _figures(rows: Sequence[Row], labels: Sequence[str]) -> Figures:
    # A model without NONE never answers it, but its score for it, zero, has to stand in the table.
    columns = [*labels] if NONE in labels else [*labels, NONE]
    if all(row.truth != NONE for row in rows):
        columns = [*labels]
    return measure(
        np.array([[row.prediction.scores.get(label, 0.0) for label in columns] for row in rows]),
        np.array([columns.index(row.truth) for row in rows]),
        columns,
        known=np.array([row.prediction.known for row in rows]),
        sure=np.array([row.prediction.sure for row in rows]),
    )


def _parts(
    rows: Sequence[Row], key: Callable[[Row], str], known: "np.ndarray[Any, np.dtype[np.float64]]"
) -> dict[str, Part]:
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(key(row), []).append(row)
    return {name: _part(part, known) for name, part in parts.items()}


def _part(rows: Sequence[Row], known: "np.ndarray[Any, np.dtype[np.float64]]") -> Part:
    truths = {row.truth for row in rows}
    right = sum(row.right for row in rows)
    accepted = auroc = fpr95 = None
    if truths == {NONE}:
        accepted = sum(row.prediction.sure and row.prediction.label != NONE for row in rows) / len(rows)
        scores = np.concatenate([known, [row.prediction.known for row in rows]])
        auroc, fpr95 = separation(scores, np.arange(len(scores)) >= len(known))
    return Part(
        truth=truths.pop() if len(truths) == 1 else None,
        count=len(rows),
        accuracy=right / len(rows),
        interval=wilson(right, len(rows)),
        sure=sum(row.prediction.sure for row in rows) / len(rows),
        false_accept_rate=accepted,
        auroc=auroc,
        fpr95=fpr95,
    )
