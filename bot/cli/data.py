"""`currency-bot dataset …`: bring pictures in, judge them, count them, take them out."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.cli.screen import err, out, progress_bar
from bot.settings import Settings, load_settings

if TYPE_CHECKING:
    from bot.labels.provenance import Provenance
    from training.data.dataset import Dataset
    from training.intake.reading import Embedder

ByHash = Annotated[
    bool, typer.Option("--by-hash", help="Do not compare by the model's embeddings too: quicker.")
]

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
    hold_out: Annotated[
        list[str] | None,
        typer.Option(
            "--hold-out", metavar="SOURCE", help="A source that only ever tests; all others then teach."
        ),
    ] = None,
    by_hash: ByHash = False,
) -> None:
    """Bring class folders or a train/validation/test tree into the data set.

    Leaves out copies, leaks between training and held-out pictures, and what cannot be read.
    Ends with 1 if the same picture stands under two labels.
    """
    from bot.cli.findings import show_balance, show_classes, show_doubts, show_problems
    from model.registry import Registry
    from training.intake.findings import Reason
    from training.intake.importing import import_folder
    from training.measuring.held_out import remembered_splits

    dataset = _dataset()
    embedder = _embedder(by_hash)
    with progress_bar("Judging") as advance:
        result = import_folder(
            folder,
            dataset,
            advance,
            none=none or (),
            source=source,
            hold_out=hold_out or (),
            sides=remembered_splits(Registry(load_settings().models_dir)),
            embedder=embedder,
        )
    show_classes(result.findings)
    show_doubts(result.findings)
    show_problems(result)
    kept = Counter(each.split for each in result.findings.kept)
    out().print(
        f"Added {kept.total()} pictures ({kept['train']} to learn from, {kept['test']} held out) "
        f"to {dataset.root()}.",
        soft_wrap=True,
    )
    show_balance(Counter(each.label for each in dataset.examples() if each.split == "train"))
    if any(each.reason is Reason.TWO_LABELS for each in result.findings.left_out):
        raise typer.Exit(1)


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="A folder of pictures; the data set if not given.")
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what was found as one PNG.")
    ] = None,
    by_hash: ByHash = False,
) -> None:
    """Look for duplicates, leaks, contradictions, broken and poor files; change nothing.

    Ends with 1 if a training picture is also held out, or a picture stands under two labels.
    """
    from bot.cli import findings as shown
    from training.intake.findings import Reason
    from training.intake.importing import check_dataset, check_folder

    dataset = _dataset()
    embedder = _embedder(by_hash)
    with progress_bar("Judging") as advance:
        if folder:
            result = check_folder(folder, advance, embedder)
        else:
            result = check_dataset(dataset, advance, embedder)
    shown.show_classes(result.findings)
    shown.show_summary(result.findings)
    shown.show_balance(
        Counter(each.picture.example.label for each in result.findings.kept if each.split == "train")
    )
    shown.show_doubts(result.findings)
    shown.show_problems(result)
    shown.show_doubtful(result.findings)
    if sheet:
        shown.write_sheet(result.findings, sheet)
    bad = {Reason.TWO_LABELS, Reason.LEAK_COPY, Reason.LEAK_TWIN}
    if any(each.reason in bad for each in result.findings.left_out):
        raise typer.Exit(1)


@app.command()
def stats() -> None:
    """Count the pictures of the data set by class, split and source."""
    dataset = _dataset()
    examples, pending = dataset.examples(), dataset.counts(place="pending")
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
    flat: Annotated[
        bool, typer.Option("--flat", help="One tree of class folders, not train/ and test/.")
    ] = False,
    user_ids: Annotated[
        bool, typer.Option("--user-ids", help="Name people by their Telegram ids, not by pseudonyms.")
    ] = False,
) -> None:
    """Copy the data set into plain train/ and test/ trees of class folders, with a manifest.csv.

    The manifest says where each picture comes from, who decided what it shows, and under which promise.
    Pictures that somebody took back are not in it.
    """
    from model.registry import Registry
    from training.data.export import export as copy
    from training.fitting.memory import memory_in_use
    from training.splits import with_groups

    settings = load_settings()
    dataset = _dataset()
    pictures, groups = with_groups(dataset, memory_in_use(Registry(settings.models_dir)))
    known = asyncio.run(_provenance(settings, user_ids))
    done = copy(dataset, pictures, groups, folder, known.origins, promises=known.promises, flat=flat)
    out().print(f"Copied {done.copied} pictures to {folder}.", soft_wrap=True)
    if done.left_out:
        err().print(f"{done.left_out} pictures are left out: nobody's label holds for them.", soft_wrap=True)


async def _provenance(settings: Settings, real_ids: bool) -> "Provenance":
    from bot.labels.provenance import provenance
    from bot.store.store import Store

    store = Store(settings.database)
    try:
        await store.open()
        return await provenance(store, real_ids=real_ids)
    finally:
        await store.close()


def _dataset() -> "Dataset":
    from training.data.dataset import Dataset

    return Dataset(load_settings().data_dir)


def _embedder(by_hash: bool) -> "Embedder | None":
    from training.intake.reading import embedder_in_use

    return None if by_hash else embedder_in_use(load_settings().models_dir)
