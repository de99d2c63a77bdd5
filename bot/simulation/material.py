"""Which pictures of a folder people send, and which ones the result is measured on. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.errors import DataError
from training.intake.findings import Kept, Picture


@dataclass(frozen=True, slots=True)
class Material:
    """What a simulation works on.

    Attributes:
        stream: Pictures that are sent, in this order.
        measured: Pictures that are only measured on; none shows what one of the stream shows.
        new: Classes that the version to start from does not know.
        unseen: SHA-256 of what it may not remember: the stream, and every picture of the new classes.
    """

    stream: tuple[Picture, ...]
    measured: tuple[Picture, ...]
    new: tuple[str, ...]
    unseen: frozenset[str]


def with_remembered_sides(
    pictures: Sequence[Picture], remembered: Mapping[str, tuple[str, str]]
) -> list[Picture]:
    """Give pictures the side on which a version remembers them.

    What it has learned from can be sent and never measured on. What it was measured on under the same
    class stays for measuring. What it was measured on as something else, such as a currency among `NONE`,
    has taught it nothing and may be either.

    Args:
        pictures: Pictures of a folder.
        remembered: Class and split by SHA-256.
    """
    sided = []
    for picture in pictures:
        label, split = remembered.get(picture.sha256, ("", ""))
        if split == "train" or (split and label == picture.example.label):
            sided.append(replace(picture, example=replace(picture.example, split=split), given=True))
        elif split:
            sided.append(replace(picture, example=replace(picture.example, split=None), given=False))
        else:
            sided.append(picture)
    return sided


def choose(kept: Sequence[Kept], known: Sequence[str], count: int, chance: np.random.Generator) -> Material:
    """Choose what is sent and what is measured on.

    Whole groups of pictures that show the same go to one side; of groups that are not decided, every
    other one of a class is measured on.

    Args:
        kept: Pictures without copies and leaks, in their groups.
        known: Classes of the version to start from.
        count: Pictures to send. They come from the classes that the version does not know, where there are
            any, else from all; the classes take turns.
        chance: Which ones.

    Raises:
        DataError: There is no picture to send, or none of a new class to measure on.
    """
    new = tuple(sorted({each.picture.example.label for each in kept} - set(known)))
    groups: dict[str, list[Kept]] = {}
    for each in kept:
        groups.setdefault(each.group, []).append(each)
    names = sorted(groups)
    streams: dict[str, list[Picture]] = {}
    measured: dict[str, list[Picture]] = {}
    turn: dict[str, bool] = {}
    for name in (names[i] for i in chance.permutation(len(names))):
        pictures = [each.picture for each in groups[name]]
        label = pictures[0].example.label
        splits = {each.split for each in groups[name] if each.picture.given}
        if splits:
            tests = splits != {"train"}
        else:
            tests = turn[label] = not turn.get(label, True)
        for picture in pictures:
            (measured if tests else streams).setdefault(picture.example.label, []).append(picture)
    sending = [label for label in (new or sorted(streams)) if label in streams]
    if not sending:
        raise DataError("There is no picture to send: all of them are for measuring only.")
    if missing := [label for label in new if label not in measured]:
        raise DataError(f"There is no picture of {missing[0]} to measure on; more pictures are needed.")
    stream = _in_turn([streams[label] for label in sending])[:count]
    of_new = {each.picture.sha256 for each in kept if each.picture.example.label in new}
    return Material(
        stream=tuple(stream),
        measured=tuple(picture for label in sorted(measured) for picture in measured[label]),
        new=new,
        unseen=frozenset(of_new | {picture.sha256 for picture in stream}),
    )


def _in_turn(piles: Sequence[Sequence[Picture]]) -> list[Picture]:
    longest = max(len(pile) for pile in piles)
    return [pile[i] for i in range(longest) for pile in piles if i < len(pile)]
