"""From a fitted network to a version: calibrate, measure, compare with the one in use, write."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from model.calibration import softmax
from model.card import Card
from model.network import Network, head_of, logits_of, save, with_head
from model.registry import Registry
from training.data.folders import Example
from training.events import Finished
from training.fitting.calibrate import KNOWN_AT, Calibration, calibrate, cross_calibrated
from training.fitting.memory import Bools, Memory, write_memory
from training.fitting.reporter import History
from training.gate.report import Report, Share, write_report
from training.gate.rules import Side, compare, known_to
from training.measuring import plots
from training.measuring.describe import describe
from training.measuring.metrics import Figures, measure
from training.measuring.origins import by_origin

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fitted network that is not measured yet.

    Attributes:
        version: Name of the version that it becomes.
        model: Pixels → embedding, logits.
        memory: Embeddings of every picture that it remembers.
        labels: Classes in the order of the logits.
        architecture: One of `model.network.ARCHITECTURES`.
        image_size: Side of the square input in pixels.
        mode: "full" or "head".
        history: Figures of every epoch.
        aside: Which rows of the memory it was not fitted to and is not measured on (see
            `training.fitting.set_aside`); none if not given.
        young: Classes that were opened since the base was shipped.
        untaught: Classes that it does not know because all their pictures are held out, with how many.
    """

    version: str
    model: keras.Model
    memory: Memory
    labels: tuple[str, ...]
    architecture: str
    image_size: int
    mode: str
    history: History
    aside: Bools | None = None
    young: Collection[str] = ()
    untaught: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model makes of n held-out pictures.

    Attributes:
        labels: Its c classes.
        rows: The pictures, as they are remembered.
        logits: (n, c).
        truth: Index of the true class of each, (n,).
        calibration: Fitted to these answers.
        young: Those of its classes that were opened since the base was shipped.
    """

    labels: tuple[str, ...]
    rows: Memory
    logits: Floats
    truth: npt.NDArray[np.int64]
    calibration: Calibration
    young: Collection[str]

    @property
    def scores(self) -> npt.NDArray[np.float64]:
        """What will be served, (n, c): rows sum to 1."""
        return self.calibration.scores(self.logits)


def write_version(
    candidate: Candidate,
    current: Network | None,
    current_logits: Floats | None,
    registry: Registry,
    renamed: Mapping[str, str] | None = None,
    examples: Sequence[Example] = (),
    run: int | None = None,
) -> Finished:
    """Measure a candidate on its held-out pictures and write it.

    Args:
        candidate: What was fitted.
        current: The network in use, if any.
        current_logits: Its logits of the held-out rows that the candidate is measured on, in that order;
            None where there is none in use.
        registry: Where the version goes.
        renamed: New names of classes that the network in use knows by their old ones.
        examples: Pictures of the data set. If they are all that was held out, the card tells sources apart.
        run: Id of the chat's run that asks for it, if any.
    """
    aside = candidate.aside
    rows = held_out(candidate.memory if aside is None else candidate.memory.where(~aside), candidate.labels)
    answers = _answers(rows, head_logits(candidate.model, rows), candidate.labels, candidate.young)
    comparison = _compared(candidate.version, answers, current, current_logits, renamed or {})
    comparison = replace(
        comparison,
        reasons=(*comparison.reasons, *_of_untaught(candidate.untaught)),
        set_aside=0 if aside is None else int(aside.sum()),
        run=run,
    )
    figures = _figures(answers) if len(rows) else None
    measured = {**figures.to_dict(), **_by_origin(answers, examples)} if figures else {}
    card = _card(candidate, answers.calibration, measured, current)
    with registry.draft(candidate.version) as folder:
        written = save(_served(candidate, answers.calibration), card, folder)
        (folder / "README.md").write_text(describe(written), encoding="utf-8")
        write_memory(candidate.memory, folder)
        write_report(comparison, folder)
        plots.curves(candidate.history, folder / "curves.png")
        if figures:
            plots.confusion(figures, folder / "confusion.png")
            plots.reliability(figures, folder / "reliability.png")
    return Finished(candidate.version, comparison.passed, comparison.to_dict())


def _of_untaught(untaught: Mapping[str, int]) -> list[str]:
    """Say why a class is not known although it has pictures."""
    return [
        f"Nothing teaches {label}: all its pictures ({count}) are held out, by their import or because "
        "earlier models were measured on them or on photos of the same notes. Add other photos of it."
        for label, count in sorted(untaught.items())
    ]


def held_out(memory: Memory, labels: tuple[str, ...]) -> Memory:
    """Return the rows that a network with these classes is measured on."""
    return memory.where((memory.split == "test") & np.isin(memory.label, labels))


def head_logits(model: keras.Model, memory: Memory) -> Floats:
    """Return the logits (n, classes) that the last layer of a network gives remembered rows (n)."""
    return logits_of(model, memory.embedding.astype(np.float32))


def _answers(rows: Memory, logits: Floats, labels: tuple[str, ...], young: Collection[str]) -> Answers:
    """Put the logits (n, c) of a model beside the truth about n rows, and calibrate them."""
    truth = np.array([labels.index(label) for label in rows.label.tolist()], np.int64)
    return Answers(labels, rows, logits, truth, calibrate(logits, truth, labels, young), young)


def _figures(answers: Answers) -> Figures:
    """Measure what will be served; but what is said of confidence, on pictures that it was not fitted to."""
    truth, labels = answers.truth, answers.labels
    probabilities, sure = cross_calibrated(answers.logits, truth, labels, answers.young)
    crossed = measure(probabilities, truth, labels, sure=sure)
    return replace(
        measure(answers.scores, truth, labels),
        bins=crossed.bins,
        ece=crossed.ece,
        sure_share=crossed.sure_share,
        sure_accuracy=crossed.sure_accuracy,
        false_accept_rate=crossed.false_accept_rate,
    )


def _by_origin(answers: Answers, examples: Sequence[Example]) -> dict[str, Any]:
    origins = {example.path.stem: example for example in examples}
    found = [origins.get(sha256) for sha256 in answers.rows.sha256.tolist()]
    known = [origin for origin in found if origin]
    return by_origin(answers.scores, answers.truth, answers.labels, known) if len(known) == len(found) else {}


def _compared(
    version: str,
    answers: Answers,
    current: Network | None,
    current_logits: Floats | None,
    renamed: Mapping[str, str],
) -> Report:
    """Compare what a candidate answers with what the network in use, if any, says of the same rows."""
    names, pictures = answers.rows.label.tolist(), answers.rows.sha256.tolist()
    new = Side(version, answers.labels, answers.scores)
    if current is None or current_logits is None:
        return compare(new, None, names, pictures, {"candidate": _doubt(answers)})
    known = tuple(renamed.get(label, label) for label in current.card.labels)
    old = Side(current.card.version, known, softmax(current_logits))
    shared = known_to(old, names)
    rows = answers.rows.where(shared)
    doubt = {
        "candidate": _doubt(_answers(rows, answers.logits[shared], answers.labels, answers.young)),
        "current": _doubt(_answers(rows, current_logits[shared], known, answers.young)),
    }
    return compare(new, old, names, pictures, doubt)


def _doubt(answers: Answers) -> Mapping[str, Share]:
    """Measure how well a model knows what it does not know; both models of a comparison in the same way."""
    if not len(answers.rows):
        return {}
    figures = _figures(answers)
    return {name: getattr(figures, name) for name in ("ece", "auroc_none", "false_accept_rate")}


def _card(
    candidate: Candidate, calibration: Calibration, figures: Mapping[str, object], current: Network | None
) -> Card:
    """Write down what a candidate is; the hashes come with the weights."""
    return Card(
        version=candidate.version,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        architecture=candidate.architecture,
        mode=candidate.mode,
        parent=current.card.version if current and candidate.mode == "head" else None,
        labels=candidate.labels,
        image_size=candidate.image_size,
        temperature=calibration.temperature,
        sure_at=calibration.sure_at,
        known_at=KNOWN_AT,
        weights_sha256="",
        backbone_sha256="",
        data=_data(candidate.memory if candidate.aside is None else candidate.memory.where(~candidate.aside)),
        figures=figures,
    )


def _served(candidate: Candidate, calibration: Calibration) -> keras.Model:
    """Return the network with the offsets within its bias."""
    kernel, bias = head_of(candidate.model)
    return with_head(candidate.model, kernel, (bias + calibration.offsets).astype(np.float32))


def _data(memory: Memory) -> dict[str, object]:
    digest = hashlib.sha256()
    rows = zip(memory.sha256.tolist(), memory.label.tolist(), memory.split.tolist(), strict=True)
    for row in sorted(set(rows)):
        digest.update("\t".join(row).encode() + b"\n")
    return {"fingerprint": digest.hexdigest(), "train": memory.counts("train"), "test": memory.counts("test")}
