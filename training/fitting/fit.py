"""Fit a whole network to pictures, or several that answer together."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import keras
import numpy as np
import numpy.typing as npt

from model.network import SHAPE, build, round_weights, together, traced, whitened
from model.pictures import network_input
from training.events import OnEvent, Progress
from training.fitting.embed import BATCH_SIZE
from training.fitting.pictures import Picture, batches, class_weights
from training.fitting.recipes import Recipe
from training.fitting.reporter import History, Reporter, history_of
from training.fitting.views import Below, Views, as_they_are, draw
from training.fitting.whiten import whitening

_WARM_UP = 0.05
"""Share of the steps during which the learning rate grows: the fresh last layer would otherwise shake
the pretrained ones."""

LOGITS = "logits"

Targets = dict[str, npt.NDArray[np.float32]]
"""What a batch is compared with, by the layer that it is compared to."""

Batch = tuple[npt.NDArray[np.generic], Targets]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A network after its last epoch.

    Attributes:
        model: Pixels → embedding, logits. Where embeddings were whitened, its last layer is still to be
            fitted to them.
        history: Figures of every epoch, the mean of all networks.
    """

    model: keras.Model
    history: History


def fit(
    train: Sequence[Picture],
    held_out: Sequence[Picture],
    labels: Sequence[str],
    recipe: Recipe,
    seed: int,
    report: OnEvent,
) -> Fitted:
    """Fit a network; with no epochs, its layers are those that it is built with.

    Where several answer together, each has a last layer of its own to begin with and its own order of views,
    and that is all they differ by: the views are drawn once.

    Args:
        train: Pictures to learn from.
        held_out: Pictures that are only looked at after each epoch; may be empty.
        labels: Classes in the order of the logits.
        recipe: How to fit.
        seed: The same seed on the same machine gives the same network.
        report: Where progress goes, stage "drawing", one step a view, then "fitting", one step a batch, then
            "whitening", one step a picture.

    Raises:
        TrainingError: There is no room for the views of the pictures.
    """
    networks = [_begun(labels, recipe, seed + number) for number in range(recipe.networks)]
    first = networks[0]
    if not recipe.epochs:
        return Fitted(_whitened(first, train, recipe, report), {})
    below = _below(first, recipe)
    known = _targets(train, labels, first, recipe)
    views = _views(train, labels, recipe, below, seed, report)
    validation: list[Batch] = []
    if held_out:
        looked_at = as_they_are(held_out, recipe.image_size, below)
        validation = _in_order(looked_at, _targets(held_out, labels, first, recipe), recipe.batch_size)
    steps = math.ceil(len(train) / recipe.batch_size)
    reporter = Reporter(report, steps, recipe.epochs, recipe.networks)
    histories = []
    for number, network in enumerate(networks):
        learning = _learning(network, recipe)
        _compile(learning, recipe, steps * recipe.epochs)
        shown = _shuffled(views, known, recipe.batch_size, np.random.default_rng(seed + number))
        histories.append(_learn(learning, shown, steps, validation, recipe, reporter))
    model = together(networks)
    round_weights(model)
    return Fitted(_whitened(model, train, recipe, report), _mean_of(histories))


def _begun(labels: Sequence[str], recipe: Recipe, seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return build(recipe.architecture, recipe.image_size, len(labels))


def _whitened(model: keras.Model, train: Sequence[Picture], recipe: Recipe, report: OnEvent) -> keras.Model:
    """Whiten embeddings where the last layer is fitted to them anew, and enough of them say how.

    They are those of the pictures as a whole: closer looks make it no better and take most of the time.
    """
    if not recipe.refit_head:
        return model
    run, rows = traced(model, recipe.image_size), []
    for chosen in batches(len(train), BATCH_SIZE):
        shown = [network_input(picture.image, recipe.image_size) for picture in train[chosen]]
        rows.append(run(np.stack(shown))[0])
        report(Progress("whitening", chosen.stop, len(train)))
    layer = whitening(np.concatenate(rows), np.array([picture.label for picture in train], np.str_))
    return whitened(model, layer.kernel, layer.bias) if layer else model


def _below(model: keras.Model, recipe: Recipe) -> Below:
    """The frozen layers of a network; they are the same in all that answer together."""
    if recipe.frozen is None:
        return lambda pixels: pixels
    frozen = keras.Model(model.input, model.get_layer(recipe.frozen).output)
    return lambda pixels: frozen.predict_on_batch(pixels).astype(np.float16)


def _learning(model: keras.Model, recipe: Recipe) -> keras.Model:
    """The layers of a network that learn, with the outputs that they are fitted by."""
    names = [LOGITS, *([SHAPE] if recipe.relation_weight else [])]
    border = model.get_layer(recipe.frozen).output if recipe.frozen else model.input
    return keras.Model(border, {name: model.get_layer(name).output for name in names})


def _views(
    train: Sequence[Picture], labels: Sequence[str], recipe: Recipe, below: Below, seed: int, report: OnEvent
) -> Views:
    """Show the pictures as the recipe says; with views, thin classes more often."""
    if recipe.views is None:
        return as_they_are(train, recipe.image_size, below)
    targets = np.array([labels.index(picture.label) for picture in train])
    weights = class_weights(targets, labels)[targets]
    return draw(train, weights / weights.sum(), recipe.image_size, recipe.views, below, seed, report)


def _compile(learning: keras.Model, recipe: Recipe, steps: int) -> None:
    """Say what the network is fitted to: its answers and, where relations are kept, where pictures lie."""
    losses: dict[str, object] = {
        LOGITS: keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
    }
    if recipe.relation_weight:
        losses[SHAPE] = similarity_preserving_loss
    learning.compile(
        optimizer=_optimizer(recipe, steps),
        loss=losses,
        loss_weights={name: 1.0 if name == LOGITS else recipe.relation_weight for name in losses},
        metrics={LOGITS: ["accuracy"]},
    )


def _optimizer(recipe: Recipe, steps: int) -> keras.optimizers.Optimizer:
    if recipe.ema_momentum is None:
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
        ema_momentum=min(recipe.ema_momentum, 1 - 10 / (steps + 10)),
    )


