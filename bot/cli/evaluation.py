"""`currency-bot evaluate`: how often models are right, on the terminal, as JSON and as a page."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from bot.cli.screen import err, out, progress_bar
from bot.settings import load_settings
from model.labels import canonical

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model.registry import Registry
    from training.data.folders import Example
    from training.events import Event
    from training.measuring.comparison import Block
    from training.measuring.evaluate import Evaluation


def evaluate(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="Class folders, or train/test trees of them; if not given, what the data set holds out.",
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="A version; several stand beside one another. The one in use if not given."),
    ] = None,
    json_lines: Annotated[bool, typer.Option("--json", help="Write JSON instead of text.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write plots and a page with the worst mistakes as pictures."),
    ] = None,
) -> None:
    """Measure models on labelled pictures.

    Of a train/validation/test tree only what is held out counts, each distinct picture once.
    With several models, --json writes a list.
    """
    from model.registry import Registry

    settings = load_settings()
    registry = Registry(settings.models_dir)
    examples, note = _examples(folder, settings.data_dir, registry)
    results = [_measured(version, registry, examples) for version in model or [registry.in_use()]]
    for path in results[0].unreadable:
        err().print(f"Not measured: {path}", soft_wrap=True)
    if json_lines:
        values = [as_json(result) for result in results]
        typer.echo(json.dumps(values if len(values) > 1 else values[0], ensure_ascii=False))
    else:
        out().print(note, soft_wrap=True)
        show(results)
        for result in results:
            if result.learned:
                err().print(
                    f"{result.version} has learned from {result.learned} of these pictures, so its figures "
                    "are too good.",
                    soft_wrap=True,
                )
    if report:
        from training.measuring.report import write_report

        title = f"Measured on {folder.resolve().name if folder else 'the data set'}"
        page = write_report(results, report, title)
        err().print(f"Wrote {page}; it shows pictures, so keep it to yourself.", soft_wrap=True)


def as_json(result: "Evaluation") -> dict[str, Any]:
    """Return what was measured as plain values."""
    return {
        "model": result.version,
        "architecture": result.architecture,
        "learned_from": result.learned,
        **result.figures.to_dict(),
        "by_folder": {name: asdict(part) for name, part in result.by_folder.items()},
        "by_source": {name: asdict(part) for name, part in result.by_source.items()},
        "unknowns": {name: asdict(part) for name, part in result.unknowns.items()},
        "unreadable": [str(path) for path in result.unreadable],
    }


def show(results: "Sequence[Evaluation]") -> None:
    """Print what was measured, one column a model."""
    from training.measuring.comparison import blocks

    for block in blocks(results):
        out().print(_table(block, results))
    for result in results:
        out().print(_confusion(result))


def _examples(folder: Path | None, data_dir: Path, registry: "Registry") -> "tuple[list[Example], str]":
    """Return what to measure on, and what that is in words."""
    from training.data.dataset import Dataset
    from training.data.folders import survey
    from training.measuring.held_out import held_out, of_dataset, remembered_splits

    if folder is None:
        examples = of_dataset(Dataset(data_dir), remembered_splits(registry))
        return examples, f"The {len(examples)} held-out pictures of the data set."
    found = survey(folder)
    for path in found.skipped:
        err().print(f"Not measured: {path}", soft_wrap=True)
    examples = held_out(found.examples)
    what = "Held-out pictures only" if any(each.split for each in examples) else "All pictures"
    return examples, f"{what}, each distinct one once: {len(examples)} of {len(found.examples)}."


def _measured(version: str, registry: "Registry", examples: "Sequence[Example]") -> "Evaluation":
    from training.events import Progress
    from training.measuring.evaluate import evaluate as measure
    from training.measuring.held_out import learned_from, remembered_splits

    network = registry.load(version)
    with progress_bar(f"Measuring {version}") as advance:

        def follow(event: "Event") -> None:
            if isinstance(event, Progress):
                advance(event.done, event.total)

        result = measure(network, examples, follow)
    learned = learned_from(examples, remembered_splits(registry, version))
    return replace(result, learned=learned)


def _table(block: "Block", results: "Sequence[Evaluation]") -> Table:
    table = Table(title=block.title, title_justify="left", title_style="bold")
    table.add_column("", overflow="fold")
    counted = any(line.count is not None for line in block.lines)
    if counted:
        table.add_column("n", justify="right", no_wrap=True)
    for result in results:
        table.add_column(
            "\n".join(filter(None, (result.version, result.architecture))), justify="right", overflow="fold"
        )
    for line in block.lines:
        count = ["" if line.count is None else str(line.count)] if counted else []
        table.add_row(line.name, *count, *line.values)
    return table


def _confusion(result: "Evaluation") -> Table:
    labels, matrix = result.figures.labels, result.figures.confusion
    table = Table(title=f"Confusion of {result.version}", title_justify="left", title_style="bold")
    table.add_column("true \\ answer", overflow="fold")
    for label in labels:
        table.add_column(canonical(label), justify="right")
    for label, row in zip(labels, matrix, strict=True):
        if any(row):
            table.add_row(canonical(label), *(str(count or "·") for count in row))
    return table
