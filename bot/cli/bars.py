"""The events of training runs as progress bars."""

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bot.cli.screen import percent

if TYPE_CHECKING:
    from training.events import Event
    from training.events import Progress as Step


class Bars:
    """A bar for each stage of a run; in a log, a line for each stage and each epoch.

    Args:
        console: Where to.
        lines: Whether a log gets those lines, and the counts of what a run learns from.
    """

    def __init__(self, console: Console, *, lines: bool = True) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
        )
        self._console = console
        self._lines = lines
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._tasks: dict[str, TaskID] = {}
        self._said = ""

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, event: "Event") -> None:
        """Move the bar of an event's stage; say what the run learns from."""
        from training.events import Progress as Step
        from training.events import Started

        if isinstance(event, Started) and self._lines:
            counts = ", ".join(f"{label} {count}" for label, count in event.pictures.items())
            self._console.print(
                f"{event.version} learns from {sum(event.pictures.values())} pictures: {counts}.",
                soft_wrap=True,
            )
        if not isinstance(event, Step):
            return
        if event.stage not in self._tasks:
            self._tasks[event.stage] = self._progress.add_task(
                event.stage.capitalize(), total=event.total, figures=""
            )
            self._log(f"{event.stage.capitalize()} …")
        figures = _figures(event)
        self._progress.update(
            self._tasks[event.stage], completed=event.done, total=event.total, figures=figures
        )
        if figures and figures != self._said:
            self._log(figures)
            self._said = figures

    def _log(self, line: str) -> None:
        if self._lines and not self._console.is_terminal:
            self._console.print(line)


def _figures(event: "Step") -> str:
    figures = event.figures
    if "accuracy" not in figures:
        return ""
    said = f"{event.epoch}, accuracy {percent(figures['accuracy'])}"
    if "val_accuracy" in figures:
        said += f", held out {percent(figures['val_accuracy'])}"
    return said
