"""`currency-bot simulate`: does the loop learn? Pictures go through all of it, in a temporary folder."""

import asyncio
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.cli.bars import Bars
from bot.cli.screen import err, out, percent, progress_bar
from bot.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bot.simulation.course import Point, Refused
    from bot.simulation.crowd import Crowd
    from bot.simulation.material import Material
    from model.registry import Registry

HONEST, LYING = "honest", "lying"


def simulate(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Class folders, or train/validation/test trees of them."),
    ],
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without", metavar="CLASS", help="A class that the model shall not know at the start."
        ),
    ] = None,
    corrections: Annotated[int, typer.Option(min=1, help="Pictures that people send.")] = 20,
    every: Annotated[
        int | None, typer.Option(min=1, help="Train after so many of them; once at the end if not given.")
    ] = None,
    users: Annotated[int, typer.Option(min=1, help="People who send them.")] = 6,
    liars: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Share of them who never say the truth; an honest crowd is run beside them."
        ),
    ] = 0.0,
    trusted: Annotated[bool, typer.Option("--trusted", help="The settings trust all of them.")] = False,
    seed: Annotated[int, typer.Option(help="Another one sends other pictures.")] = 0,
    plot: Annotated[Path, typer.Option(metavar="FILE", help="Where the plot goes, a PNG.")] = Path(
        "simulation.png"
    ),
) -> None:
    """See whether corrections make the model better: real answers, folders, retraining and gate.

    Pictures of classes that the model does not know are sent, or of all classes where it knows them all.
    Measured is on pictures that show nothing of what was sent, and on what the model remembers as held
    out. Your data and models are only read.

    Ends with 1 if a new class stays below 90 % or another one loses more than a point, or if the liars
    cost more than a point.
    """
    from bot.simulation.crowd import OPINIONS, Crowd
    from model.labels import canonical
    from model.registry import Registry

    settings, senders = load_settings(), min(OPINIONS, users)
    if not trusted and not 0 < settings.agreement <= senders:
        raise typer.BadParameter(
            f"Each picture is sent by {senders} of a crowd that nobody trusts, which teaches nothing with "
            f"AGREEMENT={settings.agreement}: add --users or --trusted, or set another AGREEMENT."
        )
    source = Registry(settings.models_dir)
    left_out = {canonical(label) for label in without or ()}
    if missing := sorted(left_out - set(source.card(source.in_use()).labels)):
        raise typer.BadParameter(f"The model in use does not know {missing[0]}.", param_hint="--without")
    material = _material(folder, source, left_out, corrections, seed)
    _introduce(material, left_out, corrections)
    crowds = {HONEST: Crowd(users, 0, trusted)}
    if liars:
        crowds[LYING] = Crowd(users, max(round(liars * users), 1), trusted)
    courses = _courses(material, source, left_out, crowds, every or corrections, seed)
    for title, course in courses.items():
        if len(courses) > 1:
            out().print(f"\n{users} people, of whom {crowds[title].liars} lie:", soft_wrap=True)
        out().print(_table(course))
        for point in course:
            if point.refused:
                out().print(_refusal(point, point.refused, material.new), soft_wrap=True)
    _draw(courses, material.new, plot)
    if not _judge(courses, material.new):
        raise typer.Exit(1)


def _material(
    folder: Path, source: "Registry", left_out: "Collection[str]", corrections: int, seed: int
) -> "Material":
    import numpy as np

    from bot.simulation.material import choose, with_remembered_sides
    from training.data.folders import survey
    from training.fitting.memory import read_memory
    from training.intake.reading import read
    from training.intake.sifting import sift

    version = source.in_use()
    memory = read_memory(source.folder(version))
    rows = zip(memory.sha256.tolist(), memory.label.tolist(), memory.split.tolist(), strict=True)
    remembered = {sha256: (label, split) for sha256, label, split in rows}
    known = [label for label in source.card(version).labels if label not in left_out]
    with progress_bar("Comparing") as advance:
        pictures, unreadable = read(survey(folder).examples, advance, stored=False)
    for each in unreadable:
        err().print(f"Not used: {each.example.path}", soft_wrap=True)
    kept = sift(with_remembered_sides(pictures, remembered)).kept
    return choose(kept, known, corrections, np.random.default_rng(seed))


