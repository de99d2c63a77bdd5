"""What the commands share on the terminal: answers on stdout, everything about the way on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


def out() -> Console:
    """Return the console of the answer. Names of files are no markup, whatever is in them."""
    return Console(markup=False, highlight=False)


def err() -> Console:
    """Return the console of progress and warnings."""
    return Console(stderr=True, markup=False, highlight=False)


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar while the block runs, and nothing where nobody watches.

    Args:
        what: What is being done.

    Yields:
        A function to be told how many steps of how many are done.
    """
    console = err()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def percent(share: float | None) -> str:
    """Write a share as people read it; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f} %"


def refusal(error: OSError) -> str:
    """Say what the system refuses, and where to look."""
    what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return f"The system refuses it ({what}); see whose file that is, and whether the disk is full."
