"""How each architecture is fitted: the settings that belong together, with their reasons."""

from dataclasses import dataclass

from model import seed_cnn
from model.errors import TrainingError
from model.network import TEXTURE
from training.fitting.augment import Augmentation


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to fit a network.

    Attributes:
        architecture: One of `model.network.ARCHITECTURES`.
        image_size: Side of the square input in pixels.
        networks: How many are fitted apart and answer together; 1 unless their lower layers are frozen.
        epochs: Passes over the pictures, of each.
        batch_size: Pictures a step.
        learning_rate: The highest, after the warm-up.
        weight_decay: Of AdamW; 0 for plain Adam.
        label_smoothing: 0 to 1; keeps the network from being surer than 1 minus half of it.
        relation_weight: Weight of keeping pictures as far apart as the pretrained network saw them; 0 lets it
            forget what the classes do not need.
        frozen: The last of the layers at the bottom that keep their pretrained weights; None if all learn.
        views: How pictures are varied; None shows them as they are.
        ema_momentum: Momentum of the moving average of the weights that is kept; None keeps the last.
        refit_head: Whether embeddings are whitened at the end, and the last layer is fitted to them anew, as
            retraining does it.
    """

    architecture: str
    image_size: int
    networks: int
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    label_smoothing: float
    relation_weight: float
    frozen: str | None
    views: Augmentation | None
    ema_momentum: float | None
    refit_head: bool


RECIPES = {
    "efficientnet-lite0": Recipe(
        architecture="efficientnet-lite0",
        image_size=288,
        # Three make half the mistakes of one; more bring nothing that can be seen, and a fourth would bring
        # the weights over 25 MB.
        networks=3,
        # With more, it knows its own classes better and less of what else there is; with fewer, the other
        # way round.
        epochs=40,
        batch_size=16,
        learning_rate=4e-4,
        weight_decay=0.02,
        label_smoothing=0.1,
        # Else all other money becomes one heap, and a currency that is new next month cannot be told
        # from the rest of it.
        relation_weight=10.0,
        # Edges and textures need no relearning, and a backward pass through these blocks would work on
        # the largest maps. The texture half of an embedding is read from the last of them, and so stays
        # as general as ImageNet made it.
        frozen=TEXTURE,
        views=Augmentation(),
        ema_momentum=0.995,
        refit_head=True,
    ),
    # As in the project that this one grew out of.
    "seed-cnn": Recipe(
        architecture="seed-cnn",
        image_size=seed_cnn.IMAGE_SIZE,
        networks=1,
        epochs=25,
        batch_size=32,
        learning_rate=1e-3,
        weight_decay=0.0,
        label_smoothing=0.0,
        relation_weight=0.0,
        frozen=None,
        views=None,
        ema_momentum=None,
        refit_head=False,
    ),
}


def recipe_for(architecture: str) -> Recipe:
    """Look up the recipe of an architecture.

    Raises:
        TrainingError: There is none.
    """
    try:
        return RECIPES[architecture]
    except KeyError as err:
        raise TrainingError(
            f"The architecture must be one of {', '.join(RECIPES)}. Received: {architecture!r}"
        ) from err
