"""Picture files into what they are judged by: fingerprints, quality and, with a model, embeddings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.errors import PictureError
from model.pictures import decode, network_input, stored_jpeg
from model.registry import Registry
from training.data.folders import Example
from training.intake.alignment import shrink
from training.intake.duplicates import fingerprint
from training.intake.findings import LeftOut, Picture, Reason
from training.intake.quality import quality

BATCH_SIZE = 16

Advance = Callable[[int, int], None]
"""Told after each picture how many of how many are done."""


@dataclass(frozen=True, slots=True)
class Embedder:
    """Something that turns pictures into rows of numbers, alike for alike pictures.

    Attributes:
        size: Side of its square input in pixels.
        run: Pixels, uint8 (n, size, size, 3) → embeddings, float (n, d).
    """

    size: int
    run: Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]


def embedder_in_use(models_dir: Path) -> Embedder | None:
    """Load the model in use; None if there is none yet. Starts TensorFlow only if there is one.

    Raises:
        ModelError: It is there and cannot be used.
    """
    registry = Registry(models_dir)
    if not registry.versions():
        return None
    network = registry.load(registry.in_use())
    return Embedder(network.card.image_size, lambda pixels: network.run(pixels)[0])


def read(
    examples: Sequence[Example], advance: Advance, *, stored: bool, embedder: Embedder | None = None
) -> tuple[list[Picture], list[LeftOut]]:
    """Read pictures to be judged.

    Args:
        examples: Files.
        advance: Told about the progress.
        stored: Whether they lie in the data set already. Others are compared as they would be stored, so
            that a picture imported twice equals itself.
        embedder: What embeds them, if anything.

    Returns:
        The pictures in their order, and those that cannot be read.
    """
    pictures: list[Picture] = []
    unreadable: list[LeftOut] = []
    waiting: list[npt.NDArray[np.uint8]] = []
    for done, example in enumerate(examples, 1):
        try:
            data = example.path.read_bytes()
            data = data if stored else stored_jpeg(data)
            image = decode(data)
        except (PictureError, OSError) as err:
            unreadable.append(LeftOut(example, Reason.UNREADABLE, detail=str(err)))
        else:
            pictures.append(
                Picture(
                    example=example,
                    sha256=sha256(data).hexdigest(),
                    prints=fingerprint(image),
                    quality=quality(image),
                    grey=shrink(image),
                    given=example.split is not None,
                )
            )
            if embedder:
                waiting.append(network_input(image, embedder.size))
        if embedder and (len(waiting) == BATCH_SIZE or (waiting and done == len(examples))):
            first = len(pictures) - len(waiting)
            for index, row in enumerate(embedder.run(np.stack(waiting)), first):
                pictures[index] = replace(pictures[index], embedding=row)
            waiting.clear()
        advance(done, len(examples))
    return pictures, unreadable
