"""Contract: one artefact holds the whole graph; only weights that match their card are loaded."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.errors import ModelError, PictureError
from model.looking import Floats, Pixels
from model.pictures import network_input
from model.predictor import Predictor
from model.registry import BASE, Registry
from tests.model.made import card_of, shaken
from tests.tiny import COLOURS, note
from tests.training.drawn import jpeg


@pytest.fixture
async def predictor(tiny_models: Path) -> AsyncIterator[Predictor]:
    predictor = Predictor(Registry(tiny_models))
    yield predictor
    await predictor.close()


def test_what_was_fitted_answers_after_loading(tiny_models: Path, rng: np.random.Generator) -> None:
    from model.network import predict_picture

    network = Registry(tiny_models).load(BASE)
    for label in COLOURS:
        prediction = predict_picture(network, jpeg(note(label, rng)))
        assert prediction.label == label
        assert prediction.scores[label] == prediction.confidence == max(prediction.scores.values())
        assert sum(prediction.scores.values()) == pytest.approx(1)


def test_rows_of_a_batch_do_not_influence_one_another(tiny_models: Path, rng: np.random.Generator) -> None:
    from model.network import logits_of

    network = Registry(tiny_models).load(BASE)
    pixels = np.stack([network_input(note(label, rng), 32) for label in COLOURS])
    embeddings, reactions = network.run(pixels)
    logits = logits_of(network.model, embeddings)
    assert embeddings.shape == (3, 128)
    assert logits.shape == (3, 3)
    assert (reactions == 1).all()
    np.testing.assert_allclose(network.run(pixels[1:2])[0], embeddings[1:2], rtol=1e-4, atol=1e-4)
    as_fitted = network.model(pixels.astype(np.float32))[1].numpy()
    np.testing.assert_allclose(logits, as_fitted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("sure_at", "expected"), [(0.0, [1]), (1.0, [1, 2])])
def test_what_is_not_sure_at_first_sight_is_looked_at_closer(
    sure_at: float, expected: list[int], rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model.network import Network, explain_picture, predict_picture

    network = Network(shaken(96, 0), replace(card_of(*COLOURS, size=96), sure_at=sure_at, known_at=0.0))
    run, looks = network.run, []

    def counted(pixels: Pixels) -> tuple[Floats, Floats]:
        looks.append(len(pixels))
        return run(pixels)

    monkeypatch.setattr(network, "run", counted)
    photo = jpeg(Image.fromarray(rng.integers(0, 256, (300, 400, 3), np.uint8)))
    prediction = predict_picture(network, photo)
    explain_picture(network, photo, prediction.label)
    assert looks == [*expected, *expected]  # what is explained is what was answered


def test_it_says_how_strongly_it_reacts_to_each_place(rng: np.random.Generator) -> None:
    from model.network import build, traced

    pixels = rng.integers(0, 256, (2, 96, 96, 3), np.uint8)
    *_, reactions = traced(build("efficientnet-lite0", 96, 3), 96)(pixels)
    assert reactions.shape == (2, 3, 3)
    assert reactions.min() >= 0
    assert reactions.std() > 0


def test_networks_that_answer_together_add_up_where_they_point(rng: np.random.Generator) -> None:
    from model.network import together, traced

    pixels = rng.integers(0, 256, (2, 96, 96, 3), np.uint8)
    networks = [shaken(96, number) for number in (0, 1)]
    apart = [traced(network, 96)(pixels) for network in networks]
    embeddings, reactions = traced(together(networks), 96)(pixels)
    added = apart[0][0][:, :1280] + apart[1][0][:, :1280]
    expected = 16 * added / np.linalg.norm(added, axis=1, keepdims=True)
    np.testing.assert_allclose(embeddings[:, :1280], expected, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(embeddings[:, 1280:], apart[0][0][:, 1280:], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(reactions, np.hypot(apart[0][1], apart[1][1]), rtol=1e-3)
    assert together(networks[:1]) is networks[0]


def test_rounded_weights_take_two_thirds_of_the_room(tmp_path: Path) -> None:
    from model.network import load, round_weights, save, together

    model = together([shaken(64, number) for number in (0, 1)])
    round_weights(model)
    save(model, card_of("EUR", "NONE", "USD", size=64), tmp_path)
    assert (tmp_path / "model.keras").stat().st_size < 0.7 * 4 * model.count_params()
    pixels = np.full((1, 64, 64, 3), 90, np.uint8)
    as_saved = model(pixels.astype(np.float32))[0].numpy()
    np.testing.assert_allclose(load(tmp_path).run(pixels)[0], as_saved, rtol=1e-4, atol=1e-4)


def test_whitened_embeddings_are_of_one_length_and_outlive_the_file(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    from model.network import EMBEDDING_NORM, backbone_sha256, build, load, logits_of, save, whitened

    plain = build("efficientnet-lite0", 64, 3)
    raw = plain.output_shape[0][-1]
    kernel = rng.normal(0, 1, (raw, 7)).astype(np.float32)
    bias = rng.normal(0, 1, 7).astype(np.float32)
    model = whitened(plain, kernel, bias)
    assert backbone_sha256(model) != backbone_sha256(plain)
    save(model, card_of("EUR", "NONE", "USD", size=64), tmp_path)
    network = load(tmp_path)
    pixels = rng.integers(0, 256, (2, 64, 64, 3), np.uint8)
    embeddings, _ = network.run(pixels)
    before = plain(pixels.astype(np.float32))[0].numpy() @ kernel + bias
    expected = EMBEDDING_NORM * before / np.linalg.norm(before, axis=1, keepdims=True)
    np.testing.assert_allclose(embeddings, expected, rtol=1e-3, atol=1e-3)
    as_fitted = network.model(pixels.astype(np.float32))[1].numpy()
    np.testing.assert_allclose(logits_of(network.model, embeddings), as_fitted, rtol=1e-3, atol=1e-3)


def test_another_head_keeps_the_backbone(tiny_models: Path) -> None:
    from model.network import backbone_sha256, head_of, with_head

    network = Registry(tiny_models).load(BASE)
    kernel, bias = head_of(network.model)
    wider = with_head(network.model, np.pad(kernel, ((0, 0), (0, 1))), np.pad(bias, (0, 1)))
    assert backbone_sha256(wider) == network.card.backbone_sha256
    assert wider(np.zeros((1, 32, 32, 3), np.float32))[1].shape == (1, 4)


@pytest.mark.parametrize("damage", [lambda data: data[:-1] + b"x", lambda data: data[:100], lambda data: b""])
def test_weights_that_are_not_the_ones_on_the_card_are_not_loaded(tiny_models: Path, damage) -> None:  # type: ignore[no-untyped-def]
    weights = tiny_models / BASE / "model.keras"
    weights.write_bytes(damage(weights.read_bytes()))
    with pytest.raises(ModelError, match="not the ones on its card"):
        Registry(tiny_models).load(BASE)


def test_weights_that_are_gone_are_named(tiny_models: Path) -> None:
    (tiny_models / BASE / "model.keras").unlink()
    with pytest.raises(ModelError, match="'base' cannot be read"):
        Registry(tiny_models).load(BASE)


def test_an_unknown_architecture_is_refused() -> None:
    from model.network import build

    with pytest.raises(ModelError, match="must be one of"):
        build("resnet", 32, 3)


def test_the_imagenet_weights_come_whole() -> None:
    from model.efficientnet import EMBEDDING, backbone

    model = backbone(64)
    assert model.output_shape == (None, 2, 2, EMBEDDING)
    assert model.count_params() == pytest.approx(3_371_000, rel=0.02)
    noise = np.random.default_rng(0).uniform(0, 255, (1, 64, 64, 3)).astype(np.float32)
    features = np.asarray(model(noise))
    # Scrambled or unfolded weights saturate or silence the last layer.
    assert 0.05 < (features > 0).mean() < 0.95
    assert features.max() <= 6.0


async def test_pictures_sent_while_it_loads_are_answered(
    predictor: Predictor, rng: np.random.Generator
) -> None:
    predictor.start()
    assert not predictor.is_ready
    assert predictor.version is None
    answers = await asyncio.gather(*(predictor.predict(jpeg(note(label, rng))) for label in COLOURS))
    assert [answer.label for answer in answers] == list(COLOURS)
    assert predictor.version == BASE


async def test_a_bad_picture_does_not_stop_the_next(predictor: Predictor, rng: np.random.Generator) -> None:
    with pytest.raises(PictureError):
        await predictor.predict(b"not a picture")
    assert (await predictor.predict(jpeg(note("USD", rng)))).label == "USD"


async def test_a_version_that_does_not_load_changes_nothing(
    predictor: Predictor, rng: np.random.Generator
) -> None:
    with pytest.raises(ModelError):
        await predictor.switch("v9")
    assert (await predictor.predict(jpeg(note("EUR", rng)))).model == BASE


async def test_a_damaged_version_in_use_falls_back_to_the_one_before(
    tiny_models: Path, predictor: Predictor, rng: np.random.Generator
) -> None:
    copy_of_base(tiny_models, "v1")
    Registry(tiny_models).promote("v1", "Ada")
    (tiny_models / "v1" / "model.keras").write_bytes(b"damaged")
    assert (await predictor.predict(jpeg(note("EUR", rng)))).model == BASE


def copy_of_base(models: Path, version: str) -> None:
    """Write a version that is the base under another name."""
    with Registry(models).draft(version) as folder:
        for path in (models / BASE).iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        card = folder / "card.json"
        card.write_text(card.read_text().replace('"base"', f'"{version}"'))


async def test_a_promotion_made_elsewhere_is_taken_up_with_the_next_picture(
    tiny_models: Path, predictor: Predictor, rng: np.random.Generator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    copy_of_base(tiny_models, "v1")
    picture = jpeg(note("EUR", rng))
    assert (await predictor.predict(picture)).model == BASE
    elsewhere = Registry(tiny_models)
    elsewhere.promote("v1", "command line")
    assert (await predictor.predict(picture)).model == "v1"
    assert "model v1 answers now" in caplog.text
    elsewhere.rollback("command line")
    await predictor.catch_up()
    assert predictor.version == BASE


async def test_a_promotion_that_does_not_load_is_logged_once_and_changes_nothing(
    tiny_models: Path, predictor: Predictor, rng: np.random.Generator, caplog: pytest.LogCaptureFixture
) -> None:
    for version in ("v1", "v2"):
        copy_of_base(tiny_models, version)
    registry = Registry(tiny_models)
    registry.promote("v1", "Ada")
    picture = jpeg(note("EUR", rng))
    assert (await predictor.predict(picture)).model == "v1"
    registry.promote("v2", "command line")
    (tiny_models / "v2" / "model.keras").write_bytes(b"damaged")
    assert [(await predictor.predict(picture)).model for _ in range(2)] == ["v1", "v1"]
    assert caplog.text.count("model v2 does not load") == 1


async def test_a_choice_holds_until_the_history_changes(
    tiny_models: Path, predictor: Predictor, rng: np.random.Generator
) -> None:
    copy_of_base(tiny_models, "v1")
    await predictor.switch("v1")
    assert (await predictor.predict(jpeg(note("EUR", rng)))).model == "v1"


async def test_a_version_promoted_after_none_would_load_answers(
    tiny_models: Path, predictor: Predictor, rng: np.random.Generator
) -> None:
    copy_of_base(tiny_models, "v1")
    (tiny_models / BASE / "model.keras").write_bytes(b"damaged")
    with pytest.raises(ModelError, match="currency-bot doctor"):
        await predictor.predict(jpeg(note("EUR", rng)))
    Registry(tiny_models).promote("v1", "command line")
    assert (await predictor.predict(jpeg(note("EUR", rng)))).model == "v1"


async def test_catching_up_does_not_wait_for_the_first_model(predictor: Predictor) -> None:
    predictor.start()
    await predictor.catch_up()
    assert predictor.version is None


async def test_without_any_model_the_sentence_says_what_to_do(tmp_path: Path) -> None:
    predictor = Predictor(Registry(tmp_path))
    with pytest.raises(ModelError, match="currency-bot doctor"):
        await predictor.ready()
    await predictor.close()
