"""Contract: the picture lights up what spoke for the answer, and the words name the same place."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from model import looking, why
from model.errors import ModelError, PictureError
from model.looking import Part
from model.predictor import Predictor
from model.registry import BASE, Registry
from tests.model.made import card_of, shaken
from tests.tiny import COLOURS, note
from tests.training.drawn import jpeg

if TYPE_CHECKING:
    from model.network import Network

CORNERS = {
    "mostly in the upper left of the picture": (0, 0),
    "mostly in the upper right of the picture": (0, 16),
    "mostly in the lower left of the picture": (16, 0),
    "mostly in the lower right of the picture": (16, 16),
}


def peaks(*places: tuple[int, int], size: int = 9) -> why.Heat:
    """Evidence that is 1 at some places and slightly against the class everywhere else."""
    evidence = np.full((size, size), -0.1, np.float32)
    for place in places:
        evidence[place] = 1.0
    return evidence


@pytest.mark.parametrize(
    ("evidence", "says"),
    [
        (peaks((0, 0)), "mostly in the upper left of the picture"),
        (peaks((0, 4)), "mostly in the upper part of the picture"),
        (peaks((4, 4)), "mostly in the middle of the picture"),
        (peaks((4, 8)), "mostly in the right part of the picture"),
        (peaks((8, 8)), "mostly in the lower right of the picture"),
        (peaks((0, 0), (8, 8)), why.SCATTERED),
        (np.ones((9, 9), np.float32), why.EVERYWHERE),
        (np.full((9, 9), -1.0, np.float32), why.NOWHERE),
        (np.zeros((1, 1), np.float32), why.NOWHERE),
    ],
)
def test_words_name_the_place(evidence: why.Heat, says: str) -> None:
    assert why.where(evidence) == says


def test_heat_has_the_shape_of_the_photo_and_lies_between_0_and_1() -> None:
    heat = why.spread(peaks((1, 7)), (90, 45))
    assert heat.shape == (45, 90)
    assert (heat.min(), heat.max()) == (0.0, 1.0)
    assert heat[:15, 60:].max() == 1.0
    assert heat[25:, :45].max() == 0.0


@pytest.mark.parametrize(
    ("size", "expected"), [((2000, 1000), (1024, 512)), ((300, 400), (300, 400)), ((24, 3000), (52, 1024))]
)
def test_picture_keeps_its_proportions_unless_no_chat_would_show_it(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    rendered = Image.open(io.BytesIO(why.render(Image.new("RGB", size, "white"), peaks((4, 4)))))
    assert (rendered.format, rendered.size) == ("JPEG", expected)


@pytest.mark.parametrize("ground", ["white", "black", "grey"])
def test_what_counted_is_brighter_and_orange_on_any_ground(ground: str) -> None:
    rendered = Image.open(io.BytesIO(why.render(Image.new("RGB", (180, 180), ground), peaks((1, 1)))))
    hot, cold = (np.array(rendered.getpixel(place), np.float64) for place in ((30, 30), (150, 150)))
    assert hot.mean() > cold.mean() + 20  # legible without any colour
    assert hot[0] > hot[1] > hot[2]
    assert np.ptp(cold) < 8


def test_picture_without_evidence_is_dark_and_grey(picture: Image.Image) -> None:
    rendered = Image.open(io.BytesIO(why.render(picture, np.zeros((4, 4), np.float32))))
    assert np.ptp(np.asarray(rendered, np.int16), axis=-1).max() < 8


def linear() -> "Network":
    """A network by hand: the share of red and of blue pixels, averaged, scaled to one length, judged."""
    import keras

    from model.network import Network

    pixels = keras.Input((32, 32, 3), name="pixels")
    x = keras.layers.AveragePooling2D(4)(pixels)
    x = keras.layers.ReLU(name="features")(x)
    x = keras.layers.GlobalAveragePooling2D(name="shape_pooled")(x)
    x = keras.layers.UnitNormalization(name="direction")(x)
    x = keras.layers.Rescaling(16.0, name="embedding")(x)
    logits = keras.layers.Dense(2, name="logits")(x)
    model = keras.Model(pixels, [x, logits])
    model.get_layer("logits").set_weights(
        [np.array([[1, 0], [0, 0], [0, 1]], np.float32), np.zeros(2, np.float32)]
    )
    return Network(model, card_of("RED", "BLUE", size=32))


def evidence_of(network: "Network", pixels: np.ndarray, index: int) -> np.ndarray:
    from model.evidence import evidence
    from model.network import head_of

    return evidence(network.model, head_of(network.model)[0], pixels, index)


@pytest.mark.parametrize(("says", "place"), CORNERS.items())
def test_map_points_at_the_corner_that_counted(says: str, place: tuple[int, int]) -> None:
    network, (top, left) = linear(), place
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[top : top + 16, left : left + 16] = (200, 0, 0)
    pixels[8:24, 8:24, 2] = 250  # blue speaks against red
    evidence = evidence_of(network, pixels, 0)
    assert evidence.shape == (8, 8)
    assert why.where(evidence) == says
    assert why.where(evidence_of(network, pixels, 1)) == "mostly in the middle of the picture"


def test_map_sums_to_how_far_the_logit_is_ahead() -> None:
    from model.network import logits_of

    network = linear()
    pixels = np.random.default_rng(0).integers(0, 255, (32, 32, 3), np.uint8)
    logits = logits_of(network.model, network.run(pixels[None])[0])
    ahead = evidence_of(network, pixels, 0).sum()
    assert ahead == pytest.approx(float(logits[0, 0] - logits[0, 1]), rel=1e-3)


@pytest.mark.parametrize("white", [False, True])
@pytest.mark.parametrize("networks", [1, 2])
def test_map_sums_to_that_for_both_halves_of_an_embedding(
    networks: int, white: bool, rng: np.random.Generator
) -> None:
    import keras

    from model.network import Network, head_of, logits_of, together, whitened

    keras.utils.set_random_seed(3)
    model = together([shaken(80, number) for number in range(networks)])
    if white:
        kernel = rng.normal(0, 1, (model.output_shape[0][-1], 5)).astype(np.float32)
        model = whitened(model, kernel, rng.normal(0, 9, 5).astype(np.float32))
    network = Network(model, card_of("EUR", "GBP", "USD", size=80))
    pixels = np.random.default_rng(0).integers(0, 255, (80, 80, 3), np.uint8)
    evidence = evidence_of(network, pixels, 1)
    assert evidence.shape == (3, 3)
    logits = logits_of(network.model, network.run(pixels[None])[0])
    assert not head_of(network.model)[1].any()
    assert evidence.sum() == pytest.approx(float(logits[0, 1] - logits[0, [0, 2]].mean()), rel=1e-2)


def test_network_without_average_points_at_the_note_too(tiny_models: Path, rng: np.random.Generator) -> None:
    network = Registry(tiny_models).load(BASE)
    pixels = np.full((32, 32, 3), 235, np.uint8)
    pixels[:14, :14] = COLOURS["EUR"]
    evidence = evidence_of(network, pixels, network.card.labels.index("EUR"))
    assert evidence.shape == (8, 8)
    assert evidence[:4, :4].sum() > evidence[4:, 4:].sum()


def test_photo_taken_upright_is_shown_upright(tiny_models: Path, rng: np.random.Generator) -> None:
    from model.network import explain_picture

    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    out = io.BytesIO()
    note("EUR", rng).save(out, "JPEG", exif=exif)  # 80 x 60 as stored
    explained = explain_picture(Registry(tiny_models).load(BASE), out.getvalue(), "EUR")
    assert Image.open(io.BytesIO(explained.picture)).size == (60, 80)


def test_what_a_closer_look_found_is_shown_where_it_looked(
    tiny_models: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model import network

    monkeypatch.setattr(looking, "parts_to_look_at", lambda reaction: (Part(0.5, 0.0, 0.4, 1.0),))
    monkeypatch.setattr(looking, "LEAST_PIXELS", 1)
    explained = network.explain_picture(Registry(tiny_models).load(BASE), jpeg(note("EUR", rng)), "EUR")
    assert explained.where == "mostly in the upper right of the picture"


async def test_the_version_in_use_explains(tiny_models: Path, rng: np.random.Generator) -> None:
    predictor = Predictor(Registry(tiny_models))
    explained = await predictor.explain(jpeg(note("EUR", rng)), "EUR")
    assert explained.model == BASE
    assert Image.open(io.BytesIO(explained.picture)).size == (80, 60)
    with pytest.raises(ModelError, match="does not know 'Monopoly'; please"):
        await predictor.explain(jpeg(note("EUR", rng)), "Monopoly")
    with pytest.raises(PictureError):
        await predictor.explain(b"no picture", "EUR")
    await predictor.close()
