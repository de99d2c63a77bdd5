"""What one retraining works on: the data set with every picture's split decided, and the version in use."""

from pathlib import Path

from model.errors import TrainingError
from model.registry import BASE, Registry
from training.data.dataset import Dataset
from training.events import Finished, OnEvent, Progress
from training.fitting.memory import blank_gone, memory_in_use, read_memory
from training.fitting.recipes import Recipe, recipe_for
from training.intake.chat_groups import forget_deleted
from training.intake.importing import judged
from training.run import run_full, run_head
from training.splits import with_splits


def retrain(data_dir: Path, models_dir: Path, mode: str, report: OnEvent) -> Finished:
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
    examples = with_splits(dataset, memory)
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
    report: OnEvent,
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
    remembered = memory_in_use(registry)
    if folder is not None:
        examples = judged(folder, lambda done, total: report(Progress("checking", done, total)))
    else:
        examples = with_splits(dataset, remembered)
    shipped = publish or folder is not None
    version = BASE if publish else None
    finished = run_full(
        examples, registry, recipe, report, version=version, shipped=shipped, remembered=remembered
    )
    return _without_gone(finished, registry, dataset)


def _without_gone(finished: Finished, registry: Registry, dataset: Dataset) -> Finished:
    """Let nothing be kept of pictures that /forget deleted while the version was trained."""
    blank_gone(registry.folder(finished.version), {sha256 for _, sha256 in dataset.kept()})
    forget_deleted(dataset)
    return finished
