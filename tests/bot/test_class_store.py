"""Classes and the inbox in the database: one class for one folder, names that lead to the present one."""

import asyncio

import pytest

from bot.store.rows import Class, Label, Photo, Proposal, Suggestion
from bot.store.store import Store
from model.errors import StoreError
from model.prediction import NONE, Prediction
from tests.bot.labels import hold

PREDICTION = Prediction("Toys", 0.9, 0.1, True, {"Toys": 0.9, NONE: 0.1}, "base")


async def suggested(store: Store, number: int, name: str, user_id: int = 1, sha256: str = "") -> int:
    """Let a person name what is in their photo; returns the prediction's id."""
    photo = Photo(user_id, user_id, number, 1_700_000_000, "file", "unique")
    stored = await store.predictions.add(photo, PREDICTION)
    await hold(store, Label(stored.id, user_id, NONE, sha256 or f"aa{number}", "dataset"))
    await store.suggestions.add(stored.id, user_id, "name", (await store.classes.add(name)).id)
    return stored.id


async def renamed(store: Store, old: str, new: str) -> None:
    before, after = await store.classes.add(old), await store.classes.add(new)
    await store.classes.begin_rename(before.id, after.id, 9)


async def test_names_that_differ_in_capitals_are_one_class(store: Store) -> None:
    found = await asyncio.gather(*(store.classes.add(name) for name in ("Toys", "TOYS", "toys")))
    assert len({each.id for each in found}) == len({each.name for each in found}) == 1


async def test_inbox_counts_pictures_and_people(store: Store) -> None:
    await suggested(store, 1, "THB", 1)
    await suggested(store, 2, "THB", 2)
    await suggested(store, 3, "THB", 2, sha256="aa2")  # the same picture again
    await suggested(store, 4, "Toys", 1)
    assert await store.suggestions.inbox() == [Proposal(1, "THB", 2, 2), Proposal(2, "Toys", 1, 1)]


async def test_suggestion_counts_while_the_label_is_none(store: Store) -> None:
    prediction_id = await suggested(store, 1, "THB")
    label = await store.labels.of(prediction_id)
    assert label and label.suggestion == Suggestion("name", "THB")
    await hold(store, Label(prediction_id, 2, NONE, "aa1", "dataset"))
    assert len(await store.suggestions.inbox()) == 1
    await hold(store, Label(prediction_id, 1, "EUR", "aa1", "dataset"))
    await hold(store, Label(prediction_id, 1, NONE, "aa1", "dataset"))
    assert await store.suggestions.inbox() == []


async def test_last_word_counts(store: Store) -> None:
    prediction_id = await suggested(store, 1, "THB")
    await store.suggestions.add(prediction_id, 1, "no money")
    assert await store.suggestions.inbox() == []
    label = await store.labels.of(prediction_id)
    assert label and label.suggestion == Suggestion("no money")


async def test_suggestion_for_a_forgotten_photo_is_refused(store: Store) -> None:
    prediction_id = await suggested(store, 1, "THB")
    await store.people.forget(1)
    with pytest.raises(StoreError):
        await store.suggestions.add(prediction_id, 1, "unknown")


async def test_old_names_lead_to_the_present_one(store: Store) -> None:
    await renamed(store, "A", "B")
    await renamed(store, "B", "C")
    assert [await store.classes.current(name) for name in ("A", "a", "B", "C", "D")] == ["C"] * 4 + ["D"]
    await renamed(store, "C", "A")
    assert [await store.classes.current(name) for name in ("A", "B", "C")] == ["A"] * 3


async def test_renaming_takes_the_inbox_along(store: Store) -> None:
    await suggested(store, 1, "Bath")
    await renamed(store, "Bath", "THB")
    assert [(each.name, each.pictures) for each in await store.suggestions.inbox()] == [("THB", 1)]
    assert await store.classes.opened() == []


async def test_numbers_of_open_classes_keep_their_meaning(store: Store) -> None:
    for name in ("THB", "CHF"):
        await store.classes.open((await store.classes.add(name)).id, 9)
        await asyncio.sleep(0.002)  # times are kept in milliseconds
    stored = await store.predictions.add(Photo(1, 1, 1, 1_700_000_000, "file", "unique"), PREDICTION)
    assert stored.opened == ("THB", "CHF")
    await renamed(store, "THB", "Baht-notes")
    await renamed(store, "Toys", "Play money")
    found = await store.predictions.find(stored.id)
    assert found and found.opened == ("Baht-notes", "CHF", "Baht-notes")


async def test_opening_twice_keeps_who_was_first(store: Store) -> None:
    thai = await store.classes.add("THB")
    assert await store.classes.open(thai.id, 8)
    assert not await store.classes.open(thai.id, 9)
    assert [(each.name, each.opened_by) for each in await store.classes.opened()] == [("THB", 8)]


async def test_class_that_is_opened_after_a_rename_stands_for_itself(store: Store) -> None:
    thai = await store.classes.add("THB")
    await store.classes.open(thai.id, 8)
    await renamed(store, "THB", "Baht-notes")
    await store.classes.open(thai.id, 9)
    assert await store.classes.current("THB") == "THB"
    assert [each.name for each in await store.classes.opened()] == ["THB", "Baht-notes"]


async def test_forget_deletes_names_that_nobody_else_needs(store: Store) -> None:
    await suggested(store, 1, "My name is Ada", 1)
    await suggested(store, 2, "THB", 1)
    await suggested(store, 3, "THB", 2)
    await store.classes.open((await store.classes.add("CHF")).id, 1)
    await store.people.forget(1)
    assert await store.suggestions.inbox() == [Proposal(2, "THB", 1, 1)]
    assert await store.classes.find(1) is None
    assert [each.opened_by for each in await store.classes.opened()] == [None]
    assert isinstance(await store.classes.find(2), Class)
