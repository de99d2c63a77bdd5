"""`dataset import` and `check`: folders of pictures, judged, into the data set.

What is wrong with pictures is decided in `training.intake.sifting`; here the answer is carried out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.errors import DataError
from model.labels import check_class_name
from model.prediction import NONE
from training.data.dataset import Dataset
from training.data.folders import Example, survey
from training.data.manifest import Record
from training.intake.copies import copies
from training.intake.findings import Findings, LeftOut, Picture
from training.intake.reading import Advance, Embedder, read
from training.intake.sifting import sift


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
    sides: Mapping[str, str] | None = None,
    embedder: Embedder | None = None,
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
        sides: "train" or "test" by SHA-256: what the version in use was fitted to and measured on. It stays
            so, unless `hold_out` says it anew.
        embedder: What finds the copies that a hash misses, if anything.

    Raises:
        DataError: There are no pictures, or `none` or `hold_out` names something that is not there.
    """
    found = survey(root)
    examples = [
        replace(each, source=source) if source and not each.group else each for each in found.examples
    ]
    records = dataset.records()
    chosen = _as_none(_held_out(examples, hold_out), none)
    read_new, unreadable = read(chosen, advance, stored=False, embedder=embedder)
    read_before, _ = read(dataset.examples(), advance, stored=True, embedder=embedder)
    known = {} if hold_out or not sides else sides
    new = [_remembered(picture, records, known) for picture in read_new]
    existing = [_remembered(picture, records, known) for picture in read_before]
    findings = sift(new, existing, _alike([*existing, *new], advance))
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
            licence=each.picture.example.licence,
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
    pictures, _ = read(survey(root).examples, advance, stored=False)
    return [replace(each.picture.example, split=each.split) for each in sift(pictures).kept]


def check_folder(root: Path, advance: Advance, embedder: Embedder | None = None) -> Intake:
    """Judge a folder as `import_folder` does, without writing anything."""
    found = survey(root)
    return _check(found.examples, found.skipped, advance, embedder, stored=False)


def check_dataset(dataset: Dataset, advance: Advance, embedder: Embedder | None = None) -> Intake:
    """Judge the data set itself; files in it that `Dataset.add` has not written count as skipped.

    Raises:
        DataError: It holds no pictures yet.
    """
    examples = dataset.examples()
    if not examples:
        raise DataError(
            f"The data set {str(dataset.root())!r} is empty; `currency-bot dataset import DIR` fills it."
        )
    return _check(examples, dataset.strays(), advance, embedder, stored=True)


def _check(
    examples: Sequence[Example],
    skipped: Sequence[Path],
    advance: Advance,
    embedder: Embedder | None,
    *,
    stored: bool,
) -> Intake:
    # What has no split would get one on import; until then there is no other side to leak from.
    settled = [replace(each, split=each.split or "train") for each in examples]
    pictures, unreadable = read(settled, advance, stored=stored, embedder=embedder)
    findings = sift(pictures, alike=_alike(pictures, advance))
    return Intake(_with_unreadable(findings, unreadable), tuple(skipped))


def _alike(pictures: Sequence[Picture], advance: Advance) -> list[tuple[Picture, Picture]] | None:
    """Find copies by embedding; None where there is none."""
    first: dict[str, tuple[Picture, npt.NDArray[np.float32]]] = {}
    for each in pictures:
        if each.embedding is None:
            return None
        first.setdefault(each.prints.exact, (each, each.embedding))  # exact copies are known already
    if not first:
        return []
    chosen = [picture for picture, _ in first.values()]
    rows = np.stack([row for _, row in first.values()])
    found = copies(rows, [each.grey for each in chosen], advance)
    return [(chosen[i], chosen[j]) for i, j in found]


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


def _remembered(
    picture: Picture, records: Mapping[tuple[str, str], Record], sides: Mapping[str, str]
) -> Picture:
    """Put back what was decided when this picture was imported before, or a version learned from it."""
    record = records.get((picture.sha256, picture.example.label))
    if record is None:
        side = sides.get(picture.sha256, picture.example.split)
        return replace(picture, example=replace(picture.example, split=side))
    example = replace(picture.example, split=record.split, group=record.group)
    return replace(picture, example=example, given=record.given)


def _with_unreadable(findings: Findings, unreadable: Sequence[LeftOut]) -> Findings:
    return replace(findings, left_out=(*findings.left_out, *unreadable))
