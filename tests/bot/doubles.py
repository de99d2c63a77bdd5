"""Stand-ins for what needs TensorFlow: a model that reads colours, a training process that only talks."""

import hashlib
import io
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from model.card import Card, write_card
from model.errors import ModelError
from model.pictures import decode
from model.prediction import NONE, Prediction
from model.registry import Registry
from model.why import Explanation, explanation
from training.fitting.memory import Memory, write_memory

LABELS = ("EUR", "GBP", "JPY", NONE, "USD")

# What the model says about a picture of each colour.
SCORES: Mapping[str, Mapping[str, float]] = {
    "green": {"EUR": 0.97, "JPY": 0.01, "GBP": 0.01, "USD": 0.006, NONE: 0.004},
    "red": {"EUR": 0.48, "GBP": 0.31, "JPY": 0.12, "USD": 0.05, NONE: 0.04},
    "blue": {NONE: 0.93, "EUR": 0.03, "GBP": 0.02, "JPY": 0.01, "USD": 0.01},
}


def picture(colour: str, number: int = 0, size: tuple[int, int] = (64, 48), format: str = "JPEG") -> bytes:
    """Return a picture of one colour; another `number` makes another file."""
    image = Image.new("RGB", size, colour)
    image.putpixel((number % 40, number // 40), (255, 255, 255))
    buffer = io.BytesIO()
    image.save(buffer, format)
    return buffer.getvalue()


class ColourPredictor:
    """Has the interface of `model.predictor.Predictor` and answers by the picture's strongest channel."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.card: Card | None = None
        self.seen = 0
        self.closed = False

    @property
    def is_ready(self) -> bool:
        """Whether it answers."""
        return self.card is not None

    @property
    def version(self) -> str | None:
        """The version that answers."""
        return self.card.version if self.card else None

    def start(self) -> None:
        """Answer from now on."""
        self.card = self._registry.card(self._registry.in_use())

    async def ready(self) -> None:
        """Return once it answers."""
        if self.card is None:
            raise ModelError("There is no model that can answer.")

    async def predict(self, data: bytes) -> Prediction:
        """Answer by the strongest channel."""
        self.seen += 1
        await self.ready()
        channels = np.asarray(decode(data), np.float64).mean(axis=(0, 1))
        scores = SCORES[("red", "green", "blue")[int(channels.argmax())]]
        label, confidence = next(iter(scores.items()))
        return Prediction(label, confidence, 1 - scores[NONE], confidence > 0.9, scores, self.version or "")

    async def explain(self, data: bytes, label: str) -> Explanation:
        """Show the middle of any picture."""
        await self.ready()
        evidence = np.zeros((5, 5), np.float32)
        evidence[2, 2] = 1.0
        return explanation(decode(data), evidence, self.version or "")

    async def switch(self, version: str) -> None:
        """Let another version answer."""
        self.card = self._registry.card(version)

    async def catch_up(self) -> None:
        """Let the version in use answer."""
        if self.card is not None:
            self.start()

    async def responds(self, within: float) -> bool:
        """It always does."""
        return True

    async def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


def make_version(root: Path, version: str, created: str = "2026-01-01T00:00:00+00:00") -> None:
    """Write a version that remembers nothing."""
    folder = root / version
    folder.mkdir(parents=True)
    figures = {
        "accuracy": 0.94,
        "total": 51,
        "ece": 0.02,
        "count": {"EUR": 20, "GBP": 31},
        "recall": {"EUR": 1.0, "GBP": 0.9},
    }
    card = Card(
        version,
        created,
        "efficientnet-lite0",
        "head",
        None,
        LABELS,
        224,
        1.0,
        0.9,
        0.5,
        hashlib.sha256().hexdigest(),
        "0",
        {},
        figures,
    )
    write_card(card, folder)
    (folder / "model.keras").touch()
    none, no = np.array([], np.str_), np.array([], np.bool_)
    write_memory(Memory(none, none, none, no, np.zeros((0, 4), np.float16)), folder)


def training(models: Path, does: str) -> tuple[str, ...]:
    """Return the command of a training process that does as told.

    Args:
        models: Folder of the versions.
        does: "pass", "fall short", "fail", "crash", "last" (until it is stopped), or "finish unheard" (write
            the version and not get to say so).
    """
    return (sys.executable, "-S", str(Path(__file__).with_name("fake_training.py")), str(models), does)
