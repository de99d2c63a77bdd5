"""What those who run the bot read about training and models, as HTML for Telegram. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from bot.texts import by_class, counted, measured, name, shortened
from model.card import Card
from model.registry import Promotion
from training.events import Event, Failed, Finished, Progress, Started
from training.gate.report import Flip, Report

BAR = 12
"""Characters of the progress bar; it has to fit on one line of a phone."""

_STAGES = {
    "reading": "Reading the pictures",
    "drawing": "Drawing views of the pictures",
    "embedding": "Looking at the new pictures",
    "fitting": "Learning",
    "whitening": "Looking for what tells pictures apart",
}


def _tenths(share: float) -> str:
    return f"{100 * share:.1f} %"


_DOUBT = (
    ("ece", "Its confidence is off by {} on average.", _tenths),
    ("auroc_none", "It tells known currencies from everything else with an AUROC of {}.", "{:.3f}".format),
    (
        "false_accept_rate",
        "It states a currency for {} of the photos that show none it knows.",
        _tenths,
    ),
)
"""What a report says of doubt: the figure, the sentence, how the figure is written."""


@dataclass(frozen=True, slots=True)
class News:
    """What the data set holds that the model in use does not know.

    Attributes:
        version: The model in use.
        new: Pictures that it has not learned from, by class.
        moved: Pictures that it learned as something else, by the class that they are in now.
        gone: Pictures that it learned from and that were deleted since.
    """

    version: str
    new: Mapping[str, int]
    moved: Mapping[str, int]
    gone: int

    def __bool__(self) -> bool:
        return bool(self.new or self.moved or self.gone)


def news(found: News) -> str:
    """What is new since the model in use."""
    parts = []
    if found.new:
        parts.append(f"{counted(sum(found.new.values()), 'new picture')} ({by_class(found.new)})")
    if found.moved:
        parts.append(
            f"{counted(sum(found.moved.values()), 'picture')} now in another class ({by_class(found.moved)})"
        )
    if found.gone:
        parts.append(f"{counted(found.gone, 'picture')} deleted")
    return f"Since model {escape(found.version)}: {', '.join(parts)}." if parts else ""


def nothing_new(version: str) -> str:
    """Refuse to train when there is nothing to learn."""
    return (
        f"There is nothing to learn: model {escape(version)} knows every picture in the data set. "
        "Corrections from the chat, or <code>currency-bot dataset import</code>, bring new ones."
    )


def progress(started: Started | None, latest: Event | None, intro: str) -> str:
    """How far a run is.

    Args:
        started: Its first event, once that has come.
        latest: Its latest event.
        intro: What was said when it was asked for.
    """
    title = f"Training <b>{escape(started.version)}</b>" if started else "Training starts"
    lines = [intro, f"{title} …"]
    if isinstance(latest, Progress):
        share = min(max(latest.done / latest.total, 0.0), 1.0) if latest.total else 0.0
        filled = round(share * BAR)
        stage = _STAGES.get(latest.stage, escape(latest.stage.capitalize()))
        lines.append(f"{stage}: {100 * share:.0f} %")
        lines.append("▓" * filled + "░" * (BAR - filled))
        lines.extend(_details(latest))
    elif isinstance(latest, Finished):
        lines.append("Written; loading it")
    return "\n".join(line for line in lines if line)


def ended(outcome: Failed | None, by: str = "") -> str:
    """Say that a run failed, or that it was cancelled and by whom."""
    if outcome is None:
        who = f" by {escape(by)}" if by else ""
        return f"Training was cancelled{who}. The model in use has not changed."
    return f"Training did not finish. {escape(outcome.message[:1000])}\nThe model in use has not changed."


def told_later(version: str) -> str:
    """Say that a run has ended well and that this could not be written down."""
    return (
        f"<b>{escape(version)}</b> is trained, but the database cannot be written just now. The report comes "
        "when the bot starts again; /models says which model answers."
    )


def report(found: Report) -> str:
    """How a candidate compares with the model in use."""
    lines = [f"<b>{escape(found.candidate)}</b>, measured on {counted(found.held_out, 'held-out picture')}:"]
    new, old = found.accuracy.get("candidate"), found.accuracy.get("current")
    if new is not None:
        before = f"{measured(old)} → " if old is not None else ""
        fewer = found.shared < found.held_out
        known = f", on the {found.shared} whose class {escape(found.current or '')} knows" if fewer else ""
        lines.append(f"Accuracy {before}<b>{measured(new)}</b>{known}.")
    lines.extend(shortened([_class_line(label, row) for label, row in found.recalls.items()], 1300))
    lines.extend(_doubt_lines(found.doubt))
    if found.set_aside:
        lines.append(
            f"{counted(found.set_aside, 'picture')} of the base model's none of these may show a currency "
            "that is new, so nothing learns from them and nothing is measured on them."
        )
    lines.append("")
    lines.extend(shortened([escape(reason) for reason in found.reasons], 1000))
    for what, fixed in (("Broken", False), ("Fixed", True)):
        counts = Counter(_flip(flip) for flip in found.flips if flip.fixed == fixed)
        if counts:
            kinds = [f"{count} {kind}" for kind, count in counts.most_common()]
            lines.append(f"{what}: {', '.join(shortened(kinds, 400))}.")
    return "\n".join(lines)


def flip_sheet(version: str) -> str:
    """What is below the pictures that a version fixes or breaks."""
    return (
        f"What {version} breaks and fixes. Below each: what it is, what it was taken for > is taken for now."
    )


def flips_not_shown(missing: int) -> str:
    """Say why pictures that changed sides are not to be seen; nothing where none is missing."""
    if not missing:
        return ""
    return (
        f" Of {counted(missing, 'picture')} that changed I have no file: they came with the base model as "
        "rows of numbers, or were taken back since."
    )


def discarded(version: str, by: str) -> str:
    """Say that a version was thrown away."""
    return f"<b>{escape(version)} was discarded{f' by {escape(by)}' if by else ''}.</b>"


def promoted(version: str, current: str | None) -> str:
    """Say that a version answers from now on."""
    back = f" /models takes you back to {escape(current)}." if current else ""
    return f"<b>{escape(version)} answers from now on.</b>{back}"


def kept(version: str, *, passed: bool) -> str:
    """Say that a version is there but does not answer: it did not pass, or something came between."""
    return f"<b>{escape(version)} is kept but does not answer</b>{'.' if passed else ': it did not pass.'}"


def models(cards: Sequence[Card], history: Sequence[Promotion], in_use: str | None) -> str:
    """List the versions, newest first."""
    lines = ["<b>Models</b>, newest first:"]
    for card in reversed(cards):
        facts = [card.created[:10], card.mode]
        if (accuracy := card.figures.get("accuracy")) is not None:
            total = card.figures.get("total")
            of = f" of {total} held-out pictures" if total is not None else ""
            facts.append(f"{measured(accuracy)}{of} right")
        if (error := card.figures.get("ece")) is not None:
            facts.append(f"confidence off by {_tenths(error)}")
        if (accepted := card.figures.get("false_accept_rate")) is not None:
            facts.append(f"a currency stated for {_tenths(accepted)} of unknown photos")
        last = next((event for event in reversed(history) if event.version == card.version), None)
        if last:
            done = "promoted" if last.action == "promote" else "rolled back to"
            facts.append(f"{done} by {last.by} on {last.at[:10]}")
        mark = " — <b>answers now</b>" if card.version == in_use else ""
        lines.append(f"<b>{escape(card.version)}</b>{mark}: {escape(', '.join(facts))}")
    return "\n".join(lines)


def _doubt_lines(doubt: Mapping[str, Mapping[str, float | None]]) -> list[str]:
    """How well it knows what it does not know, before and after."""
    lines = []
    for key, sentence, digits in _DOUBT:
        new, old = (doubt.get(side, {}).get(key) for side in ("candidate", "current"))
        if new is not None:
            before = f"{digits(old)} → " if old is not None else ""
            lines.append(sentence.format(f"{before}{digits(new)}"))
    return lines


def _flip(flip: Flip) -> str:
    wrong = flip.before if flip.fixed else flip.after
    return f"{name(flip.label, 'en')} ({'was' if flip.fixed else 'now'} {name(wrong, 'en')})"


def _details(latest: Progress) -> list[str]:
    lines = []
    figures = latest.figures
    if latest.epoch:
        lines.append(latest.epoch.capitalize())
    if "val_accuracy" in figures:
        lines.append(f"Validation accuracy {measured(figures['val_accuracy'])}")
    if latest.seconds_left is not None and latest.done < latest.total:
        lines.append(f"About {_duration(latest.seconds_left)} left in this step")
    return lines


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _class_line(label: str, row: Mapping[str, float | int | None]) -> str:
    new, old = row.get("candidate"), row.get("current")
    title = f"• {name(label, 'en')} ({row.get('count')})"
    if new is not None and old is not None and measured(new) == measured(old):
        return f"{title}: still {measured(new)}"
    before = f"{measured(old)} → " if old is not None else "new: "
    after = measured(new) if new is not None else "no longer known"
    return f"{title}: {before}{after}"