def _introduce(material: "Material", left_out: "Collection[str]", corrections: int) -> None:
    sent = Counter(picture.example.label for picture in material.stream)
    said = ", ".join(f"{count} {label}" for label, count in sorted(sent.items()))
    out().print(f"{len(material.stream)} pictures are sent: {said}.", soft_wrap=True)
    if len(material.stream) < corrections:
        out().print(f"There are no more; --corrections {corrections} asks for more.", soft_wrap=True)
    if left_out:
        out().print(
            f"The last layer and the memory begin without {', '.join(sorted(left_out))}. The layers below "
            "have seen such pictures, so this is easier than with a currency that is new to them too.",
            soft_wrap=True,
        )


def _courses(
    material: "Material",
    source: "Registry",
    left_out: "Collection[str]",
    crowds: "Mapping[str, Crowd]",
    every: int,
    seed: int,
) -> "dict[str, list[Point]]":
    """Run each crowd on its own copy of the version to start from; nothing of it stays."""
    from model.registry import BASE, Registry
    from model.runtime import start_tensorflow

    start_tensorflow()
    from bot.simulation.loop import Plan, run
    from training.starting import start_from

    courses = {}
    with tempfile.TemporaryDirectory(prefix="currency-bot-") as name, Bars(err(), lines=False) as bars:
        start = Path(name, "start")
        rows = start_from(
            source,
            Registry(start),
            without=left_out,
            unseen=material.unseen,
            measured={picture.sha256: picture.example for picture in material.measured},
            report=bars.show,
        )
        labels = sorted({*Registry(start).card(BASE).labels, *material.new})
        for title, crowd in crowds.items():
            below = Path(name, title)
            shutil.copytree(start, below / "models")
            plan = Plan(crowd, every, seed)
            courses[title] = asyncio.run(run(plan, material.stream, labels, rows, below, bars.show))
    return courses


def _table(course: "Sequence[Point]") -> Table:
    from bot.simulation.course import accuracy, recall

    table = Table("corrections", *(str(point.corrections) for point in course))
    table.add_row("in the data set", *(str(point.learned) for point in course))
    table.add_row("under a wrong class", *(str(point.wrong) for point in course))
    table.add_row("model", *(point.version or "–" for point in course))
    table.add_row("took over", *(_took_over(point) for point in course))
    table.add_row(
        "seconds to the swap", *(f"{point.seconds:.0f}" if point.version else "–" for point in course)
    )
    table.add_section()
    for label in sorted(course[0].hits):
        shares = (percent(recall(point.hits, label)) for point in course)
        table.add_row(f"{label}, {course[0].hits[label][1]} held out", *shares)
    table.add_row("all", *(percent(accuracy(point.hits)) for point in course))
    return table


def _took_over(point: "Point") -> str:
    if point.version is None:
        return "–"
    return "no" if point.refused else "yes"


def _refusal(point: "Point", refused: "Refused", new: "Sequence[str]") -> str:
    from bot.simulation.course import accuracy, recall

    would = ", ".join(f"{label} {percent(recall(refused.hits, label))}" for label in new)
    return (
        f"{point.version} did not take over. {' '.join(refused.reasons)} It would have got "
        f"{percent(accuracy(refused.hits))} right{f' ({would})' if would else ''}."
    )


def _draw(courses: "Mapping[str, Sequence[Point]]", new: "Sequence[str]", plot: Path) -> None:
    from bot.simulation.course import accuracy, others, recall
    from training.measuring.plots import learning

    lines = {}
    for title, course in courses.items():
        crowd = f", {title}" if len(courses) > 1 else ""
        for label in new:
            lines[f"{label}{crowd}"] = [(point.corrections, recall(point.hits, label)) for point in course]
        name = "the others" if new else "all"
        lines[f"{name}{crowd}"] = [(point.corrections, accuracy(others(point.hits, new))) for point in course]
    learning(lines, plot)
    err().print(f"Wrote {plot}.", soft_wrap=True)


def _judge(courses: "Mapping[str, Sequence[Point]]", new: "Sequence[str]") -> bool:
    """Say which promises were not kept; False if there is any."""
    from bot.simulation.course import LOSS, damage, shortfalls

    honest = courses[HONEST]
    found = shortfalls(honest, new)
    if LYING in courses:
        cost = damage(honest, courses[LYING])
        out().print(f"The liars cost {100 * cost:.1f} points of accuracy; {100 * LOSS:.0f} is allowed.")
        found += ["The liars cost too much."] if cost > LOSS else []
    for sentence in found:
        out().print(sentence, soft_wrap=True)
    return not found
