"""Fit the last layer alone: multinomial logistic regression on stored embeddings.

First the old classes, then what sets young ones apart, each time all rows at once and to the end, by L-BFGS
(Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", Mathematical Programming
45, 1989): both problems are convex, so there is one answer and neither learning rate nor chance decides it.
"""

from collections.abc import Collection
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
from training.fitting.young import older

EPOCHS = 60
"""Steps at most of either fit, each over all rows; it gains nothing visible after about forty."""

LENGTH = 16.0
"""Mean length of the embeddings while the head is fitted, so that one penalty fits every backbone."""

PENALTY = 1e-2
"""Weight of the squared weights in the loss: classes are many-sided and pictures few. Measured on held-out
sources with 0.003 and 0.01: 96.0 and 96.5 % right."""

PENALTY_YOUNG = 3e-3
"""The same for how far young classes leave `NONE`. With 0.01, four currencies opened at once are recognised
in 0.73 instead of 0.81 (training/EXPERIMENTS.md, "Begun as none of these")."""

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
        history: Figures of every epoch; where classes are young, of the fit that brings them.
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
        young: Those that were opened since the base was shipped.
    """
    old = older(labels, young)
    fits = _Fits(memory, _scale(memory), report, EPOCHS * (1 if old.all() else 2))
    names = tuple(np.array(labels)[old].tolist())
    layer = fits.fitted(
        names, _nothing(memory.embedding.shape[1], len(names)), np.arange(len(names)), PENALTY
    )
    if not old.all():
        layer = fits.fitted(labels, _with_young(layer, names, labels), np.flatnonzero(~old), PENALTY_YOUNG)
    return Head(fits.scale * layer.kernel, layer.bias, fits.end())


def _scale(memory: Memory) -> float:
    """Say what makes embeddings that teach `LENGTH` long on average."""
    length = float(
        np.linalg.norm(memory.embedding[memory.split == "train"].astype(np.float32), axis=1).mean()
    )
    return LENGTH / length if length > 0 else 1.0  # a ReLU that fell silent leaves the bias to be fitted


def margins(targets: npt.NDArray[np.integer], labels: tuple[str, ...]) -> Floats:
    """Say by how much each class has to win while the head is fitted, (classes,), at least 0."""
    counts = np.maximum(np.bincount(targets, minlength=len(labels)), 1)
    thinness = np.maximum(np.log(np.median(counts) / counts), 0)
    return np.asarray(np.where(np.array(labels) == NONE, NONE_MARGIN, thinness), np.float32)


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


@dataclass(slots=True)
class _Fits:
    """One fit after the other, to the same memory.

    Attributes:
        memory: The rows.
        scale: What their embeddings are multiplied by.
        report: Where progress goes.
        total: Epochs of all fits at most.
        done: Epochs so far.
        history: Figures of the latest fit.
    """

    memory: Memory
    scale: float
    report: OnEvent
    total: int
    done: int = 0
    history: History = field(default_factory=dict)

    def fitted(self, labels: tuple[str, ...], start: _Layer, free: Ints, penalty: float) -> _Layer:
        """Fit some classes of a layer.

        Args:
            labels: Classes in the order of the logits; rows of others are passed over.
            start: The layer before.
            free: Indices of the classes whose weights are fitted; the others stay.
            penalty: Weight of how far they leave the start.
        """
        train, test = (_rows(self.memory, split, labels, self.scale) for split in ("train", "test"))
        weight = _weights(train.target, labels)
        objective = _Objective(train, start, free, penalty, margins(train.target, labels), weight)
        self.history = {}

        def watch(parameters: npt.NDArray[np.float64]) -> None:
            figures = dict(zip(("accuracy", "loss"), train.figures(objective.logits), strict=True))
            if len(test.target):
                answers = test.figures(objective.layer(parameters).logits(test.embedding))
                figures |= zip(("val_accuracy", "val_loss"), answers, strict=True)
            for name, value in figures.items():
                self.history.setdefault(name, []).append(value)
            self.done += 1
            self._tell(self.done, None)

        parameters = np.zeros((len(start.kernel) + 1) * len(free))
        found = minimize(
            objective, parameters, jac=True, method="L-BFGS-B", callback=watch, options={"maxiter": EPOCHS}
        )
        return objective.layer(found.x)

    def end(self) -> History:
        """Report that nothing is left to fit; return the figures of the latest fit."""
        self._tell(self.total, 0.0)
        return self.history

    def _tell(self, step: int, seconds_left: float | None) -> None:
        latest = {name: values[-1] for name, values in self.history.items()}
        epochs = {"epoch": self.done, "epochs": self.total}
        self.report(Progress("fitting", step, self.total, seconds_left, latest | epochs))


@dataclass(slots=True)
class _Objective:
    """Weighted cross-entropy with margins and a penalty on how far the kernel leaves its start; its gradient.

    Attributes:
        rows: What is fitted to.
        start: The layer where all parameters are 0.
        free: Indices of the classes that the parameters move, (f,).
        penalty: Weight of their squared distance from the start.
        margin: What is taken off each logit, (classes,).
        weight: Of each row, (n,); their mean is 1.
        started: Logits of the start, without margins, (n, classes).
        logits: Those of the latest parameters.
    """

    rows: _Rows
    start: _Layer
    free: Ints
    penalty: float
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
        gradient = np.vstack([self.rows.embedding.T @ error + 2 * self.penalty * kernel, error.sum(axis=0)])
        return float(loss + self.penalty * (kernel**2).sum()), gradient.ravel().astype(np.float64)

    def _moved(self, parameters: npt.NDArray[np.float64]) -> tuple[Floats, Floats]:
        """Return what is added to kernel (d, f) and bias (f,)."""
        both = parameters.reshape(-1, len(self.free)).astype(np.float32)
        return both[:-1], both[-1]


def _rows(memory: Memory, split: str, labels: tuple[str, ...], scale: float) -> _Rows:
    chosen = (memory.split == split) & np.isin(memory.label, labels)
    targets = np.array([labels.index(label) for label in memory.label[chosen].tolist()], np.int64)
    return _Rows(np.float32(scale) * memory.embedding[chosen].astype(np.float32), targets)


def _weights(targets: Ints, labels: tuple[str, ...]) -> Floats:
    return np.asarray(class_weights(targets, labels)[targets], np.float32)
