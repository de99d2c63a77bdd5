"""What one retraining works on: the data set with every picture's split decided, and the version in use.

Runs of one folder of versions take turns: two would choose the same name, and lose an hour's work at its end.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from model.errors import ModelError, TrainingError
from model.locks import ALONE, locked
from model.registry import BASE, Registry
from training.data.dataset import Dataset
from training.data.folders import Example
from training.events import Finished, OnEvent, Progress
from training.fitting.memory import Memory, blank_gone, memory_in_use, read_memory
from training.fitting.recipes import Recipe, recipe_for
from training.intake.chat_groups import forget_deleted
from training.intake.importing import judged
from training.run import run_full, run_head
from training.splits import with_splits

LOCK = ".training"
"""The file in the folder of versions that whoever trains holds the lock of."""


def retrain(
    data_dir: Path, models_dir: Path, mode: str, report: OnEvent, *, run: int | None = None
) -> Finished:
    """Retrain the version in use on the data set.

    Args:
        data_dir: Where `dataset/` is.
        models_dir: Where the versions are.
        mode: "head" or "full".
        report: Where events go.
        run: Id of the chat's run that asks for it, if any.

    Raises:
        TrainingError: There is nothing to learn, or another run is on.
        ModelError: The version in use cannot be read.
    """
    with _turn(models_dir):
        return _retrain(Dataset(data_dir), Registry(models_dir), mode, report, run)


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
        TrainingError: There are not two classes, or another run is on.
        ModelError: The version in use cannot be read.
    """
    with _turn(models_dir):
        registry = Registry(models_dir)
        dataset = Dataset(data_dir)
        remembered = memory_in_use(registry)
        if folder is not None:
            examples = judged(folder, lambda done, total: report(Progress("checking", done, total)))
        else:
            examples = with_splits(dataset, remembered)
        finished = run_full(
            examples,
            registry,
            recipe,
            report,
            version=BASE if publish else None,
            shipped=publish or folder is not None,
            own={each.path.stem for each in examples if folder is None and each.group is None},
            remembered=remembered,
        )
        return _without_gone(finished, registry, dataset)


def _retrain(dataset: Dataset, registry: Registry, mode: str, report: OnEvent, run: int | None) -> Finished:
    version = registry.in_use()
    card = registry.card(version)
    memory = read_memory(registry.folder(version))
    examples = with_splits(dataset, memory)
    if mode == "head":
        return _without_gone(run_head(examples, registry, report, run=run), registry, dataset)
    if missing := _missing(memory, examples):
        raise TrainingError(
            f"{missing} of the pictures that the model learned from are not here, and the whole network "
            "would forget them; use /retrain, or bring them in with `currency-bot dataset import`."
        )
    finished = run_full(examples, registry, recipe_for(card.architecture), report, remembered=memory, run=run)
    return _without_gone(finished, registry, dataset)


def forgotten(data_dir: Path, models_dir: Path) -> int:
    """Count what the version in use came with and a full run on the data set would not know any more."""
    memory = memory_in_use(Registry(models_dir))
    return _missing(memory, Dataset(data_dir).examples()) if memory else 0


def _missing(memory: Memory, examples: Sequence[Example]) -> int:
    present = {example.path.stem for example in examples}
    return len(set(memory.sha256[memory.shipped].tolist()) - present)


@contextmanager
def _turn(models_dir: Path) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            models_dir.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(models_dir / LOCK, ALONE))
        except BlockingIOError as err:
            raise TrainingError("Another training run is on for these models; wait until it ends.") from err
        except OSError as err:
            raise ModelError(f"{str(models_dir)!r} cannot be written: {err.strerror or err}.") from err
        yield


def _without_gone(finished: Finished, registry: Registry, dataset: Dataset) -> Finished:
    """Let nothing be kept of pictures that /forget deleted while the version was trained."""
    blank_gone(registry.folder(finished.version), {sha256 for _, sha256 in dataset.kept()})
    forget_deleted(dataset)
    return finished
