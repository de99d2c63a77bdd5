"""Fit the last layer alone: multinomial logistic regression on stored embeddings.

All rows at once and to the end, by L-BFGS (Liu and Nocedal, "On the limited memory BFGS method for large
scale optimization", Mathematical Programming 45, 1989): the problem is convex, so there is one answer and
neither learning rate nor chance decides it.
"""

from collections.abc import Callable
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
        history: Figures of every epoch.
    """

    kernel: Floats
    bias: Floats
    history: History


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


def fit_head(memory: Memory, labels: tuple[str, ...], report: OnEvent) -> Head:
    """Fit a head to the rows that teach; those that test are only looked at.

    Args:
        memory: Rows of every class in `labels`.
        labels: Classes in the order of the logits.
        report: Where progress goes, stage "fitting", one step an epoch.
    """
    teaches = memory.split == "train"
    length = float(np.linalg.norm(memory.embedding[teaches].astype(np.float32), axis=1).mean())
    scale = LENGTH / length if length > 0 else 1.0  # a ReLU that fell silent leaves the bias to be fitted
    train = _rows(memory.where(teaches), labels, scale)
    test = _rows(memory.where((memory.split == "test") & np.isin(memory.label, labels)), labels, scale)
    objective = _Objective(train, len(labels), margins(train.target, labels), _weights(train.target, labels))
    history: History = {}
    watch = _watching(objective, train, test, history, report)
    start = np.zeros((train.embedding.shape[1] + 1) * len(labels))
    found = minimize(
        objective, start, jac=True, method="L-BFGS-B", callback=watch, options={"maxiter": EPOCHS}
    )
    kernel, bias = objective.layer(found.x)
    report(Progress("fitting", EPOCHS, EPOCHS, 0.0, _latest(history)))
    return Head(scale * kernel, bias, history)


def margins(targets: npt.NDArray[np.integer], labels: tuple[str, ...]) -> Floats:
    """Say by how much each class has to win while the head is fitted, (classes,), at least 0."""
    counts = np.maximum(np.bincount(targets, minlength=len(labels)), 1)
    thinness = np.maximum(np.log(np.median(counts) / counts), 0)
    return np.asarray(np.where(np.array(labels) == NONE, NONE_MARGIN, thinness), np.float32)


@dataclass(slots=True)
class _Objective:
    """Weighted cross-entropy with margins and a penalty on the kernel, and its gradient.

    Attributes:
        rows: What is fitted to.
        classes: How many.
        margin: What is taken off each logit, (classes,).
        weight: Of each row, (n,); their mean is 1.
        logits: Without margins, of the latest parameters, (n, classes).
    """

    rows: _Rows
    classes: int
    margin: Floats
    weight: Floats
    logits: Floats = field(init=False)

    def layer(self, parameters: npt.NDArray[np.float64]) -> tuple[Floats, Floats]:
        """Return kernel (d, classes) and bias (classes,)."""
        both = parameters.reshape(-1, self.classes).astype(np.float32)
        return both[:-1], both[-1]

    def __call__(self, parameters: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        """Return the value and its gradient, as flat as the parameters."""
        kernel, bias = self.layer(parameters)
        self.logits = self.rows.embedding @ kernel + bias
        count, here = len(self.weight), np.arange(len(self.weight))
        probabilities = softmax(self.logits - self.margin)
        loss = -(self.weight * np.log(probabilities[here, self.rows.target].clip(1e-12))).mean()
        probabilities[here, self.rows.target] -= 1
        error = (probabilities * self.weight[:, None] / count).astype(np.float32)  # (n, classes)
        gradient = np.vstack([self.rows.embedding.T @ error + 2 * PENALTY * kernel, error.sum(axis=0)])
        return float(loss + PENALTY * (kernel**2).sum()), gradient.ravel().astype(np.float64)


def _watching(
    objective: _Objective, train: _Rows, test: _Rows, history: History, report: OnEvent
) -> Callable[[npt.NDArray[np.float64]], None]:
    """Make what is called after each epoch: it notes the figures and reports them."""

    def watch(parameters: npt.NDArray[np.float64]) -> None:
        figures = dict(zip(("accuracy", "loss"), train.figures(objective.logits), strict=True))
        if len(test.target):
            kernel, bias = objective.layer(parameters)
            answers = test.figures(test.embedding @ kernel + bias)
            figures |= zip(("val_accuracy", "val_loss"), answers, strict=True)
        for name, value in figures.items():
            history.setdefault(name, []).append(value)
        report(Progress("fitting", len(history["loss"]), EPOCHS, None, _latest(history)))

    return watch


def _latest(history: History) -> dict[str, float]:
    latest = {name: values[-1] for name, values in history.items()}
    return latest | {"epoch": len(history.get("loss", ())), "epochs": EPOCHS}


def _rows(memory: Memory, labels: tuple[str, ...], scale: float) -> _Rows:
    targets = np.array([labels.index(label) for label in memory.label.tolist()], np.int64)
    return _Rows(np.float32(scale) * memory.embedding.astype(np.float32), targets)


def _weights(targets: Ints, labels: tuple[str, ...]) -> Floats:
    return np.asarray(class_weights(targets, labels)[targets], np.float32)
