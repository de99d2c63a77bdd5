"""`currency-bot cross-validate`: how often the recipe is right about pictures that it never met."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.cli.bars import Bars
from bot.cli.screen import err, out, percent
from bot.settings import load_settings

if TYPE_CHECKING:
    from training.cross_validation import Fold


def cross_validate(
    source: Annotated[
        str, typer.Option(help="Whose pictures of the data set are answered, those it holds out included.")
    ] = "seed",
    folds: Annotated[
        int, typer.Option(min=2, help="Parts that are made of them, each answered by what the others teach.")
    ] = 5,
    epochs: Annotated[int | None, typer.Option(min=0, help="Passes over the pictures of each.")] = None,
    json_lines: Annotated[bool, typer.Option("--json", help="Write JSON instead of text.")] = False,
) -> None:
    """Measure the recipe: answer every picture of a source by a network that never saw it or its like.

    Pictures of one group, such as near duplicates, are never on both sides. Other sources teach, or test,
    as always. A whole network is fitted for each fold, which takes hours; nothing is written.
    """
    from model.runtime import start_tensorflow
    from training.data.dataset import Dataset

    settings = load_settings()
    start_tensorflow()
    from training.cross_validation import cross_validate as validated
    from training.cross_validation import pooled
    from training.fitting.recipes import recipe_for  # it, too, imports TensorFlow

    recipe = recipe_for("efficientnet-lite0")
    if epochs is not None:
        recipe = replace(recipe, epochs=epochs)
    done: list[Fold] = []
    with Bars(err(), lines=False) as bars:
        for fold in validated(Dataset(settings.data_dir).examples(), recipe, source, folds, bars.show):
            done.append(fold)
            err().print(f"Fold {len(done)} of {folds}: {fold.right} of {len(fold.truth)} right.")
    figures = pooled(done)
    if json_lines:
        typer.echo(json.dumps({"source": source, "folds": folds, **figures.to_dict()}, ensure_ascii=False))
        return
    table = Table("class", "pictures", "right", "95 % interval")
    for label, count in figures.count.items():
        low, high = figures.interval[label]
        table.add_row(label, str(count), percent(figures.recall[label]), f"{percent(low)} to {percent(high)}")
    table.add_section()
    low, high = figures.accuracy_interval
    table.add_row("all", str(figures.total), percent(figures.accuracy), f"{percent(low)} to {percent(high)}")
    out().print(table)
