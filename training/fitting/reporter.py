"""What Keras tells while it fits, as events and as a history."""

import time
from typing import Any

import keras

from training.events import OnEvent, Progress

History = dict[str, list[float]]
"""Figures by name ("accuracy", "val_accuracy", "loss", "val_loss"), one an epoch."""


def history_of(history: keras.callbacks.History) -> History:
    """Return the figures of every epoch as plain numbers."""
    return {name: [float(value) for value in values] for name, values in _of_answers(history.history).items()}


def _of_answers(figures: dict[str, Any]) -> dict[str, Any]:
    """Keep what is said of the logits where a network is fitted to more than its answers."""
    ours = {name.replace("logits_", ""): value for name, value in figures.items() if "logits_" in name}
    return {name: value for name, value in figures.items() if name in ("loss", "val_loss")} | ours


class Reporter(keras.callbacks.Callback):  # type: ignore[misc]
    """Sends one event a batch, stage "fitting", with the figures of the last whole epoch.

    Args:
        report: Where events go.
        steps: Batches an epoch.
        epochs: Epochs of each network.
        networks: How many are fitted, one after the other.
    """

    def __init__(self, report: OnEvent, steps: int, epochs: int, networks: int) -> None:
        super().__init__()
        self._report = report
        self._steps, self._epochs, self._networks = steps, epochs, networks
        self._done = self._epoch = 0
        self._figures: dict[str, float] = {}
        self._began = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Count the batch."""
        self._done += 1
        self._send()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Take over the figures of the epoch."""
        self._epoch += 1
        before, number = divmod(self._epoch - 1, self._epochs)
        self._figures = {name: float(value) for name, value in _of_answers(logs or {}).items()}
        self._figures |= {"network": before + 1, "epoch": number + 1}
        self._send()

    def _send(self) -> None:
        total = self._steps * self._epochs * self._networks
        left = (time.monotonic() - self._began) / self._done * (total - self._done)
        of = {"networks": self._networks, "epochs": self._epochs}
        self._report(Progress("fitting", self._done, total, left, {**self._figures, **of}))
