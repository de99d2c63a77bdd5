"""`currency-bot predict` and `evaluate`: what a model says to pictures, and how often it is right."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from bot.cli.screen import err, out, percent, progress_bar
from bot.settings import load_settings
from bot.texts import LOOKS_CERTAIN
from model.errors import PictureError
from model.labels import display_name
from model.prediction import NONE, Prediction

if TYPE_CHECKING:
    from training.evaluate import Evaluation, Part
    from training.events import Event

Json = Annotated[bool, typer.Option("--json", help="Write JSON instead of text.")]


def predict(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="Picture files.", show_default=False)
    ],
    json_lines: Json = False,
) -> None:
    """Say what money is in pictures, one line each.

    Ends with 1 if any of them could not be read.
    """
    for image in images:
        if image.is_dir():
            raise typer.BadParameter(
                f"{str(image)!r} is a folder; `currency-bot evaluate` measures folders.", param_hint="IMAGE"
            )
    from model.registry import Registry

    registry = Registry(load_settings().models_dir)
    network = registry.load(registry.in_use())
    from model.network import predict_picture  # loading has started TensorFlow, quietly

    failed = False
    for image in images:
        try:
            prediction = predict_picture(network, _read(image))
        except PictureError as error:
            failed = True
            _say({"image": str(image), "error": str(error)}, f"{image}: {error}", json_lines, to_stderr=True)
        else:
            _say(as_json(image, prediction), f"{image}: {as_text(prediction)}", json_lines)
    if failed:
        raise typer.Exit(1)


def evaluate(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Class folders, or train/test trees of them.")
    ],
    model: Annotated[str | None, typer.Option(help="A version; the one in use if not given.")] = None,
    json_lines: Json = False,
) -> None:
    """Measure a model on labelled pictures.

    Of a train/validation/test tree only what is held out counts, each distinct picture once.
    """
    from model.registry import Registry
    from training.evaluate import evaluate as measure
    from training.evaluate import held_out
    from training.events import Progress
    from training.folders import survey

    found = survey(folder)
    examples = held_out(found.examples)
    registry = Registry(load_settings().models_dir)
    network = registry.load(model or registry.in_use())
    with progress_bar("Measuring") as advance:

        def follow(event: "Event") -> None:
            if isinstance(event, Progress):
                advance(event.done, event.total)

        result = measure(network, examples, follow)
    for path in (*found.skipped, *result.unreadable):
        err().print(f"Not measured: {path}", soft_wrap=True)
    if json_lines:
        typer.echo(json.dumps(evaluation_as_json(result), ensure_ascii=False))
        return
    if any(example.split for example in examples):
        out().print(
            f"Held-out pictures only, each distinct one once: {len(examples)} of {len(found.examples)}."
        )
    show_evaluation(result)


def as_json(image: Path, prediction: Prediction) -> dict[str, Any]:
    """Return one answer as plain values."""
    return {
        "image": str(image),
        "label": prediction.label,
        "confidence": prediction.confidence,
        "sure": prediction.sure,
        "known": prediction.known,
        "scores": dict(prediction.scores),
        "model": prediction.model,
    }


def as_text(prediction: Prediction) -> str:
    """Return one answer in words."""
    if prediction.sure:
        return f"{_name(prediction.label)}, {100 * prediction.confidence:.0f} % sure"
    if prediction.confidence > LOOKS_CERTAIN:
        strange = "" if prediction.label == NONE else ", or money that the model does not know"
        return f"not sure: probably {_name(prediction.label)}{strange}"
    best = list(prediction.scores.items())[:3]
    return "not sure: " + ", ".join(f"{_name(label)} {100 * score:.0f} %" for label, score in best)


def evaluation_as_json(result: "Evaluation") -> dict[str, Any]:
    """Return what was measured as plain values."""
    from dataclasses import asdict

    return {
        "model": result.version,
        **result.figures.to_dict(),
        "by_folder": {name: asdict(part) for name, part in result.by_folder.items()},
        "by_source": {name: asdict(part) for name, part in result.by_source.items()},
        "unreadable": [str(path) for path in result.unreadable],
    }


def show_evaluation(result: "Evaluation") -> None:
    """Print what was measured."""
    console, figures = out(), result.figures
    low, high = figures.accuracy_interval
    console.print(
        f"Model {result.version}: {percent(figures.accuracy)} of {figures.total} pictures right "
        f"(95 % interval {percent(low)} to {percent(high)})"
    )
    table = Table("figure", "value", "what it says")
    table.add_row("macro recall", percent(figures.macro_recall), "mean of the classes' recalls")
    table.add_row("ECE", percent(figures.ece), "how far confidence is from the truth")
    table.add_row("sure", percent(figures.sure_share), "answers stated without a question mark")
    table.add_row("right when sure", percent(figures.sure_accuracy), "share of those that is right")
    if figures.auroc_none is not None:
        table.add_row("AUROC of NONE", f"{figures.auroc_none:.3f}", "telling known money from all else")
        table.add_row("FPR at 95 % TPR", percent(figures.fpr95), "strangers let in with 95 % of known money")
        table.add_row(
            "false accepts", percent(figures.false_accept_rate), "strangers called a currency, as sure"
        )
    console.print(table)
    classes = Table("class", "pictures", "recall", "95 % interval")
    for label, recall in figures.recall.items():
        low, high = figures.interval[label]
        classes.add_row(
            label, str(figures.count[label]), percent(recall), f"{percent(low)} to {percent(high)}"
        )
    console.print(classes)
    console.print(_confusion(figures.labels, figures.confusion))
    if any(part.truth == NONE and name != NONE for name, part in result.by_folder.items()):
        console.print(_parts("folder", result.by_folder))
    if len(result.by_source) > 1:
        console.print(_parts("source", result.by_source))


def _confusion(labels: tuple[str, ...], matrix: tuple[tuple[int, ...], ...]) -> Table:
    table = Table("true \\ answer", *labels, title="Confusion")
    for label, row in zip(labels, matrix, strict=True):
        if any(row):
            table.add_row(label, *(str(count or "·") for count in row))
    return table


def _parts(name: str, parts: "Mapping[str, Part]") -> Table:
    table = Table()
    table.add_column(name, overflow="fold")
    for heading in ("truth", "n", "right", "95 %", "sure", "accepted", "AUROC"):
        table.add_column(heading, no_wrap=True)
    for key, part in parts.items():
        table.add_row(
            key,
            part.truth or "mixed",
            str(part.count),
            percent(part.accuracy),
            f"{100 * part.interval[0]:.0f}-{100 * part.interval[1]:.0f} %",
            percent(part.sure),
            percent(part.false_accept_rate),
            "–" if part.auroc is None else f"{part.auroc:.3f}",
        )
    return table


def _read(image: Path) -> bytes:
    try:
        return image.read_bytes()
    except OSError as error:
        raise PictureError(f"The file cannot be read: {error.strerror}.") from error


def _name(label: str) -> str:
    return "none of the known currencies" if label == NONE else display_name(label)


def _say(values: Mapping[str, Any], text: str, json_lines: bool, *, to_stderr: bool = False) -> None:
    if json_lines:
        typer.echo(json.dumps(values, ensure_ascii=False))
    else:
        typer.echo(text, err=to_stderr)
