"""The versions in one folder, and which of them is in use.

A version is a folder that never changes once it is there. What is in use is not a state but the last
of a row of events: `promotions.jsonl` grows by one line for every promotion, roll back and discard.
"""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from model.card import FILE as CARD_FILE
from model.card import Card, read_card
from model.drafts import REPLACED, drafting
from model.durable import append_lines, read_lines, sync
from model.errors import ModelError
from model.runtime import start_tensorflow
from model.weights import check_weights

if TYPE_CHECKING:
    from model.network import Network

BASE = "base"
"""The version that comes with the project."""

Action = Literal["promote", "rollback", "discard"]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NUMBERED = re.compile(r"v(\d+)")


@dataclass(frozen=True, slots=True)
class Promotion:
    """One line of the history.

    Attributes:
        version: The version in use from then on; for a discard, the version that was thrown away.
        action: What was done.
        by: Who did it, in words for people ("Ada (42)", "command line").
        at: When, ISO 8601 in UTC.
    """

    version: str
    action: Action
    by: str
    at: str


class Registry:
    """The folder of versions.

    Args:
        root: `MODELS_DIR`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._log = root / "promotions.jsonl"

    def versions(self) -> list[Card]:
        """Return the cards of all readable versions, oldest first."""
        if not self.root.is_dir():
            return []
        folders = [path for path in self.root.iterdir() if _NAME.fullmatch(path.name)]
        cards = []
        for folder in folders:
            if (folder / CARD_FILE).is_file():
                try:
                    cards.append(read_card(folder))
                except ModelError:
                    continue
        return sorted(cards, key=lambda card: (card.created, card.version))

    def folder(self, version: str) -> Path:
        """Return the folder of a version, there or not.

        Raises:
            ModelError: The name is none that a version can have.
        """
        if not _NAME.fullmatch(version):
            raise ModelError(f"There is no such model version. Received: {version[:64]!r}")
        return self.root / version

    def card(self, version: str) -> Card:
        """Read the card of a version.

        Raises:
            ModelError: There is no such version, or its card is damaged.
        """
        return read_card(self.folder(version))

    def history(self) -> list[Promotion]:
        """Return every complete line of the history, oldest first."""
        lines = read_lines(self._log)[:-1]  # what follows the last line break was never finished
        return [promotion for line in lines if (promotion := _parse(line))]

    def stamp(self) -> tuple[int, int]:
        """Return what changes with every line of the history, without reading it."""
        try:
            found = self._log.stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_size, found.st_mtime_ns

    def in_use(self) -> str:
        """Return the version in use: the one that the history ends with, else the base."""
        return self.fallbacks()[0]

    def in_use_if_any(self) -> str | None:
        """Return the version in use, be it damaged; None before the first one is."""
        version = self.in_use()
        return None if version == BASE and not self.folder(BASE).exists() else version

    def fallbacks(self) -> list[str]:
        """Return the versions to try, best first: the one in use, those before it, the base."""
        return [*reversed(self._stack()), BASE]

    def promote(self, version: str, by: str) -> None:
        """Put a version in use.

        Args:
            version: A version of this folder.
            by: Who does it.

        Raises:
            ModelError: There is no such version, its weights are damaged, or the disk refuses the line.
        """
        self._check(version)
        self._append(version, "promote", by)

    def rollback(self, by: str) -> str:
        """Put the version in use that was so before the last promotion.

        Returns:
            The version now in use.

        Raises:
            ModelError: There is nothing to go back to, or its weights are damaged.
        """
        stack = self._stack()
        if not stack:
            raise ModelError("There is no earlier model to go back to: the base model is in use.")
        version = [BASE, *stack][-2]
        self._check(version)
        self._append(version, "rollback", by)
        return version

    def discard(self, version: str, by: str) -> None:
        """Throw a version away that is neither the base nor in use nor on the way back.

        Raises:
            ModelError: There is no such version, or it is still needed.
        """
        folder = self.folder(version)
        if version == BASE or version in self._stack():
            raise ModelError(f"Model version {version!r} is in use or was; it stays for rolling back.")
        self.card(version)
        self._append(version, "discard", by)
        shutil.rmtree(folder)

    def next_version(self) -> str:
        """Return a name that no version has or ever had."""
        used = {promotion.version for promotion in self.history()}
        if self.root.is_dir():
            used |= {path.name.lstrip(".") for path in self.root.iterdir()}
        numbers = [int(match[1]) for name in used if (match := _NUMBERED.match(name))]
        return f"v{max(numbers, default=0) + 1}"

    @contextmanager
    def draft(self, version: str) -> Iterator[Path]:
        """Give a folder to write a version into; it becomes the version when the block ends.

        Whatever ends the block early, an interrupt too, leaves no trace of it. The base alone may be
        written anew.

        Raises:
            ModelError: The version is there already, or the disk refuses it.
        """
        folder = self.folder(version)
        if folder.exists() and version != BASE:
            raise ModelError(f"There is a model version {version!r} already, and versions never change.")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with drafting(self.root, version) as hidden:
                draft, replaced = hidden / version, hidden / REPLACED
                draft.mkdir()
                yield draft
                for path in (*draft.iterdir(), draft):
                    sync(path)
                try:
                    if folder.exists():
                        folder.rename(replaced)
                    draft.rename(folder)
                finally:
                    if replaced.exists() and not folder.exists():
                        replaced.rename(folder)
                sync(self.root)
        except OSError as err:
            raise ModelError(
                f"Model version {version!r} cannot be written to {str(self.root)!r}: {err.strerror or err}."
            ) from err

    def torn(self) -> int:
        """Count the lines of the history that a crash cut short, or that somebody has damaged."""
        return sum(_parse(line) is None for line in read_lines(self._log) if line)

    def broken(self) -> list[str]:
        """List the versions to try that have no readable card."""
        return [version for version in self.fallbacks() if not self._is_readable(version)]

    def load(self, version: str) -> "Network":
        """Load a version after checking its weights against its card; starts TensorFlow.

        Raises:
            ModelError: It is missing, damaged or does not fit its card.
        """
        start_tensorflow()
        from model.network import load

        return load(self.folder(version))

    def _stack(self) -> list[str]:
        """Replay the history: what is in use lies on top, the base below everything."""
        stack: list[str] = []
        for promotion in self.history():
            if promotion.action == "promote" and promotion.version != ([BASE, *stack][-1]):
                stack.append(promotion.version)
            elif promotion.action == "rollback" and stack:
                stack.pop()
        return stack

    def _check(self, version: str) -> None:
        """Make sure that a version that is to answer is whole."""
        check_weights(self.card(version), self.folder(version))

    def _is_readable(self, version: str) -> bool:
        try:
            self.card(version)
        except ModelError:
            return False
        return True

    def _append(self, version: str, action: Action, by: str) -> None:
        promotion = Promotion(version, action, by, datetime.now(UTC).isoformat(timespec="seconds"))
        try:
            append_lines(self._log, [json.dumps(asdict(promotion), ensure_ascii=False)])
        except OSError as err:
            raise ModelError(f"{str(self._log)!r} cannot be written: {err.strerror or err}.") from err


def _parse(line: str) -> Promotion | None:
    try:
        promotion = Promotion(**json.loads(line))
    except (ValueError, TypeError):
        return None
    return promotion if _NAME.fullmatch(str(promotion.version)) else None
