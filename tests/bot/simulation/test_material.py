"""Nothing that is measured on shows what was sent, and nothing that the model learned from is measured on."""

from pathlib import Path

import numpy as np
import pytest

from bot.simulation.material import Material, choose, with_remembered_sides
from model.errors import DataError
from training.data.folders import Example
from training.intake.duplicates import Fingerprint
from training.intake.findings import Kept, Picture
from training.intake.quality import Quality

KNOWN = ("EUR", "GBP", "NONE")


def picture(name: str, label: str, split: str | None = None) -> Picture:
    nothing = np.zeros((2, 2), np.uint8)
    prints = Fingerprint.__new__(Fingerprint)
    quality = Quality.__new__(Quality)
    return Picture(
        Example(Path(name), label, split, "here"), name, prints, quality, nothing, given=split is not None
    )


def kept(picture: Picture, group: str | None = None) -> Kept:
    return Kept(picture, picture.example.split or "train", group or picture.sha256)


def names(pictures: tuple[Picture, ...]) -> set[str]:
    return {picture.sha256 for picture in pictures}


def chosen(pile: list[Kept], count: int = 100, seed: int = 0) -> Material:
    return choose(pile, KNOWN, count, np.random.default_rng(seed))


def test_what_was_learned_from_is_sent_and_what_was_held_out_is_measured_on() -> None:
    pictures = [picture("a", "EUR", "validation"), picture("b", "EUR", "train"), picture("c", "EUR")]
    sided = with_remembered_sides(pictures, {"a": ("EUR", "train"), "b": ("EUR", "test")})
    assert [each.example.split for each in sided] == ["train", "test", None]


def test_what_was_learned_from_under_another_class_is_never_measured_on() -> None:
    (sided,) = with_remembered_sides([picture("a", "THB", "test")], {"a": ("NONE", "train")})
    assert sided.example.split == "train"


def test_what_was_held_out_as_something_else_may_be_either() -> None:
    (sided,) = with_remembered_sides([picture("a", "THB")], {"a": ("NONE", "test")})
    assert (sided.example.split, sided.given) == (None, False)


def test_groups_stay_whole_and_sides_are_halves() -> None:
    pile = [kept(picture(f"{group}{n}", "THB"), str(group)) for group in range(10) for n in range(3)]
    material = chosen(pile)
    sent, measured = names(material.stream), names(material.measured)
    assert len(sent) == len(measured) == 15
    assert not {name[0] for name in sent} & {name[0] for name in measured}


def test_only_new_classes_are_sent_where_there_are_any_and_they_take_turns() -> None:
    pile = [kept(picture(f"{label}{n}", label)) for label in ("CNY", "EUR", "THB") for n in range(10)]
    material = chosen(pile, 4)
    assert [each.example.label for each in material.stream] == ["CNY", "THB", "CNY", "THB"]
    assert material.new == ("CNY", "THB")
    assert {each.example.label for each in material.measured} == {"CNY", "EUR", "THB"}


def test_nothing_of_a_new_class_may_be_remembered_nor_anything_that_is_sent() -> None:
    new = chosen([kept(picture(f"{n}", "THB")) for n in range(10)], 2)
    assert new.unseen == {str(n) for n in range(10)}
    old = chosen([kept(picture(f"{n}", "EUR", "train")) for n in range(10)], 2)
    assert old.unseen == names(old.stream)
    assert old.new == ()


def test_the_seed_decides() -> None:
    pile = [kept(picture(f"{n}", "THB")) for n in range(30)]
    assert chosen(pile, 5, seed=1) == chosen(pile, 5, seed=1)
    assert names(chosen(pile, 5, seed=1).stream) != names(chosen(pile, 5, seed=2).stream)


def test_a_new_class_without_a_picture_to_measure_on_is_said() -> None:
    with pytest.raises(DataError, match="no picture of THB to measure on"):
        chosen([kept(picture("a", "THB", "train"))])


def test_nothing_to_send_is_said() -> None:
    with pytest.raises(DataError, match="no picture to send"):
        chosen([kept(picture("a", "EUR", "test"))])
