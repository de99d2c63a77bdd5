"""The version that a simulation starts from, and the rows that its successors are measured on."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from model.network import with_head
from model.registry import BASE, Registry
from training.data.folders import Example
from training.events import OnEvent
from training.fitting.embed import embed
from training.fitting.head import fit_head
from training.fitting.memory import Memory, joined, read_memory
from training.fitting.pictures import read
from training.run import ordered_labels
from training.version import Candidate, head_logits, write_version


def start_from(
    source: Registry,
    target: Registry,
    *,
    without: Collection[str],
    unseen: Collection[str],
    measured: Mapping[str, Example],
    report: OnEvent,
) -> Memory:
    """Write the base of `target`: the version in use in `source`, with gaps in its memory.

    Its last layer is fitted anew on what is left. The layers below are the same, so they may have seen
    pictures of the classes that are left out.

    Args:
        source: Where the version in use is.
        target: An empty registry.
        without: Classes that it shall not know.
        unseen: SHA-256 of pictures that it shall not remember.
        measured: Pictures to measure on, by SHA-256.
        report: Where events go.

    Returns:
        Rows to measure on: what it remembers as held out, and `measured`.

    Raises:
        ModelError: The version in use cannot be read.
        TrainingError: There are not two classes left.
    """
    network = source.load(source.in_use())
    card = network.card
    memory = read_memory(source.folder(card.version))
    keeps = ~np.isin(memory.label, list(without)) & ~np.isin(memory.sha256, list(unseen))
    kept = memory.where(keeps)
    kept = replace(kept, shipped=np.ones(len(kept), np.bool_))
    labels = ordered_labels(kept.labels())
    head = fit_head(kept, labels, report)
    model = with_head(network.model, head.kernel, head.bias)
    candidate = Candidate(BASE, model, kept, labels, card.architecture, card.image_size, "head", head.history)
    write_version(candidate, None, None, target)
    held_out = kept.where(kept.split == "test")
    known = set(held_out.sha256.tolist())
    others = [example for sha256, example in measured.items() if sha256 not in known]
    pictures = read(others, ["test"] * len(others), report)
    if not pictures:
        return held_out
    return joined([held_out, embed(network.run, card.image_size, pictures, report, shipped=True)])


def hits(registry: Registry, version: str, rows: Memory) -> Mapping[str, tuple[int, int]]:
    """Count for each class how many rows a version gets right, and of how many."""
    network = registry.load(version)
    labels = np.array(network.card.labels)
    answers = labels[head_logits(network.model, rows).argmax(axis=1)]  # (n,)
    return {
        str(label): (int((answers[rows.label == label] == label).sum()), int((rows.label == label).sum()))
        for label in np.unique(rows.label)
    }
