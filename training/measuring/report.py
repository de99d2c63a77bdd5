"""`evaluate --report`: plots and a page with the worst mistakes as pictures, for the one who runs the bot."""

import io
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from model.errors import DataError
from model.pictures import decode
from training.measuring import plots
from training.measuring.comparison import blocks, worst
from training.measuring.evaluate import Evaluation, Row
from training.measuring.page import Mistake, Model, page

MISTAKES = 48
"""Of each model; more than anybody looks at, and a page of two models stays under 2 MB."""

_SIDE = 320
"""Pixels of the longer side of a shown picture: enough to see why it was mistaken."""


def write_report(evaluations: Sequence[Evaluation], folder: Path, title: str) -> Path:
    """Write `index.html`, which holds all it shows, and the plots as files beside it.

    Args:
        evaluations: Of one or more models on the same pictures.
        folder: Where to; made if it is not there.
        title: What was measured on.

    Returns:
        The page.

    Raises:
        DataError: The folder cannot be written.
    """
    path = folder / "index.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        models = [_model(each, folder) for each in evaluations]
        path.write_text(page(title, blocks(evaluations), models), encoding="utf-8", errors="replace")
    except OSError as err:
        raise DataError(f"The report cannot be written to {str(folder)!r}: {err.strerror}.") from err
    return path


def _model(evaluation: Evaluation, folder: Path) -> Model:
    confusion = folder / f"confusion-{evaluation.version}.png"
    reliability = folder / f"reliability-{evaluation.version}.png"
    plots.confusion(evaluation.figures, confusion)
    plots.reliability(evaluation.figures, reliability)
    return Model(
        version=evaluation.version,
        architecture=evaluation.architecture,
        plots=(
            ("Confusion matrix: what it is against the answer", _uri(confusion.read_bytes(), "png")),
            (
                "Reliability: confidence against the share that is right",
                _uri(reliability.read_bytes(), "png"),
            ),
        ),
        wrong=sum(not row.right for row in evaluation.rows),
        mistakes=tuple(_mistake(row) for row in worst(evaluation, MISTAKES)),
    )


def _mistake(row: Row) -> Mistake:
    return Mistake(
        picture=_uri(_thumbnail(row.example.path), "jpeg"),
        name=row.example.path.name,
        source=row.example.source,
        folder=row.example.kind or row.example.label,
        said=row.prediction.label,
        confidence=row.prediction.confidence,
        sure=row.prediction.sure,
    )


def _thumbnail(path: Path) -> bytes:
    image = decode(path.read_bytes(), _SIDE)
    image.thumbnail((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=72)
    return out.getvalue()


def _uri(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{b64encode(data).decode()}"
