"""The card of a version as a page for people: what it is, what it learned from, where it fails. Pure."""

from collections.abc import Mapping
from typing import Any

from model.card import Card
from training.measuring.words import class_name, decimals, percent

WORST = 8
"""Kinds of mistakes that are listed."""


def describe(card: Card) -> str:
    """Write the card of a version as Markdown."""
    lines = [f"# Model {card.version}", "", _what(card), ""]
    lines += ["## What it learned from", "", *_data(card), ""]
    if card.figures:
        lines += ["## How well it does", "", *_figures(card.figures), ""]
        lines += ["## Where it fails", "", *_failures(card.figures), ""]
    lines += [
        "No photo can tell whether a note is genuine, and neither can this model. It sees currencies, not "
        "denominations.",
        "",
        "`card.json` holds all of this for programs; `embeddings.npz` holds one row of numbers for each "
        "picture above and no picture.",
    ]
    return "\n".join(lines) + "\n"


def _what(card: Card) -> str:
    how = (
        "the whole network was fitted"
        if card.mode == "full"
        else f"only the last layer, on top of {card.parent}"
    )
    return (
        f"{card.architecture}, {card.image_size} x {card.image_size} pixels, {how}; written "
        f"{card.created[:10]}. It knows {', '.join(map(class_name, card.labels))}. It states an "
        f"answer without a question mark from a confidence of {percent(card.sure_at)} on (temperature "
        f"{card.temperature:.2f})."
    )


def _data(card: Card) -> list[str]:
    train, test = card.data.get("train", {}), card.data.get("test", {})
    rows = [
        f"| {class_name(label)} | {train.get(label, 0)} | {test.get(label, 0)} |" for label in card.labels
    ]
    total = f"| all | {sum(train.values())} | {sum(test.values())} |"
    return ["| class | pictures to learn from | held out |", "|---|---|---|", *rows, total]


def _figures(figures: Mapping[str, Any]) -> list[str]:
    low, high = figures["accuracy_interval"]
    lines = [
        f"On {figures['total']} held-out pictures:",
        "",
        "| figure | value |",
        "|---|---|",
        f"| accuracy | {percent(figures['accuracy'])} (95 % interval {percent(low)} to {percent(high)}) |",
        f"| macro recall | {percent(figures['macro_recall'])} |",
        f"| expected calibration error | {percent(figures['ece'])} |",
        f"| stated without a question mark | {percent(figures['sure_share'])} |",
        f"| right when stated so | {percent(figures['sure_accuracy'])} |",
        f"| AUROC, a known currency against none | {decimals(figures['auroc_none'])} |",
        f"| false-positive rate there at 95 % true positives | {percent(figures['fpr95'])} |",
        f"| none of these, but stated as a currency | {percent(figures['false_accept_rate'])} |",
        "",
        "| class | held out | recall | 95 % interval |",
        "|---|---|---|---|",
    ]
    for label, recall in figures["recall"].items():
        low, high = figures["interval"][label]
        lines.append(
            f"| {class_name(label)} | {figures['count'][label]} | {percent(recall)} | "
            f"{percent(low)} to {percent(high)} |"
        )
    return [
        *lines,
        *_origins(figures),
        "",
        "Confidence was calibrated on these pictures too; what is said of it holds for each fifth of them, "
        "calibrated by the other four.",
    ]


def _origins(figures: Mapping[str, Any]) -> list[str]:
    """Tell sources and sorts of unknown pictures apart, the worst source first."""
    lines = []
    if sources := figures.get("sources"):
        lines += ["", "| source | held out | right | 95 % interval |", "|---|---|---|---|"]
    for source, row in sorted((sources or {}).items(), key=lambda item: item[1]["accuracy"]):
        right, (low, high) = percent(row["accuracy"]), map(percent, row["interval"])
        lines.append(f"| {source} | {row['count']} | {right} | {low} to {high} |")
    if unknowns := figures.get("unknowns"):
        head = "| a known currency against | held out | AUROC | false positives at 95 % true ones |"
        lines += ["", head, "|---|---|---|---|"]
    for kind, row in (unknowns or {}).items():
        auroc, fpr95 = decimals(row["auroc"]), percent(row["fpr95"])
        lines.append(f"| {kind.replace('_', ' ')} | {row['count']} | {auroc} | {fpr95} |")
    return lines


def _failures(figures: Mapping[str, Any]) -> list[str]:
    labels, matrix = figures["labels"], figures["confusion"]
    mistakes = [
        (matrix[i][j], labels[i], labels[j])
        for i in range(len(labels))
        for j in range(len(labels))
        if i != j and matrix[i][j]
    ]
    if not mistakes:
        return ["It made no mistake on the held-out pictures, which are few: expect some on others."]
    worst = sorted(mistakes, key=lambda mistake: -mistake[0])[:WORST]
    return [
        f"- {class_name(true)} called {class_name(said)}: {count} of {figures['count'][true]}"
        for count, true, said in worst
    ]
