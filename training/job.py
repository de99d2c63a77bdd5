"""What one retraining works on: the data set with every picture's split decided, and the version in use."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from model.errors import TrainingError
from model.registry import Registry
from training.dataset import Dataset
from training.events import Finished, Report
from training.folders import Example
from training.memory import Memory, read_memory
from training.recipes import recipe_for
from training.run import run_full, run_head
from training.split import Member, assign


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
    came = {sha256 for (sha256, _), record in dataset.records().items() if record.given}
    examples = decided(dataset.examples(), memory, came | set(memory.sha256[memory.shipped].tolist()))
    if mode == "head":
        return run_head(examples, registry, report)
    present = {example.path.stem for example in examples}
    if missing := len(set(memory.sha256[memory.shipped].tolist()) - present):
        raise TrainingError(
            f"{missing} of the pictures that the model learned from are not here, and the whole network "
            "would forget them; use /retrain, or bring them in with `currency-bot dataset import`."
        )
    return run_full(examples, registry, recipe_for(card.architecture), report)


def decided(examples: Sequence[Example], memory: Memory, given: Collection[str]) -> list[Example]:
    """Give every picture the split that it has, or now gets, for ever.

    Args:
        examples: The data set.
        memory: What the version in use remembers, splits included.
        given: Hashes of pictures whose split came with them.
    """
    known = memory.splits() | {e.path.stem: e.split for e in examples if e.split}
    # Oldest first, so that what is decided today does not depend on what comes tomorrow.
    ordered = sorted(examples, key=lambda e: (e.path.stat().st_mtime_ns, e.path.stem))
    members = [Member(e.path.stem, e.label, e.group or e.path.stem) for e in ordered]
    splits = assign(members, known, counted=known.keys() - given)
    return [replace(e, split=splits[e.path.stem]) for e in examples]