def _targets(
    pictures: Sequence[Picture], labels: Sequence[str], model: keras.Model, recipe: Recipe
) -> Targets:
    """Say what each picture is and, where relations are kept, where it lies before anything is fitted."""
    targets = np.eye(len(labels), dtype=np.float32)[[labels.index(p.label) for p in pictures]]
    if not recipe.relation_weight:
        return {LOGITS: targets}
    directions = keras.Model(model.input, model.get_layer(SHAPE).output).predict_on_batch
    return {LOGITS: targets, SHAPE: np.array(as_they_are(pictures, recipe.image_size, directions).rows)}


def similarity_preserving_loss(before: keras.KerasTensor, now: keras.KerasTensor) -> keras.KerasTensor:
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


def _learn(
    learning: keras.Model,
    shown: Iterator[Batch],
    steps: int,
    validation: Sequence[Batch],
    recipe: Recipe,
    reporter: Reporter,
) -> History:
    """Fit for all epochs of a recipe.

    Not with `learning.fit`: it feeds a network through tf.data, which sets glibc's trim threshold back to
    128 KB. Each step then returns its memory to the system, and a long run takes half as long again.

    Args:
        learning: The layers that learn, compiled.
        shown: Endless.
        steps: Batches an epoch.
        validation: What is only looked at after each epoch, with the averaged weights; may be empty.
        recipe: How to fit.
        reporter: Hears of every batch and epoch.
    """
    history = keras.callbacks.History()
    averaging = (
        [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if recipe.ema_momentum is not None else []
    )
    callbacks = keras.callbacks.CallbackList(
        [*averaging, history, reporter], model=learning, epochs=recipe.epochs
    )
    callbacks.on_train_begin()
    for epoch in range(recipe.epochs):
        callbacks.on_epoch_begin(epoch)
        figures = []
        for step, batch in enumerate(islice(shown, steps)):
            figures.append(learning.train_on_batch(*batch, return_dict=True))
            callbacks.on_train_batch_end(step)
        logs = _means(figures, [1] * steps)
        if validation:
            callbacks.on_test_begin()
            looks = _means(
                [learning.test_on_batch(*batch, return_dict=True) for batch in validation],
                [len(rows) for rows, _ in validation],
            )
            callbacks.on_test_end()
            logs |= {f"val_{name}": value for name, value in looks.items()}
        callbacks.on_epoch_end(epoch, logs)
    callbacks.on_train_end()
    return history_of(history)


def _mean_of(histories: Sequence[History]) -> History:
    """Average the figures of several networks, epoch by epoch."""
    return {name: np.mean([each[name] for each in histories], axis=0).tolist() for name in histories[0]}


def _means(figures: Sequence[dict[str, float]], sizes: Sequence[int]) -> dict[str, float]:
    return {name: float(np.average([each[name] for each in figures], weights=sizes)) for name in figures[0]}


def _shuffled(views: Views, known: Targets, batch_size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Deal all views out in random order, again and again."""
    waiting = np.zeros(0, np.int64)
    while True:
        while len(waiting) < batch_size:
            waiting = np.concatenate([waiting, rng.permutation(len(views.picture))])
        yield _batch(views, known, waiting[:batch_size])
        waiting = waiting[batch_size:]


def _in_order(views: Views, known: Targets, batch_size: int) -> list[Batch]:
    count = len(views.picture)
    return [_batch(views, known, np.arange(count)[part]) for part in batches(count, batch_size)]


def _batch(views: Views, known: Targets, chosen: npt.NDArray[np.int64]) -> Batch:
    shown = views.picture[chosen]
    return views.rows[chosen], {name: rows[shown] for name, rows in known.items()}
