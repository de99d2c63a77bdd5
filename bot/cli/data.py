"""`currency-bot dataset …`: bring pictures in, judge them, count them, take them out."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.cli.screen import err, out, progress_bar
from bot.settings import load_settings

if TYPE_CHECKING:
    from training.dataset import Dataset
    from training.findings import Findings, LeftOut, Picture
    from training.intake import Intake

app = typer.Typer(
    no_args_is_help=True, help="Bring labelled pictures in, judge them, count them, take them out."
)


@app.command("import")
def import_(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Class folders, or train/test trees of them.")
    ],
    none: Annotated[
        list[str] | None,
        typer.Option(
            "--none", metavar="FOLDER", help="A class folder that shows none of the known currencies."
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Where the pictures come from; the folder's name if not given.")
    ] = None,
) -> None:
    """Bring class folders or a train/validation/test tree into the data set.

    Leaves out copies, leaks between training and held-out pictures, and what cannot be read.
    Ends with 1 if the same picture stands under two labels.
    """
    from training.findings import Reason
    from training.intake import import_folder

    dataset = _dataset()
    with progress_bar("Reading") as advance:
        result = import_folder(folder, dataset, advance, none=none or (), source=source)
    _show_classes(result.findings)
    _show_problems(result)
    kept = Counter(each.split for each in result.findings.kept)
    out().print(
        f"Added {kept.total()} pictures ({kept['train']} to learn from, {kept['test']} held out) "
        f"to {dataset.root()}.",
        soft_wrap=True,
    )
    if any(each.reason is Reason.TWO_LABELS for each in result.findings.left_out):
        raise typer.Exit(1)


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="A folder of pictures; the data set if not given.")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the pairs that were found as one PNG.")
    ] = None,
) -> None:
    """Look for duplicates, leaks, contradictions and broken files; change nothing.

    Ends with 1 if a training picture is also held out, or a picture stands under two labels.
    """
    from training.findings import Reason
    from training.intake import check_dataset, check_folder

    with progress_bar("Reading") as advance:
        result = check_folder(folder, advance) if folder else check_dataset(_dataset(), advance)
    _show_classes(result.findings)
    _show_summary(result.findings)
    _show_problems(result)
    if sheet:
        _write_sheet(result.findings, sheet)
    bad = {Reason.TWO_LABELS, Reason.LEAK_COPY, Reason.LEAK_TWIN}
    if any(each.reason in bad for each in result.findings.left_out):
        raise typer.Exit(1)


@app.command()
def stats() -> None:
    """Count the pictures of the data set by class, split and source."""
    dataset = _dataset()
    examples, pending = dataset.examples(), dataset.counts(pending=True)
    counts = Counter((each.label, each.split or "new") for each in examples)
    table = Table("class", "to learn from", "held out", "not decided yet", "share", "awaiting review")
    for label in dict.fromkeys([*(each.label for each in examples), *pending]):
        total = sum(counts[label, split] for split in ("train", "test", "new"))
        table.add_row(
            label,
            *(str(counts[label, split]) for split in ("train", "test", "new")),
            f"{100 * total / max(len(examples), 1):.0f} %",
            str(pending.get(label, 0)),
        )
    out().print(table)
    sources = Table("source", "pictures")
    for source, count in Counter(each.source for each in examples).most_common():
        sources.add_row(source, str(count))
    out().print(sources)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
) -> None:
    """Copy the data set into plain train/ and test/ trees of class folders, with a manifest.csv."""
    from training.intake import export as copy

    out().print(f"Copied {copy(_dataset(), folder)} pictures to {folder}.", soft_wrap=True)


def _dataset() -> "Dataset":
    from training.dataset import Dataset

    return Dataset(load_settings().data_dir)


def _show_classes(findings: "Findings") -> None:
    from training.findings import Reason

    kept = Counter((each.picture.example.label, each.split) for each in findings.kept)
    left = Counter((each.example.label, each.reason) for each in findings.left_out)
    reasons = [reason for reason in Reason if any(found is reason for _, found in left)]
    table = Table("class", "to learn from", "held out", *(f"left out: {reason}" for reason in reasons))
    labels = sorted({label for label, _ in kept} | {label for label, _ in left})
    for label in labels:
        numbers = [kept[label, "train"], kept[label, "test"], *(left[label, reason] for reason in reasons)]
        table.add_row(label, *(str(number or "·") for number in numbers))
    table.add_section()
    totals = Counter(each.reason for each in findings.left_out)
    sides = Counter(each.split for each in findings.kept)
    table.add_row(
        "all", *(str(number) for number in (sides["train"], sides["test"], *map(totals.get, reasons)))
    )
    out().print(table)


def _show_summary(findings: "Findings") -> None:
    from training.findings import Reason

    def left(reason: Reason, held_out: bool) -> int:
        return sum(
            each.reason is reason and (each.example.split in ("validation", "test")) is held_out
            for each in findings.left_out
        )

    teaching = [pair for pair in findings.twins if not pair[0].held_out and not pair[1].held_out]
    exact = sum(one.prints.exact == other.prints.exact for one, other in teaching)
    sides = Counter(each.split for each in findings.kept)
    copies = left(Reason.COPY, held_out=False)
    lines = [
        f"{sides['test']} distinct held-out pictures; {left(Reason.COPY, held_out=True)} held-out files are "
        "copies of another held-out file.",
        f"{left(Reason.LEAK_COPY, held_out=False)} training files are copies of a held-out picture, "
        f"{left(Reason.LEAK_TWIN, held_out=False)} more are near twins of one.",
        f"Among the training files: {copies} exact copies, {len(teaching)} pairs of near duplicates "
        f"({exact} of them exact).",
        f"{sides['train'] + copies} training files have no twin among the held-out ones: {sides['train']} "
        "distinct pictures.",
    ]
    for line in lines:
        out().print(line, soft_wrap=True)


def _show_problems(result: "Intake") -> None:
    from training.findings import Reason

    console = err()
    for each in result.findings.left_out:
        if each.reason is Reason.TWO_LABELS and each.twin:
            console.print(
                f"The same picture is {each.example.label} in {each.example.path} and {each.twin.label} in "
                f"{each.twin.path}; keep the right one.",
                soft_wrap=True,
            )
        elif each.reason is Reason.UNREADABLE:
            console.print(f"Left out: {each.example.path}: {each.detail}", soft_wrap=True)
    for one, other in result.findings.lookalikes:
        console.print(
            f"Look at these: {one.example.path} ({one.example.label}) is much like {other.example.path} "
            f"({other.example.label}).",
            soft_wrap=True,
        )
    for path in result.skipped:
        console.print(f"Skipped, not a picture in a class folder: {path}", soft_wrap=True)


def _write_sheet(findings: "Findings", path: Path) -> None:
    from training.sheet import contact_sheet

    pairs = [
        *_pairs(findings.lookalikes, lambda one, other: "look-alike"),
        *(
            (each.example.path, each.twin.path, f"{each.reason}\n{_where(each)}")
            for each in findings.left_out
            if each.twin
        ),
        *_pairs(
            [pair for pair in findings.twins if pair[0].prints.exact != pair[1].prints.exact],
            lambda one, other: "near duplicates",
        ),
    ]
    shown = contact_sheet(pairs, path)
    out().print(f"Wrote {shown} of {len(pairs)} pairs to {path}.", soft_wrap=True)


def _pairs(
    found: "Sequence[tuple[Picture, Picture]]", name: "Callable[[Picture, Picture], str]"
) -> list[tuple[Path, Path, str]]:
    return [
        (
            one.example.path,
            other.example.path,
            f"{name(one, other)}\n{one.example.label} {one.example.path.name} | {other.example.path.name}",
        )
        for one, other in found
    ]


def _where(each: "LeftOut") -> str:
    twin = each.twin.path.name if each.twin else ""
    return f"{each.example.label} {each.example.path.name} | {twin}"
