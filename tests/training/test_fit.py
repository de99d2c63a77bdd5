"""Contract: what is frozen stays, and relations are kept as ImageNet saw them."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from model.network import TEXTURE, build, round_weights, traced
from model.pictures import network_input, seen
from tests.training.drawn import drawn, jpeg
from training.events import Progress
from training.fitting.fit import fit, similarity_preserving_loss
from training.fitting.pictures import Picture
from training.fitting.recipes import recipe_for

LABELS = ("EUR", "NONE")
RECIPE = replace(recipe_for("efficientnet-lite0"), image_size=64, networks=1, epochs=1, batch_size=4)
NOWHERE = Path("nowhere")


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    return [
        Picture(drawn(number), LABELS[number % 2], "train", f"{number:064x}", NOWHERE) for number in range(8)
    ]


def test_the_frozen_layers_stay_and_the_others_learn(pictures: list[Picture]) -> None:
    events: list[Progress] = []
    fitted = fit(pictures, pictures[:4], LABELS, RECIPE, 1, events.append)
    before = build(RECIPE.architecture, RECIPE.image_size, len(LABELS))
    round_weights(before)
    for name, stays in (("stem", True), (TEXTURE, True), ("block9_expand", False), ("head", False)):
        one, other = (model.get_layer(name).get_weights()[0] for model in (before, fitted.model))
        assert np.array_equal(one, other) is stays, name
    assert sorted(fitted.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    last = [event for event in events if event.stage == "fitting"][-1]
    assert last.figures.keys() >= {"accuracy", "val_accuracy", "epoch"}


def test_networks_that_answer_together_are_fitted_apart_from_one_start(pictures: list[Picture]) -> None:
    events: list[Progress] = []
    model = fit(pictures, pictures[:4], LABELS, replace(RECIPE, networks=2), 1, events.append).model
    alone = fit(pictures, [], LABELS, RECIPE, 1, lambda event: None).model
    one, other = (model.get_layer(f"network{number}").get_weights() for number in (1, 2))
    assert not np.array_equal(one[0], other[0])
    assert np.array_equal(one[0], alone.get_layer("block9_expand").get_weights()[0])
    assert np.array_equal(one[0], one[0].astype(np.float16))
    fitting = [event for event in events if event.stage == "fitting"]
    assert (fitting[-1].done, fitting[-1].total) == (4, 4)
    assert fitting[-1].epoch == "network 2 of 2, epoch 1 of 1"


def test_curves_show_the_mean_of_all_networks(pictures: list[Picture]) -> None:
    def losses(networks: int, seed: int) -> list[float]:
        recipe = replace(RECIPE, networks=networks, epochs=2, views=None)
        return fit(pictures, [], LABELS, recipe, seed, lambda event: None).history["loss"]

    np.testing.assert_allclose(losses(2, 1), np.mean([losses(1, 1), losses(1, 2)], axis=0), rtol=1e-4)


def test_relations_are_kept_where_that_is_asked_for(pictures: list[Picture]) -> None:
    def distance(weight: float) -> float:
        recipe = replace(RECIPE, relation_weight=weight, views=None, epochs=2, ema_momentum=0.5)
        model = fit(pictures, [], LABELS, recipe, 1, lambda event: None).model
        return float(np.abs(_relations(model, pictures) - _relations(before, pictures)).mean())

    before = build(RECIPE.architecture, RECIPE.image_size, len(LABELS))
    assert distance(300.0) < 0.7 * distance(0.0)


@pytest.mark.parametrize(("refit", "axes", "wide"), [(True, 4, 4), (False, 4, 1392), (True, 8, 1392)])
def test_embeddings_are_whitened_where_the_last_layer_is_fitted_to_them_and_enough_say_how(
    pictures: list[Picture], monkeypatch: pytest.MonkeyPatch, refit: bool, axes: int, wide: int
) -> None:
    monkeypatch.setattr("training.fitting.whiten.AXES", axes)
    recipe = replace(RECIPE, epochs=0, refit_head=refit)
    model = fit(pictures, [], LABELS, recipe, 1, lambda event: None).model
    assert model.output_shape == [(None, wide), (None, 2)]


def test_whitening_learns_from_looks_at_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = []
    for number in range(6):
        path = tmp_path / f"{number:064x}.jpg"
        path.write_bytes(jpeg(drawn(number, 320)))
        pictures.append(Picture(seen(drawn(number, 320)), LABELS[number % 2], "train", path.stem, path))
    learned: list[np.ndarray] = []
    monkeypatch.setattr("training.fitting.fit.whitening", lambda rows, labels: learned.append(rows))
    recipe = replace(RECIPE, image_size=96, epochs=0)
    fitted = fit(pictures, [], LABELS, recipe, 1, lambda event: None)
    whole, _ = traced(fitted.model, 96)(np.stack([network_input(each.image, 96) for each in pictures]))
    np.testing.assert_allclose(learned[0], whole, atol=1e-3)


def test_the_same_relations_cost_nothing_and_turned_ones_do() -> None:
    rows = np.eye(3, dtype=np.float32)
    assert float(keras.ops.sum(similarity_preserving_loss(rows, rows[:, ::-1]))) == 0
    moved = np.array([[1, 0, 0], [1, 0, 0], [0, 0, 1]], np.float32)
    np.testing.assert_allclose(np.asarray(similarity_preserving_loss(rows, moved)), [1 / 3, 1 / 3, 0])


def _relations(model: keras.Model, pictures: list[Picture]) -> np.ndarray:
    pixels = np.stack([np.asarray(p.image.resize((64, 64)), np.float32) for p in pictures])
    rows = model.predict_on_batch(pixels)[0][:, :1280]
    return np.asarray(rows @ rows.T)
