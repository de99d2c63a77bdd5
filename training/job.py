"""What one retraining works on: the data set with every picture's split decided, and the version in use."""

import sys
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from model.errors import TrainingError
from model.registry import BASE, Registry
from training.data.dataset import Dataset
from training.data.folders import Example
from training.data.split import Member, assign
from training.events import Finished, Progress, Report
from training.fitting.memory import Memory, blank_gone, read_memory
from training.fitting.recipes import Recipe, recipe_for
from training.intake.chat_groups import forget_deleted, groups_of_chat_pictures, memory_of
from training.intake.importing import judged
from training.run import run_full, run_head, version_in_use


def retrain(data_dir: Path, models_dir: Path, mode: str, report: Report) -> Finished:
    """Retrain the version in use on the data set.

    Args:
        data_dir: Where `dataset/` is.
        models_dir: Where the versions are.
        mode: "head" or "full".
        report: Where events go.

    Raises:
        TrainingError: There is nothing to learn.
        ModelError: The version in use cannot be read.
    """
    registry = Registry(models_dir)
    dataset = Dataset(data_dir)
    version = registry.in_use()
    card = registry.card(version)
    memory = read_memory(registry.folder(version))
    examples = decided(dataset.examples(), memory, _given(dataset), memory_of(dataset))
    if mode == "head":
        return _without_gone(run_head(examples, registry, report), registry, dataset)
    present = {example.path.stem for example in examples}
    if missing := len(set(memory.sha256[memory.shipped].tolist()) - present):
        raise TrainingError(
            f"{missing} of the pictures that the model learned from are not here, and the whole network "
            "would forget them; use /retrain, or bring them in with `currency-bot dataset import`."
        )
    finished = run_full(examples, registry, recipe_for(card.architecture), report, remembered=memory)
    return _without_gone(finished, registry, dataset)


def train_examples(
    data_dir: Path,
    models_dir: Path,
    folder: Path | None,
    recipe: Recipe,
    report: Report,
    *,
    publish: bool = False,
) -> Finished:
    """Fit a whole network to a folder, or to the data set.

    Args:
        data_dir: Where `dataset/` is.
        models_dir: Where the versions are.
        folder: Class folders or a train/validation/test tree; copies and leaks in it are left out. Later
            versions remember its pictures, of which the data set knows nothing. The data set if None.
        recipe: How to fit.
        report: Where events go.
        publish: Write the base, whose pictures later versions remember without having them.

    Raises:
        DataError: There are no pictures.
        TrainingError: There are not two classes.
        ModelError: The version in use cannot be read.
    """
    registry = Registry(models_dir)
    dataset = Dataset(data_dir)
    in_use = version_in_use(registry)
    remembered = read_memory(registry.folder(in_use)) if in_use else None
    if folder is not None:
        examples = judged(folder, lambda done, total: report(Progress("checking", done, total)))
    else:
        examples = decided(dataset.examples(), remembered, _given(dataset), memory_of(dataset))
    shipped = publish or folder is not None
    version = BASE if publish else None
    finished = run_full(
        examples, registry, recipe, report, version=version, shipped=shipped, remembered=remembered
    )
    return _without_gone(finished, registry, dataset)


def decided(
    examples: Sequence[Example],
    memory: Memory | None,
    given: Collection[str],
    hashes: Path | None = None,
) -> list[Example]:
    """Give every picture the split that it has, or now gets, for ever.

    Args:
        examples: The data set.
        memory: What the version in use remembers, splits included.
        given: Hashes of pictures whose split came with the import.
        hashes: Where the perceptual hashes of pictures from the chat are remembered.
    """
    known = memory.splits() if memory else {}
    shipped = set(memory.sha256[memory.shipped].tolist()) if memory else set()
    known |= {e.path.stem: e.split for e in examples if e.split}
    # Oldest first, so that what is decided today does not depend on what comes tomorrow.
    ordered = sorted(examples, key=lambda e: (_written(e.path), e.path.stem))
    groups = groups_of_chat_pictures(ordered, hashes)
    members = [Member(e.path.stem, e.label, e.group or groups[e.path.stem]) for e in ordered]
    splits = assign(members, known, counted=known.keys() - shipped - set(given))
    return [replace(e, split=splits[e.path.stem]) for e in examples]


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return sys.maxsize  # taken back since it was listed: the chat goes on meanwhile


def _without_gone(finished: Finished, registry: Registry, dataset: Dataset) -> Finished:
    """Let nothing be kept of pictures that /forget deleted while the version was trained."""
    blank_gone(registry.folder(finished.version), {sha256 for _, sha256 in dataset.kept()})
    forget_deleted(dataset)
    return finished


def _given(dataset: Dataset) -> frozenset[str]:
    return frozenset(sha256 for (sha256, _), record in dataset.records().items() if record.given)
