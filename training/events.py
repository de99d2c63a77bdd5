"""What a training run reports while it works: one JSON object a line on stdout.

The process that started the run reads these lines; `currency-bot train` draws the same events as
progress bars.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from model.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Started:
    """The run has read its data and begins.

    Attributes:
        version: Name of the version that the run will write.
        pictures: Pictures to learn from, by class.
        new: Pictures that the model in use has not learned from, by class.
    """

    version: str
    pictures: Mapping[str, int]
    new: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of one stage is done.

    Attributes:
        stage: What is being done ("reading", "drawing", "fitting", "whitening", "embedding", "measuring").
        done: Steps done in this stage, 0 to `total`.
        total: Steps of this stage.
        seconds_left: Estimated time left in this stage, if known.
        figures: Figures of the last epoch by name ("accuracy", "val_accuracy", "loss", "val_loss") and its
            number, "epoch" of "epochs"; that of the network too, "network" of "networks", where several are
            fitted.
    """

    stage: str
    done: int
    total: int
    seconds_left: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def epoch(self) -> str:
        """Which epoch the figures are of ("network 2 of 3, epoch 7 of 40"); empty before the first."""
        if "epoch" not in self.figures:
            return ""
        counted = ("network", "epoch") if self.figures.get("networks", 1) > 1 else ("epoch",)
        return ", ".join(
            f"{each} {self.figures[each]:.0f} of {self.figures[f'{each}s']:.0f}" for each in counted
        )


@dataclass(frozen=True, slots=True)
class Finished:
    """The version is written and measured.

    Attributes:
        version: Name of the version.
        passed: Whether the gate lets it replace the model in use.
        report: The gate's report as plain values (see `training.gate.report.Report`).
    """

    version: str
    passed: bool
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """The run could not be finished.

    Attributes:
        message: One sentence for the person who started it.
    """

    message: str


Event = Started | Progress | Finished | Failed
OnEvent = Callable[[Event], None]
"""Where a run sends its events."""

_KINDS: dict[str, type[Event]] = {
    "started": Started,
    "progress": Progress,
    "finished": Finished,
    "failed": Failed,
}


def to_line(event: Event) -> str:
    """Write an event as one line of JSON, without the line break."""
    return json.dumps({"event": type(event).__name__.lower(), **asdict(event)}, ensure_ascii=False)


def from_line(line: str) -> Event:
    """Read an event back.

    Raises:
        TrainingError: The line is no event.
    """
    try:
        fields = json.loads(line)
        return _KINDS[fields.pop("event")](**fields)
    except (ValueError, KeyError, TypeError, AttributeError) as err:
        raise TrainingError(
            f"A training run reported something unreadable. Received: {line[:200]!r}"
        ) from err
