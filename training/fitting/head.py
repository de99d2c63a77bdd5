"""Fit the last layer alone: multinomial logistic regression on stored embeddings.

All rows at once and to the end, by L-BFGS (Liu and Nocedal, "On the limited memory BFGS method for large
scale optimization", Mathematical Programming 45, 1989): the problem is convex, so there is one answer and
neither learning rate nor chance decides it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from model.calibration import softmax
from model.prediction import NONE
from training.events import OnEvent, Progress
from training.fitting.memory import Memory
from training.fitting.pictures import class_weights
from training.fitting.reporter import History

EPOCHS = 60
"""Steps at most, each over all rows; it gains nothing visible after about forty."""

LENGTH = 16.0
"""Mean length of the embeddings while the head is fitted, so that one penalty fits every backbone."""

PENALTY = 1e-2
"""Weight of the squared weights in the loss: classes are many-sided and pictures few. Measured on held-out
sources with 0.003 and 0.01: 96.0 and 96.5 % right; the larger it is, the more a new currency takes from the
old ones."""

NONE_MARGIN = 4.0
"""By how much the logit of `NONE` has to win while the head is fitted, and does not have to afterwards
(logit adjustment: Menon et al., "Long-tail learning via logit adjustment", ICLR 2021). A network meets
hardly any of what the world holds besides its currencies. Measured on held-out sources with 3, 4 and 5:
96.9, 96.0 and 94.8 % right, and 96.5 % with each once the offset of `training.fitting.calibrate` is
fitted; the margin stands in for it while too few pictures are held out. Thin classes get the margin of the
paper: the logarithm of how much thinner they are than the median."""

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Head:
    """The last layer of a network.

    Attributes:
        kernel: float32 (d, classes).
        bias: float32 (classes,).
        history: Figures of every epoch; where classes are young, first those of the others alone.
    """

    kernel: Floats
    bias: Floats
    history: History


@dataclass(frozen=True, slots=True)
class _Layer:
    """Kernel (d, classes) and bias (classes,)."""

    kernel: Floats
    bias: Floats

    def logits(self, embeddings: Floats) -> Floats:
        """(n, d) → (n, classes)."""
        return embeddings @ self.kernel + self.bias


@dataclass(frozen=True, slots=True)
class _Rows:
    """Embeddings of mean length `LENGTH`, (n, d), and the class of each, (n,)."""

    embedding: Floats
    target: Ints

    def figures(self, logits: Floats) -> tuple[float, float]:
        """Accuracy, 0 to 1, and cross-entropy of logits (n, classes)."""
        likelihood = softmax(logits)[np.arange(len(self.target)), self.target]
        right = logits.argmax(axis=1) == self.target
        return float(right.mean()), float(-np.log(likelihood.clip(1e-12)).mean())


def fit_head(memory: Memory, labels: tuple[str, ...], report: OnEvent, young: Collection[str] = ()) -> Head:
    """Fit a head to the rows that teach; those that test are only looked at.

    A young class is taught by few pictures, and fitted with the others it would move them all. So the others
    are fitted as if it were not there, and held; it begins as `NONE`, which is what its pictures were called
    until it was opened, and only how it differs from that is fitted, to all rows (weights that start from
    what is known and are drawn back to it: Li, Grandvalet and Davoine, "Explicit Inductive Bias for Transfer
    Learning with Convolutional Networks", ICML 2018).

    Args:
        memory: Rows of every class in `labels`.
        labels: Classes in the order of the logits.
        report: Where progress goes, stage "fitting", one step an epoch.
        young: Those of them that were opened since the base was shipped; not all.
    """
    embeddings = memory.embedding[memory.split == "train"].astype(np.float32)
    length = float(np.linalg.norm(embeddings, axis=1).mean())
    scale = LENGTH / length if length > 0 else 1.0  # a ReLU that fell silent leaves the bias to be fitted
    old = tuple(label for label in labels if label not in young)
    steps = _Steps(report, EPOCHS * (2 if young else 1))
    layer = _fitted(memory, old, scale, _nothing(embeddings.shape[1], len(old)), np.arange(len(old)), steps)
    if young:
        begun = _with_young(layer, old, labels)
        layer = _fitted(memory, labels, scale, begun, np.flatnonzero(~np.isin(labels, old)), steps)
    steps.end()
    return Head(scale * layer.kernel, layer.bias, steps.history)


def margins(targets: npt.NDArray[np.integer], labels: tuple[str, ...]) -> Floats:
    """Say by how much each class has to win while the head is fitted, (classes,), at least 0."""
    counts = np.maximum(np.bincount(targets, minlength=len(labels)), 1)
    thinness = np.maximum(np.log(np.median(counts) / counts), 0)
    return np.asarray(np.where(np.array(labels) == NONE, NONE_MARGIN, thinness), np.float32)


@dataclass(slots=True)
class _Steps:
    """Notes the figures of every epoch and reports them.

    Attributes:
        report: Where progress goes.
        total: Epochs at most.
        history: Figures so far.
    """

    report: OnEvent
    total: int
    history: History = field(default_factory=dict)

    def note(self, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            self.history.setdefault(name, []).append(value)
        self._tell(len(self.history["loss"]), None)

    def end(self) -> None:
        self._tell(self.total, 0.0)

    def _tell(self, done: int, seconds_left: float | None) -> None:
        latest = {name: values[-1] for name, values in self.history.items()}
        epochs = {"epoch": len(self.history.get("loss", ())), "epochs": self.total}
        self.report(Progress("fitting", done, self.total, seconds_left, latest | epochs))


def _nothing(width: int, classes: int) -> _Layer:
    return _Layer(np.zeros((width, classes), np.float32), np.zeros(classes, np.float32))


def _with_young(layer: _Layer, old: tuple[str, ...], labels: tuple[str, ...]) -> _Layer:
    """Add young classes to a layer of the old ones, each a copy of `NONE`; of nothing where there is none."""
    begun = _nothing(len(layer.kernel), len(labels))
    for place, label in enumerate(labels):
        source = label if label in old else NONE
        if source in old:
            begun.kernel[:, place] = layer.kernel[:, old.index(source)]
            begun.bias[place] = layer.bias[old.index(source)]
    return begun


def _fitted(
    memory: Memory, labels: tuple[str, ...], scale: float, start: _Layer, free: Ints, steps: _Steps
) -> _Layer:
    """Fit some classes of a layer.

    Args:
        memory: Rows; those of other classes than `labels` are passed over.
        labels: Classes in the order of the logits.
        scale: What the embeddings are multiplied by.
        start: The layer before.
        free: Indices of the classes whose weights are fitted; the others stay.
        steps: Hears of every epoch.
    """
    known = memory.where(np.isin(memory.label, labels))
    train = _rows(known.where(known.split == "train"), labels, scale)
    test = _rows(known.where(known.split == "test"), labels, scale)
    weight = _weights(train.target, labels)
    objective = _Objective(train, start, free, margins(train.target, labels), weight)

    def watch(parameters: npt.NDArray[np.float64]) -> None:
        figures = dict(zip(("accuracy", "loss"), train.figures(objective.logits), strict=True))
        if len(test.target):
            answers = test.figures(objective.layer(parameters).logits(test.embedding))
            figures |= zip(("val_accuracy", "val_loss"), answers, strict=True)
        steps.note(figures)

    parameters = np.zeros((len(start.kernel) + 1) * len(free))
    found = minimize(
        objective, parameters, jac=True, method="L-BFGS-B", callback=watch, options={"maxiter": EPOCHS}
    )
    return objective.layer(found.x)


@dataclass(slots=True)
class _Objective:
    """Weighted cross-entropy with margins and a penalty on how far the kernel leaves its start; its gradient.

    Attributes:
        rows: What is fitted to.
        start: The layer where all parameters are 0.
        free: Indices of the classes that the parameters move, (f,).
        margin: What is taken off each logit, (classes,).
        weight: Of each row, (n,); their mean is 1.
        started: Logits of the start, without margins, (n, classes).
        logits: Those of the latest parameters.
    """

    rows: _Rows
    start: _Layer
    free: Ints
    margin: Floats
    weight: Floats
    started: Floats = field(init=False)
    logits: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.start.logits(self.rows.embedding)

    def layer(self, parameters: npt.NDArray[np.float64]) -> _Layer:
        """Return the layer that parameters (d + 1 times f), flat, stand for."""
        kernel, bias = self._moved(parameters)
        found = _Layer(self.start.kernel.copy(), self.start.bias.copy())
        found.kernel[:, self.free] += kernel
        found.bias[self.free] += bias
        return found

    def __call__(self, parameters: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        """Return the value and its gradient, as flat as the parameters."""
        kernel, bias = self._moved(parameters)
        self.logits = self.started.copy()
        self.logits[:, self.free] += self.rows.embedding @ kernel + bias
        count, here = len(self.weight), np.arange(len(self.weight))
        probabilities = softmax(self.logits - self.margin)
        loss = -(self.weight * np.log(probabilities[here, self.rows.target].clip(1e-12))).mean()
        probabilities[here, self.rows.target] -= 1
        error = (probabilities * self.weight[:, None] / count)[:, self.free].astype(np.float32)  # (n, f)
        gradient = np.vstack([self.rows.embedding.T @ error + 2 * PENALTY * kernel, error.sum(axis=0)])
        return float(loss + PENALTY * (kernel**2).sum()), gradient.ravel().astype(np.float64)

    def _moved(self, parameters: npt.NDArray[np.float64]) -> tuple[Floats, Floats]:
        """Return what is added to kernel (d, f) and bias (f,)."""
        both = parameters.reshape(-1, len(self.free)).astype(np.float32)
        return both[:-1], both[-1]


def _rows(memory: Memory, labels: tuple[str, ...], scale: float) -> _Rows:
    targets = np.array([labels.index(label) for label in memory.label.tolist()], np.int64)
    return _Rows(np.float32(scale) * memory.embedding.astype(np.float32), targets)


def _weights(targets: Ints, labels: tuple[str, ...]) -> Floats:
    return np.asarray(class_weights(targets, labels)[targets], np.float32)
