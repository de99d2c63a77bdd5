"""Cross-validation: every picture of a source is answered by a network that never met its group."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold

from model.calibration import is_sure
from model.errors import TrainingError
from model.network import traced, with_head
from training.data.folders import Example
from training.events import OnEvent
from training.fitting.calibrate import KNOWN_AT, calibrate
from training.fitting.embed import embed
from training.fitting.fit import fit
from training.fitting.head import fit_head
from training.fitting.pictures import Picture, read
from training.fitting.recipes import Recipe
from training.intake.chat_groups import groups_of_chat_pictures
from training.measuring.metrics import Figures, measure
from training.run import SEED, ordered_labels, side
from training.version import head_logits


@dataclass(frozen=True, slots=True)
class Fold:
    """One part of the pictures, answered by a network that learned from the other parts.

    Attributes:
        labels: The c classes.
        truth: Index of the true class of each picture, (n,).
        probabilities: Calibrated, (n, c).
        sure: Which answers would be stated, (n,).
    """

    labels: tuple[str, ...]
    truth: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float64]
    sure: npt.NDArray[np.bool_]

    @property
    def right(self) -> int:
        """How many answers are right."""
        return int((self.probabilities.argmax(axis=1) == self.truth).sum())


def cross_validate(
    examples: Sequence[Example], recipe: Recipe, source: str, folds: int, report: OnEvent
) -> Iterator[Fold]:
    """Fit a network for each fold and answer that fold.

    Args:
        examples: The data set. Pictures of other sources stay on their side: those that teach teach every
            network, and on those that are held out, or not decided yet, each is calibrated.
        recipe: How to fit; its last layer is always fitted anew, as that of a base: no class is young.
        source: Whose pictures are answered, those it holds out included. The pictures of one group are in
            one fold, and each fold holds about the same share of every class.
        folds: How many, at least 2.
        report: Where events go.

    Raises:
        TrainingError: The source has too few groups of pictures, or there are not two classes.
    """
    asked = [each.source == source for each in examples]
    named = groups_of_chat_pictures(examples)
    groups = [named[each.path.stem] for each in examples]
    counts = Counter(each.label for each, ask in zip(examples, asked, strict=True) if ask)
    few = max(counts.values(), default=0) < folds
    if few or len({group for group, ask in zip(groups, asked, strict=True) if ask}) < folds:
        raise TrainingError(
            f"Cross-validation in {folds} folds needs as many groups of pictures of {source!r}, and as many "
            "pictures of one class; `currency-bot dataset stats` lists the sources."
        )
    pictures = read(examples, [side(each) for each in examples], report)
    place = {each.path.stem: number for number, each in enumerate(examples)}
    rows = [place[picture.sha256] for picture in pictures]
    ours = np.array([asked[row] for row in rows])
    labels = ordered_labels({picture.label for picture in pictures})
    names = np.array([picture.label for picture in pictures])
    group = np.array([groups[row] for row in rows])
    parts = StratifiedGroupKFold(folds, shuffle=True, random_state=SEED).split(
        names[ours], names[ours], group[ours]
    )
    for _, answered in parts:
        here = np.zeros(len(pictures), np.bool_)
        here[np.flatnonzero(ours)[answered]] = True
        akin = np.isin(group, group[here])  # of another source, too
        teaches = ~akin & (ours | np.array([picture.split == "train" for picture in pictures]))
        yield _fold(pictures, here, teaches, ~akin & ~teaches, labels, recipe, report)


def pooled(folds: Sequence[Fold]) -> Figures:
    """Measure all folds as one set of pictures."""
    return measure(
        np.concatenate([fold.probabilities for fold in folds]),
        np.concatenate([fold.truth for fold in folds]),
        folds[0].labels,
        sure=np.concatenate([fold.sure for fold in folds]),
    )


def _fold(
    pictures: Sequence[Picture],
    here: npt.NDArray[np.bool_],
    teaches: npt.NDArray[np.bool_],
    others: npt.NDArray[np.bool_],
    labels: tuple[str, ...],
    recipe: Recipe,
    report: OnEvent,
) -> Fold:
    """Answer the pictures `here` by a network fitted to those that teach and calibrated on the others."""
    sided = [
        replace(picture, split="train" if teach else "test")
        for picture, teach in zip(pictures, teaches, strict=True)
    ]
    train = [picture for picture in sided if picture.split == "train"]
    ordered_labels({picture.label for picture in train})
    model = fit(train, [], labels, recipe, SEED, report).model
    memory = embed(traced(model, recipe.image_size), recipe.image_size, sided, report, shipped=False)
    head = fit_head(memory, labels, lambda event: None)
    logits = head_logits(with_head(model, head.kernel, head.bias), memory)
    truth = np.array([labels.index(picture.label) for picture in sided], np.int64)
    found = calibrate(logits[others], truth[others], labels)
    answers = found.scores(logits[here])
    return Fold(labels, truth[here], answers, is_sure(answers, labels, found.sure_at, KNOWN_AT))
