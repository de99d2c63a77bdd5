"""`dataset export`: the data set as plain trees of class folders, for other programs."""

import csv
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.errors import DataError
from training.data.dataset import Dataset
from training.data.folders import MANIFEST, Example
from training.data.manifest import Record

COLUMNS = (
    "file",
    "label",
    "split",
    "group",
    "source_repo",
    "kind",
    "sha256",
    "origin",
    "licence",
    "labelled_by",
    "decided_by",
    "consent",
    "at",
)
SIDES = ("train", "test")


@dataclass(frozen=True, slots=True)
class Origin:
    """How a picture came into the data set from a chat.

    Attributes:
        labelled_by: Who said what it shows; empty once that person was forgotten.
        decided_by: Who let that count: a person, or "agreement" where several said the same.
        at: When it was said, ISO 8601 in UTC.
        consent: Id of what that person had been promised; empty if that is not known.
    """

    labelled_by: str
    decided_by: str
    at: str
    consent: str


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export came to.

    Attributes:
        copied: Pictures in it.
        left_out: Pictures of the data set for which no label holds and which nobody imported.
    """

    copied: int
    left_out: int


def export(
    dataset: Dataset,
    pictures: Sequence[Example],
    groups: Mapping[str, str],
    target: Path,
    origins: Mapping[tuple[str, str], Origin],
    *,
    promises: Mapping[str, str] | None = None,
    flat: bool = False,
) -> Exported:
    """Copy the data set into plain class folders, with a manifest and a page about it beside them.

    Every class has its folder in each tree, even if it is empty: programs number the classes by the
    folders that they find.

    Args:
        dataset: Where they lie.
        pictures: What to copy, with their splits.
        groups: By SHA-256, which of them belong together.
        target: A folder that does not exist yet, or is empty.
        origins: How pictures came from chats, by SHA-256 and class. One that neither came so nor was
            imported is left out: whoever it came from may have taken it back.
        promises: What people were promised, by the ids that `origins` names.
        flat: One tree of class folders instead of one for training and one for testing.

    Raises:
        DataError: There is nothing to export, or something is in the way.
    """
    records = dataset.records()
    examples = [each for each in pictures if (key := _key(each)) in records or key in origins]
    if not examples:
        raise DataError(f"The data set {str(dataset.root())!r} is empty, so there is nothing to export.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise DataError(f"{str(target)!r} is not empty; name a new folder to export into.")
    try:
        for side in ("",) if flat else SIDES:
            for label in {each.label for each in examples}:
                (target / side / label).mkdir(parents=True, exist_ok=True)
        rows = []
        for each in examples:
            side = "train" if each.split == "train" else "test"
            file = Path("" if flat else side, each.label, each.path.name)
            shutil.copyfile(each.path, target / file)
            group = groups[each.path.stem]
            rows.append(_row(each, file, side, group, records.get(_key(each)), origins.get(_key(each))))
        with (target / MANIFEST).open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        (target / "README.md").write_text(_page(rows, promises or {}, flat=flat), encoding="utf-8")
    except OSError as err:
        raise DataError(f"The data set could not be copied to {str(target)!r}: {err}.") from err
    return Exported(len(rows), len(pictures) - len(examples))


def _key(example: Example) -> tuple[str, str]:
    return example.path.stem, example.label


def _row(
    example: Example, file: Path, side: str, group: str, record: Record | None, origin: Origin | None
) -> dict[str, str]:
    return {
        "file": file.as_posix(),
        "label": example.label,
        "split": side,
        "group": group,
        "source_repo": example.source,
        "kind": example.kind or "",
        "sha256": example.path.stem,
        "origin": "import" if record else "chat",
        "licence": (record.licence or "") if record else "",
        "labelled_by": origin.labelled_by if origin else "",
        "decided_by": origin.decided_by if origin else "",
        "consent": origin.consent if origin else "",
        "at": origin.at if origin else record.imported_at if record else "",
    }


def _page(rows: Sequence[Mapping[str, str]], promises: Mapping[str, str], *, flat: bool) -> str:
    counts = Counter(row["label"] for row in rows)
    chat = sum(row["origin"] == "chat" for row in rows)
    licences = Counter(row["licence"] or "unknown" for row in rows if row["origin"] == "import")
    where = "class folders" if flat else "`train/` and `test/` trees of class folders"
    lines = [
        "# Data set",
        "",
        f"{len(rows)} pictures in {where}: {', '.join(f'{n} {label}' for label, n in counts.most_common())}.",
        "What is for testing was never learned from by the model in use; pictures of one `group` are on one",
        "side.",
        "",
        "`manifest.csv` says of each file: its SHA-256, class, side and group; whether it came from a chat",
        "or an import; source and licence of what was imported; of what came from chats, who said what it",
        "shows (`labelled_by`), who let that count (`decided_by`; `agreement` where several people said the",
        "same), what that person had been promised (`consent`) and when (`at`, UTC). People are numbers that",
        "mean nothing outside this folder, unless",
        "it was exported with their ids.",
        "",
        f"## Before you hand it on\n\n{chat} pictures came from chats, {len(rows) - chat} were imported.",
    ]
    if licences:
        said = ", ".join(f"{licence} ({count})" for licence, count in licences.most_common())
        lines.append(f"Licences of imported ones: {said}.")
    if chat:
        lines += [
            "Those from chats were given under the words below and are to be used within them. Pictures that",
            "people ask the bot to forget are not in later exports: replace this folder with a new one then.",
        ]
    for name, text in promises.items():
        lines += ["", f"### {name}", "", *(f"> {line}" for line in text.splitlines())]
    return "\n".join(lines) + "\n"
