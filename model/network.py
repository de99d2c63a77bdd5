"""One artefact: a Keras graph from pixels to embedding and logits, and its card.

This is the module of `model` that starts TensorFlow; import it in the thread or process that runs the
network.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from model import efficientnet, seed_cnn
from model.calibration import to_prediction
from model.card import Card, read_card, write_card
from model.errors import ModelError
from model.evidence import HALVES, WHITENING, evidence, pooled_maps
from model.looking import Floats, Looked, Pixels, Run, laid_together, look
from model.pictures import SEEN_SIDE, decode, network_input, seen
from model.prediction import Prediction
from model.weights import FILE, check_weights, compress, weights_sha256
from model.why import SIDE, Explanation, explanation

ARCHITECTURES = ("efficientnet-lite0", "seed-cnn")

TEXTURE = "block8_project"
"""The layer whose features are the second half of an embedding, beside those of the last layer. It keeps its
ImageNet weights, so it still tells currencies apart that the network never met (training/EXPERIMENTS.md)."""

SHAPE = f"{HALVES[0]}_direction"
"""The layer with the first half, of length 1."""

EMBEDDING_NORM = 16.0
"""Length of each half of an embedding, and of a whitened one. Unit vectors would leave the logits of a fresh
head all but equal, and the first epochs would go into growing its weights."""


class Network:
    """A network that answers.

    Attributes:
        model: Pixels (n, s, s, 3), 0 to 255 → embedding (n, d), logits (n, classes).
        card: What it is.
    """

    def __init__(self, model: keras.Model, card: Card) -> None:
        self.model = model
        self.card = card
        self._run = traced(model, card.image_size)
        self.run(np.zeros((1, card.image_size, card.image_size, 3), np.uint8))

    def run(self, pixels: Pixels) -> tuple[Floats, Floats]:
        """Run all but the last layer, as `model.looking.Run` says."""
        return self._run(pixels)


def traced(model: keras.Model, size: int) -> Run:
    """Trace the forward pass up to the embedding: `model.predict` costs five times as much for one picture.

    Args:
        model: Pixels → embedding, logits. One whose embedding is no average over places reacts to all alike.
        size: Side of its square input in pixels.
    """
    maps = [layer.input for layer in pooled_maps(model, HALVES[0])]
    body = keras.Model(model.input, [model.outputs[0], *maps])

    def forward(pixels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        embedding, *places = tf.nest.flatten(body(tf.cast(pixels, tf.float32), training=False))
        if places:
            return embedding, tf.norm(tf.concat(places, axis=-1), axis=-1)
        return embedding, tf.ones((tf.shape(pixels)[0], 2, 2))

    function = tf.function(forward, input_signature=[tf.TensorSpec((None, size, size, 3), tf.uint8)])

    def run(pixels: Pixels) -> tuple[Floats, Floats]:
        embeddings, reactions = function(pixels)
        return embeddings.numpy(), reactions.numpy()

    return run


def predict_picture(network: Network, data: bytes) -> Prediction:
    """Answer one picture: the serving path.

    Raises:
        PictureError: The bytes are no picture that can be read.
    """
    return _answer(network, _look_at(network, decode(data, SEEN_SIDE)).embedding)


def _look_at(network: Network, image: Image.Image) -> Looked:
    """Look at a picture as it was decoded until the answer can be stated, or there is no more to be seen."""
    (looked,) = look(
        network.run,
        network.card.image_size,
        [seen(image)],
        lambda number: image,
        enough=lambda embedding: _answer(network, embedding).sure,
    )
    return looked


def _answer(network: Network, embedding: Floats) -> Prediction:
    return to_prediction(logits_of(network.model, embedding[None])[0], network.card)


def explain_picture(network: Network, data: bytes, label: str) -> Explanation:
    """Show what in a picture speaks for a class.

    Args:
        network: The one that is asked.
        data: The file's bytes.
        label: The class, as the card names it.

    Raises:
        PictureError: The bytes are no picture that can be read.
        ModelError: The network does not know the class.
    """
    card = network.card
    if label not in card.labels:
        raise ModelError(
            f"The model in use, {card.version}, does not know {label!r}; please send the photo again."
        )
    kernel, _ = head_of(network.model)
    image = decode(data, SEEN_SIDE)

    def found(shown: Image.Image) -> Floats:
        pixels = network_input(seen(shown), card.image_size)
        return evidence(network.model, kernel, pixels, card.labels.index(label))

    cuts = [(part, part.of(image)) for part in _look_at(network, image).parts]
    together = laid_together(found(image), [(part, found(cut)) for part, cut in cuts if cut])
    return explanation(decode(data, SIDE), together, card.version)


def build(architecture: str, image_size: int, classes: int) -> keras.Model:
    """Build a network to be trained.

    Args:
        architecture: One of `ARCHITECTURES`.
        image_size: Side of the square input in pixels, at least 32.
        classes: Number of classes, at least 2.

    Returns:
        Pixels (n, image_size, image_size, 3), 0 to 255 → embedding (n, d), logits (n, classes).

    Raises:
        ModelError: The architecture is unknown, or its pretrained weights cannot be read.
    """
    if architecture == "efficientnet-lite0":
        backbone = efficientnet.backbone(image_size)
        halves = zip(HALVES, (backbone.output, backbone.get_layer(TEXTURE).output), strict=True)
        x = _embedding([_direction(each, name) for name, each in halves])
    elif architecture == "seed-cnn":
        backbone = seed_cnn.features(image_size)
        x = keras.layers.Identity(name="embedding")(backbone.output)
    else:
        raise ModelError(
            f"The architecture must be one of {', '.join(ARCHITECTURES)}. Received: {architecture!r}"
        )
    return _with_logits(backbone.input, x, classes)


def _direction(features: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Average a feature map over all places, (n, h, w, c) → (n, c) of length 1."""
    pooled = keras.layers.GlobalAveragePooling2D(name=f"{name}_pooled")(features)
    return keras.layers.UnitNormalization(name=f"{name}_direction")(pooled)


