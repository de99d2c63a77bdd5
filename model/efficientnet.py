"""EfficientNet-Lite0 in Keras, with ImageNet weights.

Lite variants (no squeeze-and-excitation, ReLU6, fixed stem and head) of Tan and Le, "EfficientNet:
Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019, table 1.

Batch normalisation is folded into the convolutions when the weights are read: with a few hundred
pictures its statistics stay frozen anyway, and a convolution with a bias is what serving wants.
"""

from dataclasses import dataclass

import keras
import numpy as np

from model.imagenet import Weights, load_weights

EMBEDDING = 1280
"""Features of the last layer before the classifier."""

_BN_EPSILON = 1e-3


@dataclass(frozen=True, slots=True)
class _Stage:
    repeats: int
    kernel: int
    stride: int
    expand: int
    channels: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)


def backbone(image_size: int) -> keras.Model:
    """Build the network up to its last feature map, with ImageNet weights.

    Args:
        image_size: Side of the square input in pixels, at least 32.

    Returns:
        uint8 or float pixels (n, image_size, image_size, 3), 0 to 255 → features
        (n, image_size / 32, image_size / 32, 1280).

    Raises:
        ModelError: The ImageNet weights cannot be read.
    """
    model = _build(image_size)
    weights = load_weights()
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            layer.set_weights(_folded(weights, layer.name))
    return model


def _build(image_size: int) -> keras.Model:
    pixels = keras.Input((image_size, image_size, 3), name="pixels")
    # The ImageNet weights were fitted on (x - 127) / 128.
    x = keras.layers.Rescaling(1 / 128, offset=-127 / 128, name="scaled")(pixels)
    x = _convolution(x, 32, 3, 2, "stem")
    block = 0
    for stage in _STAGES:
        for repeat in range(stage.repeats):
            x = _inverted_residual(x, stage, stage.stride if repeat == 0 else 1, f"block{block}")
            block += 1
    x = _convolution(x, EMBEDDING, 1, 1, "head")
    return keras.Model(pixels, x, name="efficientnet_lite0")


def _inverted_residual(x: keras.KerasTensor, stage: _Stage, stride: int, name: str) -> keras.KerasTensor:
    shortcut = x
    channels = x.shape[-1]
    if stage.expand > 1:
        x = _convolution(x, channels * stage.expand, 1, 1, f"{name}_expand")
    x = keras.layers.DepthwiseConv2D(stage.kernel, stride, padding="same", name=f"{name}_depthwise")(x)
    x = keras.layers.ReLU(6.0, name=f"{name}_depthwise_relu")(x)
    x = keras.layers.Conv2D(stage.channels, 1, name=f"{name}_project")(x)
    if stride == 1 and channels == stage.channels:
        x = keras.layers.Add(name=f"{name}_add")([x, shortcut])
    return x


def _convolution(
    x: keras.KerasTensor, filters: int, kernel: int, stride: int, name: str
) -> keras.KerasTensor:
    x = keras.layers.Conv2D(filters, kernel, stride, padding="same", name=name)(x)
    return keras.layers.ReLU(6.0, name=f"{name}_relu")(x)


def _folded(weights: Weights, layer: str) -> list[np.ndarray]:
    """Kernel and bias of a Keras layer, its batch normalisation folded in.

    y = gamma (w x - mean) / sqrt(var + eps) + beta, hence w' = scale w and b' = beta - scale mean
    with scale = gamma / sqrt(var + eps).
    """
    convolution, normalisation = _checkpoint_names(layer)
    gamma = weights[f"{normalisation}.weight"]
    scale = gamma / np.sqrt(weights[f"{normalisation}.running_var"] + _BN_EPSILON)
    bias = weights[f"{normalisation}.bias"] - scale * weights[f"{normalisation}.running_mean"]
    kernel = weights[f"{convolution}.weight"] * scale[:, None, None, None]  # (out, in, h, w)
    # Keras wants (h, w, in, out), and (h, w, channels, 1) for a depthwise kernel of (channels, 1, h, w).
    axes = (2, 3, 0, 1) if layer.endswith("_depthwise") else (2, 3, 1, 0)
    return [kernel.transpose(axes), bias]


def _checkpoint_names(layer: str) -> tuple[str, str]:
    if layer == "stem":
        return "_conv_stem", "_bn0"
    if layer == "head":
        return "_conv_head", "_bn1"
    block, part = layer.removeprefix("block").split("_")
    prefix = f"_blocks.{block}"
    normalisation = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}[part]
    return f"{prefix}._{part}_conv", f"{prefix}.{normalisation}"
