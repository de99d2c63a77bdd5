"""A decision moves every label on a picture, is kept, and can be undone once; a crash loses nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.labels import deciding, labelling, reclassing
from bot.store.rows import Answer, Held, Label, Place
from model.errors import DataError, PictureError, StoreError
from tests.bot.crowd import ADMIN, ANNA, BEN, CLARA, TRUSTED, Crowd, crowd_in, scene
from training.data.manifest import Record


@pytest.fixture
async def crowd(tmp_path: Path) -> AsyncIterator[Crowd]:
    async with crowd_in(tmp_path, agreement=0) as opened:
        yield opened


async def first(_: str) -> bytes:
    """What Telegram still has."""
    return scene(1)


async def waiting_beside_its_own(crowd: Crowd) -> Answer:
    """A photo kept as EUR of which its sender says "Euro coins", which an admin then joins to EUR."""
    photo = await crowd.send(ANNA)
    await crowd.say(TRUSTED, "EUR", scene(1), photo)
    await crowd.say(ANNA, "Euro coins", scene(1), photo)
    await renamed(crowd, "Euro coins", "EUR")
    return photo


async def renamed(crowd: Crowd, old: str, new: str) -> None:
    before, after = [await crowd.services.store.classes.add(name) for name in (old, new)]
    await crowd.services.store.classes.begin_rename(before.id, after.id, ADMIN)
    await reclassing.finish_renames(crowd.services)


async def said_of(crowd: Crowd, prediction_id: int) -> tuple[int | None, str, str] | None:
    label = await crowd.services.store.labels.of(prediction_id)
    return (label.user_id, label.label, label.place) if label else None


def held(row: int, photo: int, label: str, place: Place = "pending") -> Held:
    return Held(row, Label(photo, ANNA, label, "aa", place))


def test_approval_moves_those_who_were_right_and_speaks_for_the_others() -> None:
    right, wrong = held(1, 1, "EUR"), held(2, 2, "JPY")
    plan = deciding.plan([right, wrong], "EUR", ADMIN)
    assert (plan.moved, plan.ended) == ((right,), (wrong,))
    assert plan.brought == (Label(2, ADMIN, "EUR", "aa", "dataset"),)


def test_approval_replaces_what_the_data_set_holds() -> None:
    waits, kept = held(2, 1, "JPY"), held(1, 1, "EUR", "dataset")
    plan = deciding.plan([kept, waits], "JPY", ADMIN)
    assert (plan.moved, plan.ended, plan.brought) == ((waits,), (kept,), ())


def test_what_the_data_set_holds_stays_where_the_crowd_is_rejected() -> None:
    waits, kept = held(2, 1, "JPY"), held(1, 1, "EUR", "dataset")
    assert deciding.plan([kept, waits], None, ADMIN).ended == (waits,)
    plan = deciding.plan([kept, waits], "EUR", ADMIN)
    assert (plan.moved, plan.ended, plan.brought) == ((), (waits,), ())


def test_label_that_waits_ends_where_its_photo_is_kept_as_that_class() -> None:
    waits, kept, other = held(2, 1, "EUR"), held(1, 1, "EUR", "dataset"), held(3, 2, "EUR")
    plan = deciding.plan([kept, waits, other], "EUR", ADMIN)
    assert (plan.moved, plan.ended, plan.brought) == ((other,), (waits,), ())


async def test_approved_picture_goes_to_the_data_set_once_for_all_who_sent_it(crowd: Crowd) -> None:
    photos = [await crowd.say(person, "EUR", scene(1)) for person in (ANNA, BEN)]
    waiting = await crowd.next()
    assert [each.said.user_id for each in waiting.labels] == [ANNA, BEN]
    assert await deciding.decide(crowd.services, waiting.label_id, "EUR", ADMIN)
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {})
    assert [await said_of(crowd, each.id) for each in photos] == [
        (ANNA, "EUR", "dataset"),
        (BEN, "EUR", "dataset"),
    ]
    await labelling.forget(crowd.services, ANNA)
    assert crowd.files() == {"EUR": 1}
    await labelling.forget(crowd.services, BEN)
    assert crowd.files() == {}


async def test_other_class_is_the_word_of_who_decides(crowd: Crowd) -> None:
    photo = await crowd.say(ANNA, "EUR", scene(1))
    await deciding.decide(crowd.services, (await crowd.next()).label_id, "USD", ADMIN)
    assert (crowd.files(), crowd.files("pending")) == ({"USD": 1}, {})
    assert await said_of(crowd, photo.id) == (ADMIN, "USD", "dataset")


async def test_class_that_was_renamed_is_decided_for_by_its_present_name(crowd: Crowd) -> None:
    photo = await crowd.say(ANNA, "EUR", scene(1))
    await renamed(crowd, "JPY", "Yen-notes")
    decision_id = await deciding.decide(crowd.services, (await crowd.next()).label_id, "JPY", ADMIN)
    assert crowd.files() == {"Yen-notes": 1}
    assert await said_of(crowd, photo.id) == (ADMIN, "Yen-notes", "dataset")
    decision = await crowd.services.store.decisions.find(decision_id or 0)
    assert decision and decision.label == "Yen-notes"


async def test_rejected_picture_is_gone(crowd: Crowd) -> None:
    photo = await crowd.say(ANNA, "EUR", scene(1))
    await deciding.decide(crowd.services, (await crowd.next()).label_id, None, ADMIN)
    assert (crowd.files(), crowd.files("pending")) == ({}, {})
    assert await said_of(crowd, photo.id) is None


async def test_label_that_waits_is_approved_although_its_class_was_joined_to_the_one_that_is_kept(
    crowd: Crowd,
) -> None:
    photo = await waiting_beside_its_own(crowd)
    waiting = await crowd.next()
    decision = await deciding.decide(crowd.services, waiting.label_id, "EUR", ADMIN)
    assert await said_of(crowd, photo.id) == (TRUSTED, "EUR", "dataset")
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {})
    assert decision and await deciding.take_back(crowd.services, decision, first)
    assert await crowd.next() == waiting
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {"EUR": 1})


async def test_only_the_first_of_two_decides(crowd: Crowd) -> None:
    await crowd.say(ANNA, "EUR", scene(1))
    label_id = (await crowd.next()).label_id
    decided = await asyncio.gather(
        *(deciding.decide(crowd.services, label_id, label, ADMIN) for label in ("EUR", "JPY", None))
    )
    assert sorted(map(bool, decided)) == [False, False, True]
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {})


@pytest.mark.parametrize("meanwhile", [labelling.undo, labelling.forget])
async def test_nothing_is_decided_about_what_was_taken_back(crowd: Crowd, meanwhile: object) -> None:
    photo = await crowd.say(ANNA, "EUR", scene(1))
    label_id = (await crowd.next()).label_id
    if meanwhile is labelling.undo:
        await labelling.undo(crowd.services, photo, ANNA)
    else:
        await labelling.forget(crowd.services, ANNA)
    assert await deciding.decide(crowd.services, label_id, "EUR", ADMIN) is None
    assert (crowd.files(), crowd.files("pending")) == ({}, {})


@pytest.mark.parametrize("label", ["EUR", "USD", None])
async def test_undone_decision_leaves_everything_as_it_was(crowd: Crowd, label: str | None) -> None:
    photos = [
        await crowd.say(ADMIN, "JPY", scene(1), await crowd.send(CLARA)),
        await crowd.say(ANNA, "EUR", scene(1)),
        await crowd.say(BEN, "JPY", scene(1)),
    ]
    before = [await said_of(crowd, each.id) for each in photos]
    waiting, kept = await crowd.next(), (crowd.files(), crowd.files("pending"))
    decision = await deciding.decide(crowd.services, waiting.label_id, label, ADMIN)
    assert decision and await deciding.take_back(crowd.services, decision, first)
    assert [await said_of(crowd, each.id) for each in photos] == before
    assert (crowd.files(), crowd.files("pending")) == kept
    assert await crowd.next() == waiting
    assert await deciding.take_back(crowd.services, decision, first) is None


async def test_undo_gives_a_photo_back_both_its_labels(crowd: Crowd) -> None:
    photo = await crowd.say(ADMIN, "EUR", scene(1), await crowd.send(ANNA))
    await crowd.say(ANNA, "JPY", scene(1), photo)
    before = await crowd.services.store.labels.on(photo.id)
    decision = await deciding.decide(crowd.services, (await crowd.next()).label_id, "JPY", ADMIN)
    assert decision and await deciding.take_back(crowd.services, decision, first)
    assert await crowd.services.store.labels.on(photo.id) == before
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {"JPY": 1})


async def test_undo_does_not_bring_back_what_its_owner_took_back(crowd: Crowd) -> None:
    photo = await crowd.say(ANNA, "EUR", scene(1))
    decision = await deciding.decide(crowd.services, (await crowd.next()).label_id, "EUR", ADMIN)
    await labelling.undo(crowd.services, photo, ANNA)
    assert decision
    await deciding.take_back(crowd.services, decision, first)
    assert (crowd.files(), crowd.files("pending")) == ({}, {})
    assert await said_of(crowd, photo.id) is None


@pytest.mark.parametrize("label", ["JPY", "EUR", None])
async def test_undo_after_a_rename_brings_everything_back_under_the_new_name(
    crowd: Crowd, label: str | None
) -> None:
    photos = [await crowd.say(*said, scene(1)) for said in ((ANNA, "JPY"), (BEN, "EUR"))]
    decision = await deciding.decide(crowd.services, (await crowd.next()).label_id, label, ADMIN)
    await renamed(crowd, "JPY", "Yen-notes")
    assert decision and await deciding.take_back(crowd.services, decision, first)
    assert (crowd.files(), crowd.files("pending")) == ({}, {"Yen-notes": 1, "EUR": 1})
    assert [await said_of(crowd, each.id) for each in photos] == [
        (ANNA, "Yen-notes", "pending"),
        (BEN, "EUR", "pending"),
    ]


async def test_undo_after_a_rename_does_not_bring_back_what_its_owner_took_back(crowd: Crowd) -> None:
    photo = await crowd.say(ANNA, "JPY", scene(1))
    decision = await deciding.decide(crowd.services, (await crowd.next()).label_id, "JPY", ADMIN)
    await labelling.undo(crowd.services, photo, ANNA)
    await renamed(crowd, "JPY", "Yen-notes")
    assert decision
    await deciding.take_back(crowd.services, decision, first)
    assert (crowd.files(), crowd.files("pending")) == ({}, {})


@pytest.mark.parametrize("later", [TRUSTED, ANNA])
async def test_undo_does_not_replace_what_was_said_since(crowd: Crowd, later: int) -> None:
    photo = await crowd.say(ANNA, "EUR", scene(1))
    decision = await deciding.decide(crowd.services, (await crowd.next()).label_id, None, ADMIN)
    await asyncio.sleep(0.002)  # times are kept in milliseconds
    await crowd.say(later, "JPY", scene(1), photo)
    assert decision
    await deciding.take_back(crowd.services, decision, first)
    said = await said_of(crowd, photo.id)
    assert said and said[:2] == (later, "JPY")
    assert crowd.files() | crowd.files("pending") == {"JPY": 1}


async def test_undo_keeps_no_file_as_two_classes_where_somebody_has_contradicted_since(crowd: Crowd) -> None:
    photo = await crowd.say(ADMIN, "EUR", scene(1), await crowd.send(ANNA))
    await crowd.say(BEN, "JPY", scene(1))
    decision = await deciding.decide(crowd.services, (await crowd.next()).label_id, "JPY", ADMIN)
    await asyncio.sleep(0.002)  # times are kept in milliseconds
    await crowd.say(TRUSTED, "GBP", scene(1))
    assert decision and await deciding.take_back(crowd.services, decision, first)
    assert (crowd.files(), crowd.files("pending")) == ({"GBP": 1}, {"EUR": 1, "JPY": 1})
    assert await said_of(crowd, photo.id) == (ADMIN, "EUR", "pending")


async def test_undo_leaves_a_photo_one_label_that_waits_where_somebody_has_contradicted_since(
    crowd: Crowd,
) -> None:
    photo = await crowd.say(ADMIN, "EUR", scene(1), await crowd.send(ANNA))
    await crowd.say(ANNA, "JPY", scene(1), photo)
    decision = await deciding.decide(crowd.services, (await crowd.next()).label_id, "JPY", ADMIN)
    await asyncio.sleep(0.002)  # times are kept in milliseconds
    await crowd.say(TRUSTED, "GBP", scene(1))
    assert decision and await deciding.take_back(crowd.services, decision, first)
    assert (crowd.files(), crowd.files("pending")) == ({"GBP": 1}, {"JPY": 1})
    assert await said_of(crowd, photo.id) == (ANNA, "JPY", "pending")


async def test_undo_after_forget_brings_nothing_back(crowd: Crowd) -> None:
    await crowd.say(ANNA, "EUR", scene(1))
    decision = await deciding.decide(crowd.services, (await crowd.next()).label_id, None, ADMIN)
    await labelling.forget(crowd.services, ANNA)
    assert decision and await deciding.take_back(crowd.services, decision, first) is None
    assert (crowd.files(), crowd.files("pending")) == ({}, {})


async def test_rejected_picture_that_telegram_lost_stays_rejected(crowd: Crowd) -> None:
    async def another(_: str) -> bytes:
        return scene(2)

    await crowd.say(ANNA, "EUR", scene(1))
    decision = await deciding.decide(crowd.services, (await crowd.next()).label_id, None, ADMIN)
    assert decision
    with pytest.raises(PictureError, match="cannot come back"):
        await deciding.take_back(crowd.services, decision, another)
    assert crowd.files("pending") == {}
    assert await deciding.take_back(crowd.services, decision, first)
    assert crowd.files("pending") == {"EUR": 1}


async def test_decision_that_is_not_written_changes_nothing(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(*_: object, **__: object) -> int:
        raise StoreError("The database cannot be written just now.")

    await crowd.say(ANNA, "EUR", scene(1))
    waiting = await crowd.next()
    monkeypatch.setattr(crowd.services.store.decisions, "record", locked)
    with pytest.raises(StoreError):
        await deciding.decide(crowd.services, waiting.label_id, "EUR", ADMIN)
    assert (crowd.files(), crowd.files("pending")) == ({}, {"EUR": 1})
    assert await crowd.next() == waiting


async def test_picture_that_cannot_be_read_still_waits(crowd: Crowd) -> None:
    await crowd.say(ANNA, "EUR", scene(1))
    waiting = await crowd.next()
    crowd.services.dataset.remove(waiting.labels[0].said.sha256, "EUR", place="pending")
    with pytest.raises(DataError, match="could not be read"):
        await deciding.decide(crowd.services, waiting.label_id, "EUR", ADMIN)
    assert await crowd.next() == waiting


async def test_imported_picture_survives_every_decision(crowd: Crowd) -> None:
    sha256 = crowd.services.dataset.add(scene(1), "EUR")
    crowd.services.dataset.record(
        [Record(sha256, "EUR", "train", False, "group", "import", None, "1.jpg", "2026-01-01")]
    )
    await crowd.say(ANNA, "EUR", scene(1))
    decision = await deciding.decide(crowd.services, (await crowd.next()).label_id, "EUR", ADMIN)
    assert decision and await deciding.take_back(crowd.services, decision, first)
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {"EUR": 1})