def _embedding(directions: list[keras.KerasTensor]) -> keras.KerasTensor:
    x = keras.layers.Concatenate(name="directions")(directions)
    return keras.layers.Rescaling(EMBEDDING_NORM, name="embedding")(x)


def together(networks: Sequence[keras.Model]) -> keras.Model:
    """Let networks answer together that were fitted apart above the same frozen layers.

    Their shape halves are added up and brought to one length. Networks that began as the same pretrained one
    and kept its relations point the same way, each with errors of its own (training/EXPERIMENTS.md, "Networks
    that answer together").

    Args:
        networks: Each as `build` made it; at least one. All layers up to `TEXTURE` are the same in all.

    Returns:
        The same pixels → embedding (n, d), logits (n, classes), with a last layer that is not fitted yet; of
        one network alone, itself.
    """
    first, *others = networks
    if not others:
        return first
    shared = first.get_layer(TEXTURE).output
    directions = []
    for number, network in enumerate(networks, 1):
        (pooled,) = pooled_maps(network, HALVES[0])
        above = keras.Model(network.get_layer(TEXTURE).output, pooled.input, name=f"network{number}")
        directions.append(_direction(above(shared), f"{HALVES[0]}{number}"))
    shape = keras.layers.UnitNormalization(name=SHAPE)(keras.layers.Add(name="added_up")(directions))
    embedding = _embedding([shape, first.get_layer(f"{HALVES[1]}_direction").output])
    return _with_logits(first.input, embedding, first.outputs[1].shape[-1])


def round_weights(model: keras.Model) -> None:
    """Round all weights to half precision, in place: compressed, they take two thirds of the room."""
    model.set_weights([weight.astype(np.float16).astype(np.float32) for weight in model.get_weights()])


def whitened(model: keras.Model, kernel: Floats, bias: Floats) -> keras.Model:
    """Let a network whiten its embeddings.

    Args:
        model: Any network that `build` or `together` made.
        kernel: float32 (d, axes).
        bias: float32 (axes,).

    Returns:
        The same pixels → embedding (n, axes), logits (n, classes), with a last layer that is not fitted yet.
    """
    embedding, logits = model.outputs
    whitening = keras.layers.Dense(len(bias), name=WHITENING, trainable=False)
    x = keras.layers.UnitNormalization(name=f"{WHITENING}_direction")(whitening(embedding))
    x = keras.layers.Rescaling(EMBEDDING_NORM, name=f"{WHITENING}_embedding")(x)
    whitening.set_weights([kernel, bias])
    return _with_logits(model.input, x, logits.shape[-1])


def with_head(model: keras.Model, kernel: Floats, bias: Floats) -> keras.Model:
    """Put another last layer on the backbone of a network.

    Args:
        model: Any network that `build`, `together` or `whitened` made.
        kernel: float32 (d, classes).
        bias: float32 (classes,).
    """
    other = _with_logits(model.input, model.outputs[0], len(bias))
    other.get_layer("logits").set_weights([kernel, bias])
    return other


def _with_logits(pixels: keras.KerasTensor, embedding: keras.KerasTensor, classes: int) -> keras.Model:
    # float32 whatever the rest computes in: the softmax is taken of these.
    logits = keras.layers.Dense(classes, name="logits", dtype="float32")(embedding)
    return keras.Model(pixels, [embedding, logits], name="currency")


def head_of(model: keras.Model) -> tuple[Floats, Floats]:
    """Return kernel (d, classes) and bias (classes,) of the last layer."""
    kernel, bias = model.get_layer("logits").get_weights()
    return kernel, bias


def logits_of(model: keras.Model, embeddings: Floats) -> Floats:
    """Run the last layer alone: embeddings (n, d) → logits (n, classes)."""
    kernel, bias = head_of(model)
    return embeddings @ kernel + bias


def backbone_sha256(model: keras.Model) -> str:
    """Return the SHA-256 of all weights below the last layer, in hexadecimal."""
    digest = hashlib.sha256()
    for layer in model.layers:
        if layer.name != "logits":
            for weight in layer.get_weights():
                digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()


def save(model: keras.Model, card: Card, folder: Path) -> Card:
    """Write weights and card into a folder that nobody reads yet.

    Returns:
        The card as written, its hashes filled in.
    """
    model.save(folder / FILE)
    compress(folder)
    written = replace(card, weights_sha256=weights_sha256(folder), backbone_sha256=backbone_sha256(model))
    write_card(written, folder)
    return written


def load(folder: Path) -> Network:
    """Load a version whose weights are the ones that its card names.

    A Keras file can hold code, so nothing is read from one before its hash is checked.

    Raises:
        ModelError: The version is missing, damaged or does not fit its card.
    """
    card = read_card(folder)
    check_weights(card, folder)
    try:
        return Network(keras.saving.load_model(folder / FILE, compile=False, safe_mode=True), card)
    except (OSError, ValueError, TypeError, KeyError, tf.errors.OpError) as err:
        raise ModelError(f"Model version {folder.name!r} cannot be loaded; use another version.") from err
