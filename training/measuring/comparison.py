"""Evaluations beside one another: the tables that the terminal and the page both show. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from model.labels import canonical
from model.prediction import NONE
from training.measuring.evaluate import Evaluation, Part, Row
from training.measuring.metrics import Figures
from training.measuring.words import decimals, percent


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of every model.

    Attributes:
        name: What it is.
        count: Number of pictures behind it; None where that goes without saying.
        values: For each model, ready to be read; a dash where it has none.
    """

    name: str
    count: int | None
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Figures that are read together.

    Attributes:
        title: What they say.
        lines: The figures.
    """

    title: str
    lines: tuple[Line, ...]


def blocks(evaluations: Sequence[Evaluation]) -> list[Block]:
    """Lay out what was measured.

    Args:
        evaluations: Of one or more models on the same pictures.

    Returns:
        Tables with one column a model; those without a line left out.
    """
    found = [
        Block("All pictures", _overall(evaluations)),
        Block("Recall by class, 95 % interval", _classes(evaluations)),
        Block(
            "AUROC: known money against unknowns",
            _parts(evaluations, _unknowns, lambda part: decimals(part.auroc)),
        ),
        Block(
            "FPR at 95 % TPR: unknowns that pass where 95 % of known money does",
            _parts(evaluations, _unknowns, lambda part: percent(part.fpr95)),
        ),
        Block(
            "Unknowns called a currency, as sure",
            _parts(evaluations, _unknowns, lambda part: percent(part.false_accept_rate)),
        ),
        Block("Right by source, 95 % interval", _sources(evaluations)),
    ]
    return [block for block in found if block.lines]


def worst(evaluation: Evaluation, count: int) -> list[Row]:
    """Return the mistakes that hurt most: stated as sure first, then the more confident.

    Args:
        evaluation: Of one model.
        count: How many at most.
    """
    wrong = [row for row in evaluation.rows if not row.right]
    return sorted(wrong, key=lambda row: (not row.prediction.sure, -row.prediction.confidence))[:count]


def with_interval(share: float, interval: tuple[float, float]) -> str:
    """Write a share and its interval, 0 to 1: "93.0 % (87–97)"."""
    return f"{percent(share)} ({100 * interval[0]:.0f}–{100 * interval[1]:.0f})"


def _overall(evaluations: Sequence[Evaluation]) -> tuple[Line, ...]:
    def line(name: str, text: Callable[[Figures], str]) -> Line:
        return Line(name, None, tuple(text(each.figures) for each in evaluations))

    learned = tuple(str(each.learned) for each in evaluations)
    return (
        Line("pictures", None, tuple(str(each.figures.total) for each in evaluations)),
        *((Line("of them learned from", None, learned),) if any(e.learned for e in evaluations) else ()),
        line("accuracy", lambda figures: with_interval(figures.accuracy, figures.accuracy_interval)),
        line("macro recall", lambda figures: percent(figures.macro_recall)),
        Line("recall, mean of sources", None, tuple(percent(_source_mean(each)) for each in evaluations)),
        line("ECE", lambda figures: decimals(figures.ece)),
        line("stated as sure", lambda figures: percent(figures.sure_share)),
        line("right when sure", lambda figures: percent(figures.sure_accuracy)),
    )


def _source_mean(evaluation: Evaluation) -> float | None:
    """Return the mean over the sources of the share of known money that was recognised."""
    hits: dict[str, list[bool]] = {}
    for row in evaluation.rows:
        if row.truth != NONE:
            hits.setdefault(row.example.source, []).append(row.right)
    shares = [sum(each) / len(each) for each in hits.values()]
    return sum(shares) / len(shares) if shares else None


def _classes(evaluations: Sequence[Evaluation]) -> tuple[Line, ...]:
    lines = []
    # A model may call a class by its folder's name.
    tables = [{canonical(label): label for label in each.figures.recall} for each in evaluations]
    for label in dict.fromkeys(name for table in tables for name in table):
        values, counts = [], []
        for each, table in zip(evaluations, tables, strict=True):
            own = table.get(label)
            if own is None:
                values.append("–")
            else:
                values.append(with_interval(each.figures.recall[own], each.figures.interval[own]))
                counts.append(each.figures.count[own])
        lines.append(Line(label, max(counts), tuple(values)))
    return tuple(lines)


def _unknowns(evaluation: Evaluation) -> Mapping[str, Part]:
    return evaluation.unknowns


def _sources(evaluations: Sequence[Evaluation]) -> tuple[Line, ...]:
    lines = _parts(
        evaluations, lambda each: each.by_source, lambda part: with_interval(part.accuracy, part.interval)
    )
    # The worst first: a mean over sources hides it.
    order = sorted(evaluations[0].by_source.items(), key=lambda item: item[1].accuracy)
    rank = {name: place for place, (name, _) in enumerate(order)}
    return tuple(sorted(lines, key=lambda line: rank.get(line.name, 0))) if len(lines) > 1 else ()


def _parts(
    evaluations: Sequence[Evaluation],
    choose: Callable[[Evaluation], Mapping[str, Part]],
    text: Callable[[Part], str],
) -> tuple[Line, ...]:
    chosen = [choose(each) for each in evaluations]
    return tuple(
        Line(
            name,
            max(parts[name].count for parts in chosen if name in parts),
            tuple(text(parts[name]) if name in parts else "–" for parts in chosen),
        )
        for name in dict.fromkeys(name for parts in chosen for name in parts)
    )
