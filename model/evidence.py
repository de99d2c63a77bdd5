"""What in a picture speaks for a class, place by place."""

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

HALVES = ("shape", "texture")
"""What an embedding is made of before it is whitened: the averages of two feature maps."""

WHITENING = "whitening"
"""The layer that whitens such an embedding, where a network has one."""

Floats = npt.NDArray[np.float32]


def evidence(model: keras.Model, kernel: Floats, pixels: npt.NDArray[np.uint8], index: int) -> Floats:
    """Say how much each place of a picture speaks for a class rather than for the others.

    Activation times gradient on the feature maps that the embedding is made of (HiResCAM; Draelos and
    Carin, "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural
    networks", 2020). Lengths of embeddings count as constants, for they scale all places alike. Where
    a map is averaged, that is the class activation map of Zhou et al., "Learning Deep Features for
    Discriminative Localization", CVPR 2016: it sums to how far the logit lies above the mean of the
    others, the bias of the last layer left out. Whitening measures from the mean of all pictures, so a place
    counts by what it shows more of than usual.

    Args:
        model: Pixels (n, s, s, 3) → embedding (n, d), logits (n, classes).
        kernel: Of its last layer, float32 (d, classes).
        pixels: uint8 (s, s, 3).
        index: Which class, in the order of the logits.

    Returns:
        float32 (h, w), any real numbers; places from the upper left, as fine as the coarsest map.
    """
    rather = kernel[:, index] - np.delete(kernel, index, axis=1).mean(axis=1)  # (d,)
    parts = _parts(model)
    embedding = model.get_layer("embedding").output
    seen = keras.Model(model.input, [parts, embedding, model.outputs[0]])
    with tf.GradientTape(persistent=True) as tape:
        picture = tf.cast(pixels[None], tf.float32)
        tape.watch(picture)
        # halves of (1, h, w, c) and (1, c) each, (1, c of all), (1, d)
        halves, embedded, answered = seen(picture, training=False)
        rather, usual = _before_whitening(model, rather, embedded.numpy(), answered.numpy())
        widths = [half[0][1].shape[-1] for half in halves]
        lengths = [tf.norm(part) for part in tf.split(embedded, widths, axis=-1)]
        maps, scores = [], []
        for half, length, weight in zip(halves, lengths, tf.split(rather, widths), strict=True):
            shares = _shares([row for _, row in half], length)
            for (each, row), share in zip(half, shares, strict=True):
                maps.append(each)
                scores.append(share * tf.tensordot(row, weight, 1))
    # Each by its own map: one map lies below the other, and its gradient of both would count twice.
    places = [
        tf.reduce_sum(tape.gradient(score, each) * each, -1, keepdims=True)
        for score, each in zip(scores, maps, strict=True)
    ]
    coarsest = min(maps, key=lambda each: each.shape[1]).shape[1:3]
    found = sum(_summed_onto(each, coarsest) for each in places)[0, ..., 0].numpy()
    return np.asarray(found + usual / found.size, np.float32)


def _before_whitening(
    model: keras.Model, rather: Floats, embedded: Floats, answered: Floats
) -> tuple[Floats, float]:
    """Say what weights on an embedding mean for what it was before it was whitened.

    Args:
        model: The network.
        rather: Weights on its embeddings, (d,).
        embedded: The embedding before, (1, c).
        answered: The embedding, (1, d).

    Returns:
        Weights (c,), and what is to be added; the same weights and nothing where nothing is whitened.
    """
    if WHITENING not in {layer.name for layer in model.layers}:
        return rather, 0.0
    kernel, bias = model.get_layer(WHITENING).get_weights()
    length = float(np.linalg.norm(answered)) / max(float(np.linalg.norm(embedded @ kernel + bias)), 1e-9)
    return length * kernel @ rather, float(length * bias @ rather)


def pooled_maps(model: keras.Model, half: str) -> list[keras.layers.Layer]:
    """The layers that average what a half of an embedding is made of; one for each network that answers."""
    return [layer for layer in model.layers if layer.name.startswith(half) and layer.name.endswith("_pooled")]


def _parts(model: keras.Model) -> list[list[tuple[keras.KerasTensor, keras.KerasTensor]]]:
    """For each half of an embedding its feature maps, (n, h, w, c), and what they are averaged to, (n, c)."""
    halves = [pooled for half in HALVES if (pooled := pooled_maps(model, half))]
    if not halves:
        return [[(_last_map(model), model.get_layer("embedding").output)]]
    return [[(layer.input, layer.output) for layer in pooled] for pooled in halves]


def _shares(rows: list[tf.Tensor], length: tf.Tensor) -> list[tf.Tensor]:
    """What each row (1, c) was multiplied by until the sum of their directions had that length."""
    norms = [tf.maximum(tf.norm(row), 1e-9) for row in rows]
    whole = tf.norm(tf.add_n([row / norm for row, norm in zip(rows, norms, strict=True)]))
    return [tf.stop_gradient(length / (tf.maximum(whole, 1e-9) * norm)) for norm in norms]


def _summed_onto(places: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Make a map (1, h, w, 1) coarser, with the same sum."""
    share = places.shape[1] * places.shape[2] / (size[0] * size[1])
    return tf.image.resize(places, size, "area") * share


def _last_map(model: keras.Model) -> keras.KerasTensor:
    """The last feature map, (n, h, w, c), before any pooling."""
    return [
        each.output for each in model.layers if isinstance(each, keras.layers.Conv2D | keras.layers.ReLU)
    ][-1]
