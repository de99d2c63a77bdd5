"""What the layers that learn read: views of the pictures, drawn once and run through the frozen layers once.

Every epoch reads them again. To draw them anew each time and run the frozen
layers again would cost as much as the learning.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from model.errors import TrainingError
from model.pictures import network_input
from model.prediction import NONE
from training.events import OnEvent, Progress
from training.fitting.augment import Augmentation, view
from training.fitting.pictures import Picture, batches

VIEWS_PER_PICTURE = 16
"""Views of a picture on average."""

MAX_VIEWS = 20_000
"""Views at most, but no fewer than there are pictures: 1.5 GB of a temporary file."""

_BATCH_SIZE = 8

Rows = npt.NDArray[np.generic]
Below = Callable[[npt.NDArray[np.uint8]], Rows]
"""The frozen layers: pixels, uint8 (n, s, s, 3) → what the layers above read, (n, ...)."""


@dataclass(frozen=True, slots=True)
class Views:
    """Views as the layers that learn read them.

    Attributes:
        rows: One a view, (v, ...), as the frozen layers give them; a file that is gone once nobody reads it.
        picture: The number of the picture that each shows, (v,).
    """

    rows: Rows
    picture: npt.NDArray[np.int64]


def as_they_are(pictures: Sequence[Picture], size: int, below: Below) -> Views:
    """Show each picture once, in order.

    Args:
        pictures: What to show, at least one.
        size: Side of the network's square input in pixels.
        below: The frozen layers.
    """
    parts = (
        below(np.stack([network_input(picture.image, size) for picture in pictures[part]]))
        for part in batches(len(pictures), _BATCH_SIZE)
    )
    return Views(_stored(parts, len(pictures)), np.arange(len(pictures)))


def draw(
    pictures: Sequence[Picture],
    chances: npt.NDArray[np.float64],
    size: int,
    how: Augmentation,
    below: Below,
    seed: int,
    report: OnEvent,
) -> Views:
    """Draw random views.

    Args:
        pictures: What to show; what is pasted lies on those that are `NONE`.
        chances: Of each picture, (n,); they sum to 1.
        size: Side of the network's square input in pixels.
        how: How far a view may stray.
        below: The frozen layers.
        seed: The same seed draws the same views.
        report: Where progress goes, stage "drawing", one step a view.

    Raises:
        TrainingError: There is no room for the temporary file.
    """
    count = max(len(pictures), min(VIEWS_PER_PICTURE * len(pictures), MAX_VIEWS))
    shown = np.random.default_rng(seed).choice(len(pictures), count, p=chances)
    backgrounds = [picture.image for picture in pictures if picture.label == NONE]

    def pixels(number: int) -> npt.NDArray[np.uint8]:
        rng = np.random.default_rng((seed, number))
        background = _any_of(backgrounds, rng)
        return view(pictures[shown[number]].image, background, size, rng, how)

    def parts() -> Iterator[Rows]:
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # Pillow lets go of the interpreter lock
            for part in batches(count, _BATCH_SIZE):
                yield below(np.stack(list(pool.map(pixels, range(part.start, part.stop)))))
                report(Progress("drawing", part.stop, count))

    return Views(_stored(parts(), count), shown)


def _any_of(images: Sequence[Image.Image], rng: np.random.Generator) -> Image.Image | None:
    return images[int(rng.integers(len(images)))] if images else None


def _stored(parts: Iterator[Rows], count: int) -> Rows:
    """Write rows to a file that has no name, and map it.

    They are written, not assigned to a mapping of it: on a full disk that would kill the process.
    """
    with _room():
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the next line closes it
    with file:
        for part in parts:
            with _room():
                file.write(np.ascontiguousarray(part).tobytes())
        with _room():
            file.flush()
            return np.memmap(file, part.dtype, "r", shape=(count, *part.shape[1:]))


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise TrainingError(
            f"There is no room for the views of the pictures ({err.strerror or err}); make some where "
            "temporary files go, or name another folder in TMPDIR."
        ) from err
