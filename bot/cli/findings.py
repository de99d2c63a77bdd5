"""What `dataset import` and `check` found, on the terminal and as a contact sheet."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from bot.cli.screen import err, out
from training.data.folders import Example
from training.intake.findings import Findings, Picture, Reason
from training.intake.importing import Intake
from training.intake.quality import SMALL_SIDE, Fault
from training.intake.sheet import Entry, Section, contact_sheet

LISTED = 20
"""Doubtful pictures of one sort that are named one by one; more would push the answer off the screen."""


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


def show_balance(counts: "Counter[str]") -> None:
    """Print how unequal the classes are, given the number of pictures to learn from of each."""
    if len(counts) < 2:
        return
    (large, most), (small, fewest) = counts.most_common()[0], counts.most_common()[-1]
    out().print(
        f"Balance: the largest class to learn from, {large} ({most}), is {most / fewest:.1f} times the "
        f"smallest, {small} ({fewest}).",
        soft_wrap=True,
    )


def show_doubts(findings: Findings) -> None:
    """Print how many pictures somebody should look at although they are kept."""
    faults = Counter(fault for each in findings.poor for fault in each.quality.faults())
    lines = [
        f"Poor pictures, kept: {', '.join(f'{faults[fault]} {fault}' for fault in Fault)} "
        f"(shorter side under {SMALL_SIDE} pixels, hardly a bright spot, out of focus everywhere)."
    ]
    if findings.compared:
        across = sum(one.held_out is not other.held_out for one, other in findings.copies)
        lines.append(
            f"Turned, cropped or re-photographed copies that the hash missed, by embedding: "
            f"{len(findings.copies)} pairs of one class, {across} of them on both sides of the split. They "
            "are kept as groups."
        )
    else:
        lines.append("Embeddings were not compared: there is no model, or it was not asked for.")
    for line in lines:
        out().print(line, soft_wrap=True)


def show_doubtful(findings: Findings) -> None:
    """Print on stderr which kept pictures somebody should look at, the first of each sort."""
    across = "on both sides of the split"
    pairs = [
        f"Perhaps one shot, {across if one.held_out is not other.held_out else 'one group'}: "
        f"{one.example.path} and {other.example.path}."
        for one, other in sorted(findings.copies, key=lambda pair: pair[0].held_out is pair[1].held_out)
    ]
    poor = [f"Poor ({', '.join(each.quality.faults())}): {each.example.path}" for each in findings.poor]
    for lines in (pairs, poor):
        for line in lines[:LISTED]:
            err().print(line, soft_wrap=True)
        if len(lines) > LISTED:
            err().print(f"… and {len(lines) - LISTED} more like this; --sheet shows them.")


def write_sheet(findings: Findings, path: Path) -> None:
    """Write the findings as one picture, those first that need an eye."""
    twins = [(each.example, each.twin, each.reason) for each in findings.left_out if each.twin]
    near = [
        _pair(one.example, other.example)
        for one, other in findings.twins
        if one.prints.exact != other.prints.exact and not one.held_out and not other.held_out
    ]
    across = [pair for pair in findings.copies if pair[0].held_out is not pair[1].held_out]
    within = [pair for pair in findings.copies if pair not in across]
    copies = (Reason.COPY, Reason.LEAK_COPY, Reason.PRESENT)
    left = {
        reason: Section(f"Left out: {reason}", tuple(_pair(a, b) for a, b, why in twins if why is reason))
        for reason in Reason
    }
    sections = [
        Section("Look-alikes of two classes", _pairs(findings.lookalikes)),
        *(left[reason] for reason in Reason if reason not in copies),
        Section("Perhaps one shot on both sides of the split, by embedding: kept", _pairs(across)),
        Section("Perhaps one shot, by embedding: one group", _pairs(within)),
        Section("Near duplicates to learn from: one group", tuple(near)),
        *(
            Section(
                f"Poor, kept: {fault}",
                tuple(
                    Entry((each.example.path,), f"{each.example.label}\n{each.example.path.name[:24]}")
                    for each in findings.poor
                    if fault in each.quality.faults()
                ),
            )
            for fault in Fault
        ),
        *(left[reason] for reason in copies),
    ]
    shown = contact_sheet(sections, path)
    total = sum(len(section.entries) for section in sections)
    out().print(f"Wrote {shown} of {total} findings to {path}.", soft_wrap=True)


def _pairs(pairs: Sequence[tuple[Picture, Picture]]) -> tuple[Entry, ...]:
    return tuple(_pair(one.example, other.example) for one, other in pairs)


def _pair(one: Example, other: Example) -> Entry:
    sides = " | ".join(f"{each.label}, {each.split or 'new'}" for each in (one, other))
    return Entry((one.path, other.path), f"{sides}\n{one.path.name[:24]} | {other.path.name[:24]}")
