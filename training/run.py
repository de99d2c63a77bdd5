"""One training run: from class folders to a measured version; promotes nothing.

full   the whole network, on the pictures
head   the last layer, on the embeddings of the version in use and of what is new since
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import numpy as np

from model.errors import TrainingError
from model.network import Network, logits_of, traced, with_head
from model.registry import Registry
from training.data.folders import Example
from training.events import Finished, OnEvent, Started
from training.fitting.embed import embed, look_at
from training.fitting.fit import fit
from training.fitting.head import fit_head
from training.fitting.memory import Memory, joined, read_memory
from training.fitting.pictures import Picture, read
from training.fitting.recipes import Recipe
from training.fitting.set_aside import set_aside
from training.fitting.young import came_along, opened_since
from training.gate.renames import renames
from training.version import Candidate, Floats, head_logits, held_out, write_version

SEED = 20


def run_full(
    examples: Sequence[Example],
    registry: Registry,
    recipe: Recipe,
    report: OnEvent,
    *,
    version: str | None = None,
    shipped: bool = False,
    own: Collection[str] = (),
    remembered: Memory | None = None,
    run: int | None = None,
) -> Finished:
    """Fit the whole network and write it as a version.

    Args:
        examples: Pictures whose split is decided: "train" teaches, anything else tests.
        registry: Where the version goes, and where the version in use is.
        recipe: How to fit.
        report: Where events go.
        version: Name of the version; the next free one if None.
        shipped: Whether later versions remember the pictures without having them.
        own: SHA-256 of pictures that people sent, of which nothing ever stays without them.
        remembered: What the version in use remembers, to tell classes that were renamed from forgotten
            ones, and pictures that came with it from those of the chat.
        run: Id of the chat's run that asks for it, if any.

    Raises:
        TrainingError: There are not two classes to tell apart, or no layer would be fitted.
        ModelError: The version in use cannot be read.
    """
    if not recipe.epochs and not recipe.refit_head:
        raise TrainingError(
            f"With no epochs {recipe.architecture!r} would learn nothing: it has no pretrained layers."
        )
    version = version or registry.next_version()
    splits = [side(example) for example in examples]
    teaching = Counter(e.label for e, split in zip(examples, splits, strict=True) if split == "train")
    ordered_labels(teaching)
    in_use = registry.in_use_if_any()
    current = registry.load(in_use) if in_use else None
    report(Started(version, dict(teaching), dict(teaching)))
    pictures = read(examples, splits, report)
    labels = ordered_labels({picture.label for picture in pictures if picture.split == "train"})
    untaught = Counter(picture.label for picture in pictures if picture.label not in labels)
    pictures = [picture for picture in pictures if picture.label in labels]
    renamed = renames(remembered, examples) if remembered else {}
    aside = np.zeros(len(pictures), np.bool_)
    young: tuple[str, ...] = ()
    if current and remembered:
        came = came_along(remembered.renamed(renamed), examples)
        young = opened_since(labels, came)
        if young:
            seen = embed(current.run, current.card.image_size, pictures, report, shipped=False)
            aside = set_aside(seen, came)
    used = [picture for picture, out in zip(pictures, aside, strict=True) if not out]
    train = [picture for picture in used if picture.split == "train"]
    tests = [picture for picture in used if picture.split == "test"]
    fitted = fit(train, tests, labels, recipe, SEED, report)
    memory = embed(
        traced(fitted.model, recipe.image_size), recipe.image_size, pictures, report, shipped=shipped
    )
    memory = replace(memory, shipped=memory.shipped & ~np.isin(memory.sha256, np.array(list(own), np.str_)))
    model, history = fitted.model, fitted.history
    if recipe.refit_head:
        head = fit_head(memory.where(~aside), labels, lambda event: None, young)
        model, history = with_head(model, head.kernel, head.bias), history or head.history
    candidate = Candidate(
        version,
        model,
        memory,
        labels,
        recipe.architecture,
        recipe.image_size,
        "full",
        history,
        aside=aside,
        young=young,
        untaught=untaught,
    )
    current_logits = _answers(current, tests) if current else None
    return write_version(candidate, current, current_logits, registry, renamed, examples, run)


def run_head(
    examples: Sequence[Example], registry: Registry, report: OnEvent, *, run: int | None = None
) -> Finished:
    """Fit the last layer anew on what the version in use remembers and on what is new since.

    Pictures that were taken out of the data set are forgotten; the ones that came with the base
    model stay. A class that was renamed keeps its rows: what came with the base still counts as that. Work
    grows with what is new, not with what is known.

    Args:
        examples: The data set, each picture's split decided: "train" teaches, anything else tests.
        registry: Where the version in use is and the new one goes.
        report: Where events go.
        run: Id of the chat's run that asks for it, if any.

    Raises:
        TrainingError: Nothing has changed since the version in use.
        ModelError: The version in use or its embeddings cannot be read.
    """
    current = registry.load(registry.in_use())
    remembered = read_memory(registry.folder(current.card.version))
    renamed = renames(remembered, examples)
    memory = remembered.renamed(renamed)
    known, new = changes(memory, examples)
    same = not renamed and len(known) == len(memory)
    if same and not new:
        raise TrainingError("Nothing is new since the model in use; label some pictures first.")
    version = registry.next_version()
    splits = [side(example) for example in new]
    added = Counter(e.label for e, split in zip(new, splits, strict=True) if split == "train")
    teaching = Counter(known.counts("train")) + added
    ordered_labels(teaching)
    report(Started(version, dict(teaching), dict(added)))
    pictures = read(new, splits, report)
    if same and not pictures:
        raise TrainingError("None of the new pictures can be read; `currency-bot dataset check` names them.")
    if pictures:
        size = current.card.image_size
        known = joined([known, embed(current.run, size, pictures, report, shipped=False)])
    labels = ordered_labels(known.labels())
    came = came_along(memory, examples)
    aside = set_aside(known, came)
    used = known.where(~aside)
    young = opened_since(labels, came)
    head = fit_head(used, labels, report, young)
    candidate = Candidate(
        version,
        with_head(current.model, head.kernel, head.bias),
        known,
        labels,
        current.card.architecture,
        current.card.image_size,
        "head",
        head.history,
        aside=aside,
        young=young,
        untaught={label: count for label, count in known.counts("test").items() if label not in labels},
    )
    tests = held_out(used, labels)
    return write_version(candidate, current, head_logits(current.model, tests), registry, renamed, run=run)


def changes(memory: Memory, examples: Sequence[Example]) -> tuple[Memory, list[Example]]:
    """Compare what a version remembers with the data set as it is.

    Returns:
        The rows that still hold, and the pictures that have none. A picture whose class was changed
        counts as new, and so does one that came back after its row was emptied.
    """
    present = {(example.path.stem, example.label) for example in examples}
    labelled = {sha256 for sha256, _ in present}
    memory = memory.where(~memory.blanked())
    keys = list(zip(memory.sha256.tolist(), memory.label.tolist(), strict=True))
    holds = [
        key in present or (shipped and key[0] not in labelled)
        for key, shipped in zip(keys, memory.shipped.tolist(), strict=True)
    ]
    known = memory.where(np.array(holds, np.bool_))
    remembered = {key for key, hold in zip(keys, holds, strict=True) if hold}
    return known, [e for e in examples if (e.path.stem, e.label) not in remembered]


def side(example: Example) -> str:
    """Say on which side a picture is: "train", or "test" for everything else."""
    return "train" if example.split == "train" else "test"


def ordered_labels(teaching: Iterable[str]) -> tuple[str, ...]:
    """Order the classes that have a picture to learn from; there must be two."""
    labels = tuple(sorted(teaching))
    if len(labels) < 2:
        raise TrainingError(
            "At least two classes with pictures to learn from are needed. "
            f"Received: {', '.join(labels) or 'none'}"
        )
    return labels


def _answers(network: Network, pictures: Sequence[Picture]) -> Floats:
    size = network.card.image_size
    rows = [logits_of(network.model, look_at(network.run, size, [picture])) for picture in pictures]
    return np.concatenate([np.zeros((0, len(network.card.labels)), np.float32), *rows])
