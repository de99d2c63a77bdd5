"""`currency-bot predict`: what the model in use says to pictures."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import texts
from bot.answers.texts import LOOKS_CERTAIN
from bot.settings import load_settings
from model.errors import PictureError
from model.labels import display_name
from model.prediction import NONE, Prediction

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
        return f"{_name(prediction.label)}, {texts.percent(prediction.confidence)} sure"
    if prediction.confidence > LOOKS_CERTAIN:
        strange = "" if prediction.label == NONE else ", or money that the model does not know"
        return f"not sure: probably {_name(prediction.label)}{strange}"
    best = list(prediction.scores.items())[:3]
    return "not sure: " + ", ".join(f"{_name(label)} {texts.percent(score)}" for label, score in best)


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
