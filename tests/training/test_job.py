"""Contract: every picture has one side for ever, twins share it, and no later run forgets a folder."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from model.errors import TrainingError
from model.registry import Registry
from tests.training.drawn import drawn, jpeg
from tests.training.drawn import put as draw
from training.data.dataset import Dataset
from training.data.folders import Example
from training.fitting.memory import read_memory
from training.fitting.recipes import recipe_for
from training.job import decided, retrain, train_examples


def put(folder: Path, name: str, image: Image.Image, split: str | None = None) -> Example:
    path = folder / f"{name}.jpg"
    path.write_bytes(jpeg(image))
    return Example(path, "EUR", split, "chat")


def test_the_first_four_teach_and_the_fifth_tests(tmp_path: Path) -> None:
    examples = [put(tmp_path, f"{number}", drawn(number)) for number in range(5)]
    assert sorted(each.split or "" for each in decided(examples, None, ())) == ["test"] + ["train"] * 4


def test_photos_of_one_note_stay_on_one_side(tmp_path: Path) -> None:
    twins = [put(tmp_path, f"a{number}", drawn(1, side)) for number, side in enumerate((96, 90, 84, 78, 72))]
    assert len({each.split for each in decided(twins, None, ())}) == 1


def test_what_was_decided_stays(tmp_path: Path) -> None:
    examples = [put(tmp_path, f"{number}", drawn(number), "test") for number in range(5)]
    assert {each.split for each in decided(examples, None, ())} == {"test"}


def test_a_picture_that_cannot_be_read_has_a_side_too(tmp_path: Path) -> None:
    example = put(tmp_path, "a", drawn(1))
    example.path.write_bytes(b"broken")
    assert [each.split for each in decided([example], None, ())] == ["train"]


def test_a_picture_that_is_taken_back_meanwhile_has_a_side_too(tmp_path: Path) -> None:
    examples = [put(tmp_path, f"{number}", drawn(number)) for number in range(2)]
    examples[0].path.unlink()
    assert [each.split for each in decided(examples, None, ())] == ["train", "train"]


def test_what_a_folder_taught_is_remembered_without_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.fitting.head.EPOCHS", 2)
    for number in range(24):
        label = ("Euro (EUR)", "US Dollar [USD]")[number % 2]
        split = "test" if number >= 20 else "train"
        draw(tmp_path / "photos" / split / label / f"image {number} (1).jpg", number)
    recipe = replace(recipe_for("seed-cnn"), image_size=32, epochs=1)
    models = tmp_path / "models"
    first = train_examples(tmp_path, models, tmp_path / "photos", recipe, lambda event: None).version
    registry = Registry(models)
    assert registry.card(first).labels == ("EUR", "USD")
    registry.promote(first, "Ada")
    Dataset(tmp_path).add(jpeg(drawn(50)), "EUR")
    second = retrain(tmp_path, models, "head", lambda event: None).version
    memory = read_memory(registry.folder(second))
    assert (memory.counts("train"), memory.counts("test")) == ({"EUR": 11, "USD": 10}, {"EUR": 2, "USD": 2})
    with pytest.raises(TrainingError, match="24 of the pictures"):
        retrain(tmp_path, models, "full", lambda event: None)


def test_without_epochs_the_pretrained_layers_stay_and_the_last_one_is_fitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model.network import backbone_sha256, build

    monkeypatch.setattr("training.fitting.head.EPOCHS", 2)
    for number in range(8):
        draw(tmp_path / "photos" / ("EUR", "USD")[number % 2] / f"{number}.jpg", number)
    recipe = replace(recipe_for("efficientnet-lite0"), image_size=64, epochs=0)
    registry = Registry(tmp_path / "models")
    version = train_examples(tmp_path, registry.root, tmp_path / "photos", recipe, lambda event: None).version
    assert registry.card(version).backbone_sha256 == backbone_sha256(build(recipe.architecture, 64, 2))
    assert (registry.folder(version) / "curves.png").is_file()


def test_a_network_without_pretrained_layers_needs_an_epoch(tmp_path: Path) -> None:
    draw(tmp_path / "photos" / "EUR" / "1.jpg", 1)
    recipe = replace(recipe_for("seed-cnn"), image_size=32, epochs=0)
    with pytest.raises(TrainingError, match="no pretrained layers"):
        train_examples(tmp_path, tmp_path / "models", tmp_path / "photos", recipe, lambda event: None)
