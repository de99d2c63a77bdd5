"""What `dataset import` and `check` found, on the terminal and as a contact sheet."""

from collections import Counter
from pathlib import Path

from rich.table import Table

from bot.cli.screen import err, out
from training.findings import Findings, Picture, Reason
from training.folders import Example
from training.intake import Intake
from training.sheet import contact_sheet


def show_classes(findings: Findings) -> None:
    """Print per class what is kept and what is left out, by reason."""
    kept = Counter((each.picture.example.label, each.split) for each in findings.kept)
    left = Counter((each.example.label, each.reason) for each in findings.left_out)
    reasons = [reason for reason in Reason if any(found is reason for _, found in left)]
    table = Table("class", "to learn from", "held out", *reasons, title="Kept, and left out by reason")
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


def show_summary(findings: Findings) -> None:
    """Print in sentences what duplicates there are and what that leaves."""

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


def show_problems(result: Intake) -> None:
    """Print on stderr what somebody has to look at."""
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


def write_sheet(findings: Findings, path: Path) -> None:
    """Write the pairs as one picture, those first that need an eye."""
    copies = (Reason.COPY, Reason.LEAK_COPY, Reason.PRESENT)
    twins = [(each.example, each.twin, each.reason) for each in findings.left_out if each.twin]
    near = [
        (one, other)
        for one, other in findings.twins
        if one.prints.exact != other.prints.exact and not one.held_out and not other.held_out
    ]
    pairs = [
        *(_pair(one, other, "look-alike") for one, other in findings.lookalikes),
        *(_captioned(*each) for each in twins if each[2] not in copies),
        *(_pair(one, other, "near duplicates") for one, other in near),
        *(_captioned(*each) for each in twins if each[2] in copies),
    ]
    shown = contact_sheet(pairs, path)
    out().print(f"Wrote {shown} of {len(pairs)} pairs to {path}.", soft_wrap=True)


def _pair(one: Picture, other: Picture, what: str) -> tuple[Path, Path, str]:
    return _captioned(one.example, other.example, what)


def _captioned(one: Example, other: Example, what: str) -> tuple[Path, Path, str]:
    caption = f"{what}\n{one.label} {one.path.name[:16]} | {other.label} {other.path.name[:16]}"
    return one.path, other.path, caption
