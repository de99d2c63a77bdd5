"""Contract: every picture has one side for ever, twins share it, and no later run forgets a folder.

Only where there is no version yet is nothing remembered: what cannot be read stops the run.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from model.errors import ModelError, TrainingError
from model.locks import ALONE, locked
from model.registry import BASE, Registry
from tests.training.drawn import drawn, jpeg
from tests.training.drawn import put as draw
from training.data.dataset import Dataset
from training.data.folders import Example, survey
from training.fitting.memory import read_memory
from training.fitting.recipes import recipe_for
from training.intake.importing import import_folder
from training.job import LOCK, forgotten, retrain, train_examples
from training.measuring.held_out import learned_from
from training.splits import decided


def put(folder: Path, name: str, image: Image.Image, split: str | None = None) -> Example:
    path = folder / f"{name}.jpg"
    path.write_bytes(jpeg(image))
    return Example(path, "EUR", split, "chat")


def test_the_first_four_teach_and_the_fifth_tests(tmp_path: Path) -> None:
    examples = [put(tmp_path, f"{number}", drawn(number)) for number in range(5)]
    assert sorted(each.split or "" for each in decided(examples, None, ())[0]) == ["test"] + ["train"] * 4


def test_photos_of_one_note_stay_on_one_side(tmp_path: Path) -> None:
    twins = [put(tmp_path, f"a{number}", drawn(1, side)) for number, side in enumerate((96, 90, 84, 78, 72))]
    assert len({each.split for each in decided(twins, None, ())[0]}) == 1


def test_what_was_decided_stays(tmp_path: Path) -> None:
    examples = [put(tmp_path, f"{number}", drawn(number), "test") for number in range(5)]
    assert {each.split for each in decided(examples, None, ())[0]} == {"test"}


def test_a_picture_that_cannot_be_read_has_a_side_too(tmp_path: Path) -> None:
    example = put(tmp_path, "a", drawn(1))
    example.path.write_bytes(b"broken")
    assert [each.split for each in decided([example], None, ())[0]] == ["train"]


def test_a_picture_that_is_taken_back_meanwhile_has_a_side_too(tmp_path: Path) -> None:
    examples = [put(tmp_path, f"{number}", drawn(number)) for number in range(2)]
    examples[0].path.unlink()
    assert [each.split for each in decided(examples, None, ())[0]] == ["train", "train"]


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


def test_what_a_folder_taught_is_not_new_when_it_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.fitting.head.EPOCHS", 2)
    for number in range(20):
        path = tmp_path / "photos" / ("EUR", "USD")[number % 2] / f"{number}.png"  # is not kept as it is
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn(number).save(path)
    recipe = replace(recipe_for("seed-cnn"), image_size=32, epochs=1)
    registry = Registry(tmp_path / "models")
    version = train_examples(tmp_path, registry.root, tmp_path / "photos", recipe, lambda event: None).version
    registry.promote(version, "Ada")
    memory = read_memory(registry.folder(version))
    dataset = Dataset(tmp_path)
    import_folder(tmp_path / "photos", dataset, lambda done, total: None, sides=memory.splits())
    assert {each.path.stem: each.split for each in dataset.examples()} == memory.splits()
    with pytest.raises(TrainingError, match="Nothing is new"):
        retrain(tmp_path, registry.root, "head", lambda event: None)
    assert (
        learned_from(survey(tmp_path / "photos").examples, memory.splits())
        == memory.counts("train")["EUR"] * 2
    )


def test_what_people_sent_is_never_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.fitting.head.EPOCHS", 2)
    for number in range(8):
        draw(tmp_path / "photos" / ("EUR", "USD")[number % 2] / f"{number}.jpg", number)
    dataset, models = Dataset(tmp_path), tmp_path / "models"
    import_folder(tmp_path / "photos", dataset, lambda done, total: None)
    sent = dataset.add(jpeg(drawn(50)), "EUR")
    recipe = replace(recipe_for("seed-cnn"), image_size=32, epochs=1)
    train_examples(tmp_path, models, None, recipe, lambda event: None, publish=True)
    memory = read_memory(models / BASE)
    assert memory.sha256[~memory.shipped].tolist() == [sent]
    assert forgotten(tmp_path, models) == 0
    shutil.rmtree(dataset.root() / "USD")
    assert forgotten(tmp_path, models) == 4


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


def _train(folder: Path, models: Path, *, publish: bool = False) -> str:
    for number in range(4):
        draw(folder / "photos" / ("EUR", "USD")[number % 2] / f"{number}.jpg", number)
    recipe = replace(recipe_for("seed-cnn"), image_size=32, epochs=1)
    return train_examples(
        folder, models, folder / "photos", recipe, lambda event: None, publish=publish
    ).version


@pytest.mark.parametrize("publish", [False, True])
@pytest.mark.parametrize("file", ["card.json", "embeddings.npz"])
def test_a_damaged_version_in_use_is_said_and_not_taken_for_none(
    tmp_path: Path, tiny_models: Path, file: str, publish: bool
) -> None:
    (tiny_models / BASE / file).write_bytes(b"damaged")
    with pytest.raises(ModelError, match="'base'"):
        _train(tmp_path, tiny_models, publish=publish)
    assert {path.name for path in tiny_models.iterdir()} == {BASE, LOCK}


@pytest.mark.parametrize("file", ["card.json", "embeddings.npz"])
def test_a_version_in_use_that_lacks_a_file_is_said_and_not_taken_for_none(
    tmp_path: Path, tiny_models: Path, file: str
) -> None:
    (tiny_models / BASE / file).unlink()
    with pytest.raises(ModelError, match="'base'"):
        _train(tmp_path, tiny_models)


def test_a_version_that_the_history_names_but_nobody_finds_is_said(tmp_path: Path, tiny_models: Path) -> None:
    shutil.copytree(tiny_models / BASE, tiny_models / "v1")
    Registry(tiny_models).promote("v1", "Ada")
    shutil.rmtree(tiny_models / "v1")
    with pytest.raises(ModelError, match="'v1'"):
        _train(tmp_path, tiny_models)


def test_the_first_version_of_all_may_be_the_base(tmp_path: Path) -> None:
    assert _train(tmp_path, tmp_path / "models", publish=True) == BASE
    assert Registry(tmp_path / "models").in_use() == BASE


@pytest.mark.parametrize("mode", ["head", "full"])
def test_while_a_run_is_on_no_other_one_begins(tmp_path: Path, tiny_models: Path, mode: str) -> None:
    with locked(tiny_models / LOCK, ALONE):
        with pytest.raises(TrainingError, match="Another training run is on"):
            retrain(tmp_path, tiny_models, mode, lambda event: None)
        with pytest.raises(TrainingError, match="Another training run is on"):
            _train(tmp_path, tiny_models)
    assert _train(tmp_path, tiny_models) == "v1"


def test_where_versions_cannot_be_written_that_is_said_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "models").write_bytes(b"a file where a folder should be")
    with pytest.raises(ModelError, match="cannot be written"):
        retrain(tmp_path, tmp_path / "models", "head", lambda event: None)
