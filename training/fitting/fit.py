"""Fit a whole network to pictures."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt

from model.network import SHAPE, build
from model.pictures import network_input
from model.prediction import NONE
from training.events import Report
from training.fitting import augment
from training.fitting.pictures import Picture, batches, class_weights
from training.fitting.recipes import Recipe
from training.fitting.reporter import History, Reporter, history_of

_WARM_UP = 0.05
"""Share of the steps during which the learning rate grows: the fresh last layer would otherwise shake
the pretrained ones."""

LOGITS = "logits"

Rows = npt.NDArray[np.float32]
Targets = dict[str, Rows]
"""What a batch is compared with, by the layer that it is compared to."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A network after its last epoch.

    Attributes:
        model: Pixels → embedding, logits.
        history: Figures of every epoch.
    """

    model: keras.Model
    history: History


def fit(
    train: Sequence[Picture],
    held_out: Sequence[Picture],
    labels: Sequence[str],
    recipe: Recipe,
    seed: int,
    report: Report,
) -> Fitted:
    """Fit a network; with no epochs, return it as it is built.

    Args:
        train: Pictures to learn from.
        held_out: Pictures that are only looked at after each epoch; may be empty.
        labels: Classes in the order of the logits.
        recipe: How to fit.
        seed: The same seed on the same machine gives the same network.
        report: Where progress goes, stage "fitting", one step a batch.
    """
    keras.utils.set_random_seed(seed)
    model = build(recipe.architecture, recipe.image_size, len(labels))
    if not recipe.epochs:
        return Fitted(model, {})
    _freeze(model, recipe.frozen_blocks)
    sequence = _Batches(train, _before(model, train, recipe), labels, recipe, seed)
    still = _still(held_out, _before(model, held_out, recipe), labels, recipe) if held_out else None
    trained = _compiled(model, recipe, len(sequence) * recipe.epochs)
    callbacks: list[keras.callbacks.Callback] = [Reporter(report, len(sequence), recipe.epochs)]
    if recipe.averaged is not None:
        callbacks.insert(0, keras.callbacks.SwapEMAWeights(swap_on_epoch=True))
    history = trained.fit(
        sequence,
        epochs=recipe.epochs,
        validation_data=still,
        callbacks=callbacks,
        verbose=0,
    )
    model.trainable = True
    return Fitted(model, history_of(history))


def _compiled(model: keras.Model, recipe: Recipe, steps: int) -> keras.Model:
    """Say what the network is fitted to: its answers and, where relations are kept, where pictures lie."""
    losses: dict[str, object] = {
        LOGITS: keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
    }
    if recipe.relations:
        losses[SHAPE] = _unlike
    trained = keras.Model(model.input, {name: model.get_layer(name).output for name in losses})
    trained.compile(
        optimizer=_optimizer(recipe, steps),
        loss=losses,
        loss_weights={name: 1.0 if name == LOGITS else recipe.relations for name in losses},
        metrics={LOGITS: ["accuracy"]},
    )
    return trained


def _freeze(model: keras.Model, blocks: int) -> None:
    for layer in model.layers:
        block = layer.name.split("_")[0].removeprefix("block")
        if blocks and (layer.name == "stem" or (block.isdigit() and int(block) < blocks)):
            layer.trainable = False


def _optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    if recipe.averaged is None:
        return keras.optimizers.Adam(recipe.learning_rate)
    warm_up = max(1, round(_WARM_UP * steps))
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, warmup_target=recipe.learning_rate, warmup_steps=warm_up
    )
    return keras.optimizers.AdamW(
        rate,
        weight_decay=recipe.weight_decay,
        clipnorm=1.0,
        use_ema=True,
        ema_momentum=min(recipe.averaged, 1 - 10 / (steps + 10)),
    )


def _before(model: keras.Model, pictures: Sequence[Picture], recipe: Recipe) -> Targets:
    """Say where the pictures as they are lie before anything is fitted: what the relations are kept to."""
    if not recipe.relations:
        return {}
    directions = keras.Model(model.input, model.get_layer(SHAPE).output)
    rows = [
        directions.predict_on_batch(
            np.stack([network_input(p.image, recipe.image_size) for p in pictures[part]])
        )
        for part in batches(len(pictures), recipe.batch_size)
    ]
    return {SHAPE: np.concatenate(rows)}


def _unlike(before: keras.KerasTensor, now: keras.KerasTensor) -> keras.KerasTensor:
    """Say how far the relations within a batch are from those that the pretrained network saw.

    Mean squared difference of cosines (Tung and Mori, "Similarity-Preserving Knowledge Distillation",
    ICCV 2019). What is compared is a view now with the untouched picture then: relations are kept, and what
    the views vary is learned away.

    Args:
        before: Directions of the untouched pictures, of length 1, (n, d).
        now: Directions of their views, of length 1, (n, d).

    Returns:
        One value a picture, (n,), 0 to 4.
    """
    cosines = [keras.ops.matmul(rows, keras.ops.transpose(rows)) for rows in (before, now)]
    return keras.ops.mean(keras.ops.square(cosines[1] - cosines[0]), axis=1)


def _still(
    pictures: Sequence[Picture], before: Targets, labels: Sequence[str], recipe: Recipe
) -> tuple[np.ndarray, Targets]:
    pixels = np.stack([network_input(picture.image, recipe.image_size) for picture in pictures])
    targets = np.eye(len(labels), dtype=np.float32)[[labels.index(p.label) for p in pictures]]
    return pixels, {LOGITS: targets, **before}


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Random batches; with views, thin classes are drawn more often and every picture differs each time."""

    def __init__(
        self, pictures: Sequence[Picture], before: Targets, labels: Sequence[str], recipe: Recipe, seed: int
    ) -> None:
        super().__init__(workers=os.cpu_count() or 1, use_multiprocessing=False, max_queue_size=8)
        self._pictures = pictures
        self._before = before
        self._recipe = recipe
        self._seed = seed
        self._epoch = 0
        self._targets = np.array([labels.index(picture.label) for picture in pictures])
        self._one_hot = np.eye(len(labels), dtype=np.float32)
        weights = class_weights(self._targets, labels)[self._targets]
        self._chances = weights / weights.sum()
        self._backgrounds = [picture.image for picture in pictures if picture.label == NONE]
        self._order = self._draw()

    def __len__(self) -> int:
        return math.ceil(len(self._pictures) / self._recipe.batch_size)

    def __getitem__(self, index: int) -> tuple[npt.NDArray[np.uint8], Targets]:
        size = self._recipe.batch_size
        chosen = self._order[index * size : (index + 1) * size]
        rng = np.random.default_rng((self._seed, self._epoch, index))
        targets = {LOGITS: self._one_hot[self._targets[chosen]]}
        targets |= {name: rows[chosen] for name, rows in self._before.items()}
        return np.stack([self._pixels(i, rng) for i in chosen]), targets

    def on_epoch_end(self) -> None:
        self._epoch += 1
        self._order = self._draw()

    def _draw(self) -> npt.NDArray[np.int64]:
        rng = np.random.default_rng((self._seed, self._epoch))
        if self._recipe.views is None:
            return rng.permutation(len(self._pictures))
        return rng.choice(len(self._pictures), len(self._pictures), p=self._chances)

    def _pixels(self, index: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        image, size = self._pictures[index].image, self._recipe.image_size
        if self._recipe.views is None:
            return network_input(image, size)
        background = None
        if self._backgrounds:
            background = self._backgrounds[rng.integers(len(self._backgrounds))]
        return augment.view(image, background, size, rng, self._recipe.views)
