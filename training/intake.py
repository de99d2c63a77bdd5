"""`dataset import`, `check` and `export`: folders of pictures into the data set, judged, and out again.

What is wrong with pictures is decided in `training.findings`; here they are read and written.
"""

import csv
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from model.errors import DataError, PictureError
from model.labels import check_class_name
from model.pictures import decode, stored_jpeg
from model.prediction import NONE
from training.dataset import Dataset
from training.duplicates import fingerprint
from training.findings import Findings, LeftOut, Picture, Reason, sift
from training.folders import MANIFEST, Example, survey
from training.manifest import Record
from training.split import Member, assign

Advance = Callable[[int, int], None]
"""Told after each picture how many of how many are done."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What a folder of pictures came to.

    Attributes:
        findings: What is kept and what is left out, unreadable pictures included.
        skipped: Files and folders that were not looked at.
    """

    findings: Findings
    skipped: tuple[Path, ...]


def import_folder(
    root: Path,
    dataset: Dataset,
    advance: Advance,
    *,
    none: Collection[str] = (),
    source: str | None = None,
    hold_out: Collection[str] = (),
) -> Intake:
    """Bring class folders, or a train/validation/test tree of them, into the data set.

    Every picture goes through `Dataset.add`; where it came from, its group and its split go into the
    manifest. Importing the same folder again adds nothing.

    Args:
        root: The folder.
        dataset: Where to.
        advance: Told about the progress of reading.
        none: Class folders whose pictures show none of the known currencies; they become `NONE`, and the
            folder's name stays as their kind.
        source: Where the pictures come from, unless a manifest beside them says it; else the folder's
            name.
        hold_out: Sources that only ever test; with any named, all other sources teach.

    Raises:
        DataError: There are no pictures, or `none` or `hold_out` names something that is not there.
    """
    found = survey(root)
    examples = [
        replace(each, source=source) if source and not each.group else each for each in found.examples
    ]
    records = dataset.records()
    new, unreadable = _read(_as_none(_held_out(examples, hold_out), none), advance, stored=False)
    existing, _ = _read(dataset.examples(), lambda done, total: None, stored=True)
    findings = sift(
        [_remembered(picture, records) for picture in new],
        [_remembered(picture, records) for picture in existing],
    )
    # Remembered before they are written: a crash in between leaves lines without pictures, which the next
    # import fills, and never a picture whose split is forgotten.
    now = datetime.now(UTC).isoformat(timespec="seconds")
    dataset.record(
        Record(
            sha256=each.picture.sha256,
            label=each.picture.example.label,
            split=each.split,
            given=each.picture.given,
            group=each.group,
            source=each.picture.example.source,
            kind=each.picture.example.kind,
            name=each.picture.example.path.relative_to(root).as_posix(),
            imported_at=now,
        )
        for each in findings.kept
        if (each.picture.sha256, each.picture.example.label) not in records
    )
    for each in findings.kept:
        dataset.add(each.picture.example.path.read_bytes(), each.picture.example.label)
    return Intake(_with_unreadable(findings, unreadable), found.skipped)


def judged(root: Path, advance: Advance) -> list[Example]:
    """List the pictures of a folder that may be used, each with its split; nothing is written.

    Args:
        root: Class folders, or a train/validation/test tree of them.
        advance: Told about the progress of reading.

    Raises:
        DataError: There are no pictures.
    """
    pictures, _ = _read(survey(root).examples, advance, stored=False)
    return [replace(each.picture.example, split=each.split) for each in sift(pictures).kept]


def check_folder(root: Path, advance: Advance) -> Intake:
    """Judge a folder as `import_folder` does, without writing anything."""
    found = survey(root)
    return _check(found.examples, found.skipped, advance, stored=False)


def check_dataset(dataset: Dataset, advance: Advance) -> Intake:
    """Judge the data set itself; files in it that `Dataset.add` has not written count as skipped.

    Raises:
        DataError: It holds no pictures yet.
    """
    examples = dataset.examples()
    if not examples:
        raise DataError(
            f"The data set {str(dataset.root())!r} is empty; `currency-bot dataset import DIR` fills it."
        )
    return _check(examples, dataset.strays(), advance, stored=True)


def export(dataset: Dataset, target: Path) -> int:
    """Copy the data set into plain train and test trees of class folders, and a manifest beside them.

    Args:
        dataset: What to copy.
        target: A folder that does not exist yet, or is empty.

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
    known = {each.path.stem: each.split for each in examples if each.split}
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


def _check(examples: Sequence[Example], skipped: Sequence[Path], advance: Advance, *, stored: bool) -> Intake:
    # What has no split would get one on import; until then there is no other side to leak from.
    settled = [replace(each, split=each.split or "train") for each in examples]
    pictures, unreadable = _read(settled, advance, stored=stored)
    return Intake(_with_unreadable(sift(pictures), unreadable), tuple(skipped))


def _read(
    examples: Sequence[Example], advance: Advance, *, stored: bool
) -> tuple[list[Picture], list[LeftOut]]:
    pictures: list[Picture] = []
    unreadable: list[LeftOut] = []
    for done, example in enumerate(examples, 1):
        try:
            data = example.path.read_bytes()
            # Compared as it would be stored, so that a picture imported twice equals itself.
            data = data if stored else stored_jpeg(data)
            prints = fingerprint(decode(data))
        except (PictureError, OSError) as err:
            unreadable.append(LeftOut(example, Reason.UNREADABLE, detail=str(err)))
        else:
            pictures.append(Picture(example, sha256(data).hexdigest(), prints, example.split is not None))
        advance(done, len(examples))
    return pictures, unreadable


def _held_out(examples: Sequence[Example], sources: Collection[str]) -> list[Example]:
    present = {each.source for each in examples}
    if missing := [source for source in sources if source not in present]:
        raise DataError(f"There is no source {missing[0]!r}; there are {', '.join(sorted(present))}.")
    if not sources:
        return list(examples)
    return [replace(each, split="test" if each.source in sources else "train") for each in examples]


def _as_none(examples: Sequence[Example], folders: Collection[str]) -> list[Example]:
    present = {each.path.parent.name for each in examples}
    if missing := [folder for folder in folders if folder not in present]:
        raise DataError(f"There is no class folder {missing[0]!r}; there are {', '.join(sorted(present))}.")
    for label in {each.label for each in examples if each.path.parent.name not in folders}:
        check_class_name(label)
    return [
        replace(each, label=NONE, kind=each.path.parent.name) if each.path.parent.name in folders else each
        for each in examples
    ]


def _remembered(picture: Picture, records: Mapping[tuple[str, str], Record]) -> Picture:
    """Put back what was decided when this picture was imported before."""
    record = records.get((picture.sha256, picture.example.label))
    if record is None:
        return picture
    example = replace(picture.example, split=record.split, group=record.group)
    return replace(picture, example=example, given=record.given)


def _with_unreadable(findings: Findings, unreadable: Sequence[LeftOut]) -> Findings:
    return replace(findings, left_out=(*findings.left_out, *unreadable))


def _copy(example: Example, split: str, target: Path) -> tuple[str, ...]:
    file = Path(split, example.label, example.path.name)
    (target / file).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(example.path, target / file)
    return file.as_posix(), example.label, split, example.group or "", example.source, example.kind or ""
