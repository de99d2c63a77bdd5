"""What a model is worth by where its held-out pictures come from: believe the worst source. Pure."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from model.prediction import NONE
from training.data.folders import Example
from training.measuring.metrics import separation, wilson

Figures = dict[str, dict[str, object]]


def by_origin(
    probabilities: npt.NDArray[np.floating],
    truth: npt.NDArray[np.int64],
    labels: Sequence[str],
    origins: Sequence[Example],
) -> dict[str, Figures]:
    """Measure the pictures of each source, and each sort of unknown ones.

    Args:
        probabilities: What is served, (n, classes).
        truth: Index of the true class, (n,).
        labels: The classes.
        origins: What is known of each picture, n.

    Returns:
        By "sources" the share of right answers and its 95 % interval; by "unknowns", the sorts of `NONE`,
        how well known currencies are told from them: area under the ROC curve, and false positive rate at
        95 % true positives.
    """
    right = probabilities.argmax(axis=1) == truth
    sources: Figures = {}
    for source in sorted({each.source for each in origins}):
        here = np.array([each.source == source for each in origins])
        hits, count = int(right[here].sum()), int(here.sum())
        sources[source] = {"count": count, "accuracy": hits / count, "interval": list(wilson(hits, count))}
    unknowns: Figures = {}
    if NONE in labels:
        is_none = truth == labels.index(NONE)
        known = 1 - probabilities[:, labels.index(NONE)]
        for kind in sorted({each.kind for each in origins if each.kind}):
            here = np.array([each.kind == kind for each in origins]) & is_none
            auroc, fpr95 = separation(known[here | ~is_none], is_none[here | ~is_none])
            unknowns[kind] = {"count": int(here.sum()), "auroc": auroc, "fpr95": fpr95}
    return {"sources": sources, "unknowns": unknowns}
