"""What a crash, or a hand, can leave behind, found by comparing. Pure: values in, differences out.

Every file that the bot writes has a row first, so a file that only rows which do not hold speak of was
never thanked for, or was taken back: it may go, unless a label that holds for the same picture lacks its
file: then a hand may have put it there. Nothing else is ever deleted, and no row ever: a disk that is not
mounted today must not cost the database what it knows.
"""

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass
from pathlib import Path

from bot.store.rows import File, Label


@dataclass(frozen=True, slots=True)
class Differences:
    """Where folders and database do not say the same.

    Attributes:
        leftovers: Pictures whose labels were never thanked for, or were taken back.
        moved: Pictures that somebody moved by hand: from where the database says to where they lie.
        missing: Pictures that a label holds for, and that are nowhere.
        unknown: Pictures that neither a label nor the manifest tells of.
    """

    leftovers: tuple[File, ...] = ()
    moved: tuple[tuple[File, File], ...] = ()
    missing: tuple[File, ...] = ()
    unknown: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """All that start-up and `doctor` look for.

    Attributes:
        differences: Between folders and database.
        drafts: Files and folders whose writing was cut off long ago.
        torn: Lines of the manifest and of the models' history that were cut short.
        broken: Model versions that the history leads back to, and that have no readable card.
    """

    differences: Differences
    drafts: tuple[Path, ...] = ()
    torn: int = 0
    broken: tuple[str, ...] = ()


def compare(
    files: Set[File], labels: Iterable[tuple[Label, bool]], imported: Set[tuple[str, str]]
) -> Differences:
    """Compare what lies in the folders with what the database and the manifest say.

    Args:
        files: Every picture in the folders.
        labels: Every label ever given, and whether it holds.
        imported: The hash and class of what the manifest tells of.
    """
    held: set[File] = set()
    named: set[File] = set()
    for label, holds in labels:
        file = File(label.place, label.label, label.sha256)
        named.add(file)
        if holds:
            held.add(file)
    owned = {file for file in files if file.place == "dataset" and (file.sha256, file.label) in imported}
    unheld, lost = files - held - owned, held - files
    by_hash: defaultdict[str, list[File]] = defaultdict(list)
    for file in unheld:
        by_hash[file.sha256].append(file)
    moved = {
        file: by_hash[file.sha256][0]
        for file in sorted(lost)
        if len(by_hash.get(file.sha256, ())) == 1  # in two places, nobody can say which one it is
    }
    needed = {file.sha256 for file in lost}
    return Differences(
        leftovers=tuple(sorted(file for file in unheld & named if file.sha256 not in needed)),
        moved=tuple(moved.items()),
        missing=tuple(sorted(lost - moved.keys())),
        unknown=tuple(sorted(unheld - named - set(moved.values()))),
    )


def mended(found: Found) -> list[str]:
    """Say what the start of the bot sets right."""
    left, moved = found.differences.leftovers, found.differences.moved
    return [
        *([f"{len(left)} pictures whose labels were never thanked for or taken back"] if left else []),
        *([f"{len(moved)} pictures that were moved by hand, so that their labels follow"] if moved else []),
        *([f"{len(found.drafts)} files or folders half written"] if found.drafts else []),
    ]


def reported(found: Found) -> list[str]:
    """Say what only a person can set right, and how."""
    missing, unknown = found.differences.missing, found.differences.unknown
    return [
        *(
            [
                f"{len(missing)} labels have no picture, such as {missing[0]}: put it back, or leave it "
                "if you deleted it"
            ]
            if missing
            else []
        ),
        *(
            [
                f"{len(unknown)} pictures are nobody's, such as {unknown[0]}, so /forget cannot find them: "
                "bring them in with `currency-bot dataset import`, or delete them"
            ]
            if unknown
            else []
        ),
        *(
            [
                f"{found.torn} lines of the manifest or of the models' history are cut short and skipped: "
                "import or promote again what they were about"
            ]
            if found.torn
            else []
        ),
        *(
            [
                f"model {version} is missing or damaged: put it back, or promote another"
                for version in found.broken
            ]
        ),
    ]
