"""Contract: each picture of a source is answered once, by a network that met nothing of its group."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from model.errors import TrainingError
from tests.training.drawn import put
from training.cross_validation import Fold, cross_validate, pooled
from training.data.folders import Example
from training.fitting.fit import Fitted
from training.fitting.pictures import Picture
from training.fitting.recipes import Recipe, recipe_for

RECIPE = replace(recipe_for("seed-cnn"), image_size=32)


class Fits:
    """Stands for `fit`: remembers what each network learned from, and fits nothing."""

    def __init__(self) -> None:
        self.learned: list[set[str]] = []

    def __call__(
        self, train: Sequence[Picture], held_out: object, labels: Sequence[str], recipe: Recipe, *_: object
    ) -> Fitted:
        """Take what there is to learn from."""
        from model.network import build

        self.learned.append({picture.sha256 for picture in train})
        return Fitted(build(recipe.architecture, recipe.image_size, len(labels)), {})


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> Fits:
    monkeypatch.setattr("training.fitting.head.EPOCHS", 2)
    fits = Fits()
    monkeypatch.setattr("training.cross_validation.fit", fits)
    return fits


def pile(folder: Path) -> list[Example]:
    """Six groups of two pictures of one source, and of another source one that teaches, one that tests."""
    examples = []
    for number in range(12):
        label, group = ("EUR", "USD")[number // 2 % 2], f"group {number // 2}"
        path = put(folder / label / f"{number}.jpg", number)
        split = "test" if number in (4, 5) else "train"
        examples.append(Example(path, label, split=split, source="seed", group=group))
    for number, split in ((20, "train"), (21, "test")):
        path = put(folder / "EUR" / f"{number}.jpg", number)
        examples.append(Example(path, "EUR", split=split, source="elsewhere", group=f"group {number}"))
    return [named(example) for example in examples]


def named(example: Example) -> Example:
    """Name a file by its content, as the data set does."""
    from hashlib import sha256

    digest = sha256(example.path.read_bytes()).hexdigest()
    return replace(example, path=example.path.rename(example.path.with_name(f"{digest}.jpg")))


def run(examples: Sequence[Example], folds: int = 3) -> list[Fold]:
    return list(cross_validate(examples, RECIPE, "seed", folds, lambda event: None))


def test_each_picture_is_answered_once_by_a_network_that_never_met_its_group(
    tmp_path: Path, fits: Fits
) -> None:
    examples = pile(tmp_path)
    done = run(examples)
    ours = {each.path.stem: each.group for each in examples if each.source == "seed"}
    answered = [set(ours) - learned for learned in fits.learned]
    assert sorted(sha256 for part in answered for sha256 in part) == sorted(ours)
    for part, learned in zip(answered, fits.learned, strict=True):
        assert not {ours[each] for each in part} & {ours[each] for each in learned if each in ours}
    figures = pooled(done)
    assert figures.total == 12
    assert figures.count == {"EUR": 6, "USD": 6}


def test_other_sources_stay_on_their_side(tmp_path: Path, fits: Fits) -> None:
    examples = pile(tmp_path)
    run(examples)
    teaches, tests = (each.path.stem for each in examples if each.source == "elsewhere")
    assert all(teaches in learned and tests not in learned for learned in fits.learned)


def test_kin_of_another_source_does_not_teach_what_is_answered(tmp_path: Path, fits: Fits) -> None:
    examples = pile(tmp_path)
    kin = next(each for each in examples if each.source == "elsewhere" and each.split == "train")
    run([replace(each, group="group 0") if each is kin else each for each in examples])
    twins = {each.path.stem for each in examples if each.group == "group 0"}
    assert sorted((kin.path.stem in learned, twins <= learned) for learned in fits.learned) == [
        (False, False),
        (True, True),
        (True, True),
    ]


def test_photos_of_one_note_from_the_chat_are_kin(tmp_path: Path, fits: Fits) -> None:
    pairs = []
    for number in range(12):
        label = ("EUR", "USD")[number // 2 % 2]
        path = put(tmp_path / label / f"{number}.jpg", number // 2, quality=92 - 20 * (number % 2))
        pairs.append(named(Example(path, label, split="train", source="chat")))
    list(cross_validate(pairs, RECIPE, "chat", 3, lambda event: None))
    for learned in fits.learned:
        both = [{one.path.stem, other.path.stem} for one, other in zip(pairs[::2], pairs[1::2], strict=True)]
        assert all(pair <= learned or not pair & learned for pair in both)


def test_too_few_groups_are_one_sentence(tmp_path: Path, fits: Fits) -> None:
    with pytest.raises(TrainingError, match="needs as many groups"):
        run(pile(tmp_path), folds=7)
