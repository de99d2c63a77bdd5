"""`currency-bot train`: one training run, with progress bars."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.cli.bars import Bars
from bot.cli.screen import err, out, percent
from bot.settings import Settings, load_settings
from model.registry import Registry
from model.runtime import start_tensorflow

if TYPE_CHECKING:
    from training.events import Finished, OnEvent


class Architecture(StrEnum):
    """What can be trained. Written out here, so that wrong use is said before TensorFlow starts."""

    EFFICIENTNET_LITE0 = "efficientnet-lite0"
    SEED_CNN = "seed-cnn"


def train(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="Class folders, or a train/validation/test tree of them; the data set if not given.",
        ),
    ] = None,
    architecture: Annotated[
        Architecture | None,
        typer.Option(
            help="seed-cnn is the network that the project started from; efficientnet-lite0 if not given."
        ),
    ] = None,
    head_only: Annotated[
        bool, typer.Option("--head-only", help="Fit the last layer alone, on stored and new embeddings.")
    ] = False,
    epochs: Annotated[
        int | None,
        typer.Option(min=0, help="Passes over the pictures; 0 leaves the pretrained layers as they are."),
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Write the base model, the one that comes with the project.")
    ] = False,
) -> None:
    """Train a model, measure it beside the one in use, and keep it as a new version.

    Nothing is put in use but with --publish: `currency-bot models promote` does that. Ends with 1 if the new
    version is worse than the one in use.
    """
    if head_only and (folder or architecture or epochs is not None or publish):
        raise typer.BadParameter("--head-only works on the data set and goes with no other option.")
    settings = load_settings()
    if folder:
        err().print(
            "Copies, leaks and damaged files are left out; `currency-bot dataset check` names them.",
            soft_wrap=True,
        )
    with Bars(err()) as bars:
        if head_only:
            finished = _run_head(settings, bars.show)
        else:
            chosen = architecture or Architecture.EFFICIENTNET_LITE0
            finished = _run_full(settings, folder, chosen, epochs, publish, bars.show)
    _show(finished, settings)
    if not finished.passed and not publish:  # what is published has replaced the base either way
        raise typer.Exit(1)


def _run_head(settings: Settings, report: "OnEvent") -> "Finished":
    start_tensorflow()
    from training.job import retrain

    return retrain(settings.data_dir, settings.models_dir, "head", report)


def _run_full(
    settings: Settings,
    folder: Path | None,
    architecture: Architecture,
    epochs: int | None,
    publish: bool,
    report: "OnEvent",
) -> "Finished":
    start_tensorflow()
    from training.fitting.recipes import recipe_for
    from training.job import forgotten, train_examples

    if not folder and not publish and (missing := forgotten(settings.data_dir, settings.models_dir)):
        err().print(
            f"{missing} of the pictures that the model in use came with are not in the data set: the new "
            "version will not know them, and is not measured on them.",
            soft_wrap=True,
        )
    recipe = recipe_for(architecture)
    if epochs is not None:
        recipe = replace(recipe, epochs=epochs)
    return train_examples(settings.data_dir, settings.models_dir, folder, recipe, report, publish=publish)


def _show(finished: "Finished", settings: Settings) -> None:
    from training.gate.report import Report

    comparison = Report.from_dict(finished.report)
    table = Table("class", "held out", finished.version, comparison.current or "no model before")
    for label, row in comparison.recalls.items():
        table.add_row(label, str(row["count"]), percent(row["candidate"]), percent(row["current"]))
    table.add_section()
    accuracy, shared = comparison.accuracy, comparison.shared
    what = "all" if shared == comparison.held_out else f"all that {comparison.current} knows"
    table.add_row(what, f"{shared}", percent(accuracy["candidate"]), percent(accuracy["current"]))
    out().print(table)
    for reason in comparison.reasons:
        out().print(reason, soft_wrap=True)
    out().print(f"Kept in {settings.models_dir / finished.version}, with plots and card.", soft_wrap=True)
    if Registry(settings.models_dir).in_use() == finished.version:
        out().print("It is in use.")
    else:
        out().print(f"To use it: currency-bot models promote {finished.version}", soft_wrap=True)
