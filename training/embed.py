"""Pictures into the rows that a version remembers."""

from collections.abc import Sequence

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from PIL import Image

from model.pictures import network_input
from model.prediction import NONE
from training import augment
from training.events import Progress, Report
from training.memory import Memory
from training.pictures import Picture, batches

BATCH_SIZE = 16


def embed(
    model: keras.Model,
    size: int,
    pictures: Sequence[Picture],
    seed: int,
    report: Report,
    *,
    shipped: bool,
) -> Memory:
    """Embed pictures: each as it is, and one that teaches also as a phone might have taken it.

    The second view keeps the last layer from trusting what holds for web pictures alone.

    Args:
        model: Pixels → embedding, logits.
        size: Side of its square input in pixels.
        pictures: What to embed.
        seed: Of the varied views.
        report: Where progress goes, stage "embedding", one step a picture.
        shipped: Whether the rows stay without their pictures.
    """
    forward = tf.function(
        lambda pixels: model(tf.cast(pixels, tf.float32), training=False)[0],
        input_signature=[tf.TensorSpec((None, size, size, 3), tf.uint8)],
    )
    backgrounds = [picture.image for picture in pictures if picture.label == NONE]
    rng = np.random.default_rng(seed)
    rows: list[tuple[Picture, bool]] = []
    views: list[npt.NDArray[np.uint8]] = []
    parts: list[npt.NDArray[np.float32]] = []
    for chosen in batches(len(pictures), BATCH_SIZE):
        views.clear()
        for picture in pictures[chosen]:
            rows.append((picture, True))
            views.append(network_input(picture.image, size))
            if picture.split == "train":
                rows.append((picture, False))
                views.append(
                    augment.view(picture.image, _pick(backgrounds, rng), size, rng, augment.Recipe())
                )
        parts.append(forward(np.stack(views)).numpy())
        report(Progress("embedding", chosen.stop, len(pictures)))
    return Memory(
        sha256=np.array([picture.sha256 for picture, _ in rows], np.str_),
        label=np.array([picture.label for picture, _ in rows], np.str_),
        split=np.array([picture.split for picture, _ in rows], np.str_),
        clean=np.array([clean for _, clean in rows], np.bool_),
        shipped=np.full(len(rows), shipped),
        embedding=np.concatenate(parts).astype(np.float16),
    )


def _pick(backgrounds: Sequence[Image.Image], rng: np.random.Generator) -> Image.Image | None:
    return backgrounds[int(rng.integers(len(backgrounds)))] if backgrounds else None
