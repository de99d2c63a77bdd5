"""A training process that writes a real version, atomically as all are, without learning anything."""

import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

from model.card import read_card, write_card
from model.registry import BASE, Registry
from tests.bot.fake_training import REPORT
from training.events import Event, Finished, Progress, Started, to_line


def main(models: Path) -> None:
    """Copy the base as the next version."""
    registry = Registry(models)
    version = registry.next_version()
    say(Started(version, {"EUR": 1}, {"EUR": 1}))
    for done in range(5):
        say(Progress("fitting", done, 5, 0.1))
        time.sleep(0.05)
    with registry.draft(version) as folder:
        for path in registry.folder(BASE).iterdir():
            shutil.copy(path, folder)
        write_card(replace(read_card(folder), version=version), folder)
    report = {**REPORT, "candidate": version, "current": registry.in_use(), "passed": True}
    say(Finished(version, True, report))


def say(event: Event) -> None:
    """Report one event."""
    sys.stdout.write(to_line(event) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
