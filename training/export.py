"""`dataset export`: the data set as plain trees of class folders, for other programs."""

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path

from model.errors import DataError
from training.dataset import Dataset
from training.folders import MANIFEST, Example
from training.split import Member, assign


def export(dataset: Dataset, target: Path, decided: Mapping[str, str] | None = None) -> int:
    """Copy the data set into plain train and test trees of class folders, and a manifest beside them.

    Args:
        dataset: What to copy.
        target: A folder that does not exist yet, or is empty.
        decided: Splits by SHA-256 that the manifest does not know, those that the model in use remembers.

    Returns:
        Number of pictures copied.

    Raises:
        DataError: There is nothing to export, or something is in the way.
    """
    examples = dataset.examples()
    if not examples:
        raise DataError(f"The data set {str(dataset.root())!r} is empty, so there is nothing to export.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise DataError(f"{str(target)!r} is not empty; name a new folder to export into.")
    known = dict(decided or {}) | {each.path.stem: each.split for each in examples if each.split}
    members = [Member(each.path.stem, each.label, each.group or each.path.stem) for each in examples]
    splits = assign(members, known)
    try:
        rows = [_copy(each, splits[each.path.stem], target) for each in examples]
        with (target / MANIFEST).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("file", "label", "split", "group", "source_repo", "kind"))
            writer.writerows(rows)
    except OSError as err:
        raise DataError(f"The data set could not be copied to {str(target)!r}: {err}.") from err
    return len(rows)


def _copy(example: Example, split: str, target: Path) -> tuple[str, ...]:
    file = Path(split, example.label, example.path.name)
    (target / file).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(example.path, target / file)
    return file.as_posix(), example.label, split, example.group or "", example.source, example.kind or ""
