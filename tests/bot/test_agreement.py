"""What strangers say waits; it moves when enough of them say the same, and never against a reviewed label."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.answers.texts import answer
from bot.labels import deciding, labelling, takeout
from bot.labels.agreement import Outcome, fingerprint_of, judge
from bot.store.rows import Held, Label, Place
from model.errors import DataError, RefusedError
from tests.bot.crowd import ADMIN, ANNA, BEN, CLARA, TRUSTED, Crowd, crowd_in, scene
from tests.bot.labels import hold
from tests.bot.test_deciding import waiting_beside_its_own


@pytest.fixture
async def crowd(tmp_path: Path) -> AsyncIterator[Crowd]:
    async with crowd_in(tmp_path) as opened:
        yield opened


def held(user_id: int | None, label: str = "EUR", place: Place = "pending") -> Held:
    return Held(user_id or 99, Label(user_id or 99, user_id, label, "aa", place))


@pytest.mark.parametrize(
    ("on_it", "kept", "needed", "outcome"),
    [
        ([held(ANNA)], [], 2, Outcome.WAITS),
        ([held(ANNA)], [], 1, Outcome.AGREED),
        ([held(ANNA), held(BEN)], [], 2, Outcome.AGREED),
        ([held(ANNA), held(ANNA)], [], 2, Outcome.WAITS),
        ([held(ANNA), held(None)], [], 2, Outcome.WAITS),
        ([held(ANNA), held(BEN)], [], 0, Outcome.WAITS),
        ([held(ANNA), held(TRUSTED)], [], 2, Outcome.WAITS),
        ([held(ANNA), held(BEN), held(CLARA, "JPY")], [], 2, Outcome.DISPUTED),
        ([held(ANNA), held(BEN), held(ADMIN, "JPY", "dataset")], [], 2, Outcome.DISPUTED),
        ([held(ANNA), held(BEN)], ["JPY"], 2, Outcome.DISPUTED),
        ([held(ANNA), held(BEN, "EUR", "dataset")], ["EUR"], 2, Outcome.AGREED),
    ],
)
def test_only_enough_people_of_one_mind_agree(
    on_it: list[Held], kept: list[str], needed: int, outcome: Outcome
) -> None:
    trusted = (ADMIN, TRUSTED)
    assert judge("EUR", on_it, kept, needed, lambda user: user in trusted, is_rejected=False) is outcome


def test_what_was_rejected_is_not_agreed_on_unless_it_is_kept_as_that() -> None:
    on_it, nobody = [held(ANNA), held(BEN)], lambda user: False
    assert judge("EUR", on_it, [], 2, nobody, is_rejected=True) is Outcome.DISPUTED
    assert judge("EUR", on_it, ["EUR"], 2, nobody, is_rejected=True) is Outcome.AGREED


async def test_second_person_who_says_the_same_moves_the_picture(crowd: Crowd) -> None:
    first = await crowd.say(ANNA, "EUR", scene(1))
    assert (crowd.files(), crowd.files("pending")) == ({}, {"EUR": 1})
    await crowd.say(BEN, "EUR", scene(1))
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {})
    assert await crowd.services.store.queue.next() is None
    ((kept),) = await crowd.services.store.labels.on(first.id)
    decision = await crowd.services.store.decisions.last_on(kept.id)
    assert decision and (decision.kind, decision.user_id, decision.label) == ("agreement", None, "EUR")


async def test_photo_that_was_compressed_again_is_the_same_picture(crowd: Crowd) -> None:
    await crowd.say(ANNA, "EUR", scene(1))
    await crowd.say(BEN, "EUR", scene(2))
    assert crowd.files() == {}
    await crowd.say(CLARA, "EUR", scene(1, quality=40, side=120))
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 2}, {"EUR": 1})


async def test_one_person_counts_once_however_often_they_say_it(crowd: Crowd) -> None:
    for quality in (90, 70, 50):
        await crowd.say(ANNA, "EUR", scene(1, quality))
    assert (crowd.files(), crowd.files("pending")) == ({}, {"EUR": 3})


async def test_disagreement_moves_nothing_and_comes_first(crowd: Crowd) -> None:
    await crowd.say(ANNA, "USD", scene(1))
    await crowd.say(ANNA, "EUR", scene(2))
    await crowd.say(BEN, "JPY", scene(2, quality=60))
    await crowd.say(CLARA, "EUR", scene(2))
    assert crowd.files() == {}
    first = await crowd.next()
    assert (first.disputed, first.classes) == (True, ("EUR",))
    second = await crowd.next(first.label_id)
    assert (second.disputed, second.classes) == (True, ("JPY",))
    last = await crowd.next(second.label_id)
    assert (last.disputed, last.classes) == (False, ("USD",))
    assert await crowd.services.store.queue.next(last.label_id) is None


@pytest.mark.parametrize("quality", [90, 60], ids=["the same file", "a copy"])
@pytest.mark.parametrize("change", ["undo", "come round"])
async def test_picture_about_which_nobody_disagrees_any_more_waits_like_any_other(
    tmp_path: Path, quality: int, change: str
) -> None:
    async with crowd_in(tmp_path, agreement=0) as crowd:
        await crowd.say(ANNA, "EUR", scene(1))
        photo = await crowd.say(BEN, "JPY", scene(1, quality))
        assert (await crowd.next()).disputed
        if change == "undo":
            await labelling.undo(crowd.services, photo, BEN)
        else:
            await crowd.say(BEN, "EUR", scene(1, quality), photo)
        assert not (await crowd.next()).disputed


async def test_those_who_still_disagree_are_still_said_to(crowd: Crowd) -> None:
    await crowd.say(ANNA, "EUR", scene(1))
    await crowd.say(BEN, "JPY", scene(1))
    photo = await crowd.say(CLARA, "USD", scene(1))
    await labelling.undo(crowd.services, photo, CLARA)
    assert (await crowd.next()).disputed


@pytest.mark.parametrize("quality", [90, 60], ids=["the same file", "a copy"])
async def test_nobody_disagrees_with_what_somebody_trusted_took_back(crowd: Crowd, quality: int) -> None:
    photo = await crowd.say(TRUSTED, "EUR", scene(1))
    await crowd.say(BEN, "JPY", scene(1, quality))
    assert (await crowd.next()).disputed
    await labelling.undo(crowd.services, photo, TRUSTED)
    assert not (await crowd.next()).disputed


@pytest.mark.parametrize("quality", [90, 60], ids=["the same file", "a copy"])
@pytest.mark.parametrize("way", ["takeout", "forget", "an admin's word", "a deleted file"])
async def test_nobody_disagrees_once_the_other_word_is_gone(crowd: Crowd, quality: int, way: str) -> None:
    await crowd.say(ANNA, "EUR", scene(1))
    photo = await crowd.say(BEN, "JPY", scene(1, quality))
    assert (await crowd.next()).disputed
    match way:
        case "takeout":
            await takeout.take_out(crowd.services, BEN, ADMIN)
        case "forget":
            await labelling.forget(crowd.services, BEN)
        case "an admin's word":
            await crowd.say(ADMIN, "EUR", scene(1, quality), photo)
        case _:
            (held,) = await crowd.services.store.labels.on(photo.id)
            crowd.services.dataset.remove(held.said.sha256, "JPY", place="pending")
            await labelling.let_go(crowd.services, held.id)
    first = await crowd.next()
    assert (first.classes, first.disputed) == (("EUR",), False)


async def test_what_waits_is_disputed_once_somebody_trusted_contradicts_it(crowd: Crowd) -> None:
    await crowd.say(ANNA, "EUR", scene(1))
    await crowd.say(TRUSTED, "JPY", scene(1, quality=60))
    assert (await crowd.next()).disputed


async def test_picture_goes_although_what_waits_beside_it_cannot_be_judged(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_: str) -> tuple[str, ...]:
        raise DataError("The disk cannot be read.")

    photo = await crowd.say(TRUSTED, "EUR", scene(1))
    await crowd.say(BEN, "JPY", scene(1))
    monkeypatch.setattr(crowd.services.dataset, "labels_of", unreadable)
    assert await labelling.undo(crowd.services, photo, TRUSTED)
    assert (crowd.files(), crowd.files("pending")) == ({}, {"JPY": 1})


@pytest.mark.parametrize("quality", [90, 60], ids=["the same file", "a copy"])
async def test_people_agree_once_the_only_one_who_did_not_takes_it_back(crowd: Crowd, quality: int) -> None:
    await crowd.say(ANNA, "EUR", scene(1))
    photo = await crowd.say(BEN, "JPY", scene(1, quality))
    await crowd.say(CLARA, "EUR", scene(1))
    assert crowd.files() == {}
    await labelling.undo(crowd.services, photo, BEN)
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {})
    assert await crowd.services.store.queue.next() is None


async def test_damaged_picture_that_waits_keeps_nobody_from_labelling_its_like(crowd: Crowd) -> None:
    await crowd.say(ANNA, "EUR", scene(1))
    (path,) = crowd.services.dataset.root(place="pending").glob("*/*.jpg")
    path.write_bytes(path.read_bytes()[:100])
    await crowd.say(BEN, "EUR", scene(1, quality=60))
    assert crowd.files("pending") == {"EUR": 2}


async def test_label_that_waits_beside_the_class_that_its_own_was_joined_to_lets_people_agree(
    crowd: Crowd,
) -> None:
    await waiting_beside_its_own(crowd)
    await crowd.say(BEN, "EUR", scene(1))
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {})
    assert await crowd.services.store.queue.next() is None


async def test_nothing_moves_where_agreement_never_counts(tmp_path: Path) -> None:
    async with crowd_in(tmp_path, agreement=0) as crowd:
        for person in (ANNA, BEN, CLARA):
            await crowd.say(person, "EUR", scene(1))
        assert (crowd.files(), crowd.files("pending")) == ({}, {"EUR": 1})


async def test_what_is_said_at_once_is_counted_one_after_another(crowd: Crowd) -> None:
    photos = [await crowd.send(person) for person in (ANNA, BEN, CLARA)]
    await asyncio.gather(*(crowd.say(each.user_id, "EUR", scene(1), each) for each in photos))
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {})


@pytest.mark.parametrize("reviewer", [ADMIN, TRUSTED])
async def test_crowd_cannot_replace_what_was_reviewed(crowd: Crowd, reviewer: int) -> None:
    photo = await crowd.say(reviewer, "EUR", scene(1), await crowd.send(ANNA))
    await crowd.say(ANNA, "JPY", scene(1), photo)
    for person in (BEN, CLARA):
        await crowd.say(person, "JPY", scene(1, quality=50))
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {"JPY": 2})
    label = await crowd.services.store.labels.of(photo.id)
    assert label and (label.label, label.place, label.beside) == ("JPY", "pending", "EUR")


async def test_who_contradicts_what_was_only_agreed_on_is_not_told_that_it_was_checked(crowd: Crowd) -> None:
    photo = await crowd.say(ANNA, "EUR", scene(1))
    await crowd.say(BEN, "EUR", scene(1))
    await crowd.say(ANNA, "JPY", scene(1), photo)
    told = answer(photo, await crowd.services.store.labels.of(photo.id), "en")
    assert "People have agreed on this photo, and it is kept as <b>Euro</b>." in told
    await crowd.say(ADMIN, "EUR", scene(1), photo)
    await crowd.say(ANNA, "JPY", scene(1), photo)
    told = answer(photo, await crowd.services.store.labels.of(photo.id), "en")
    assert "Somebody has already checked this photo, and it is kept as <b>Euro</b>." in told


async def test_crowd_cannot_contradict_an_imported_picture(crowd: Crowd) -> None:
    crowd.services.dataset.add(scene(1), "EUR")
    for person in (ANNA, BEN):
        await crowd.say(person, "JPY", scene(1))
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {"JPY": 1})


async def test_crowd_cannot_contradict_what_a_copy_was_imported_as(crowd: Crowd) -> None:
    crowd.services.dataset.add(scene(1), "EUR")
    await crowd.say(ANNA, "JPY", scene(1))
    await crowd.say(BEN, "JPY", scene(1, quality=60))
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {"JPY": 2})


async def test_crowd_cannot_overrule_a_rejection(crowd: Crowd) -> None:
    photo = await crowd.say(ANNA, "EUR", scene(1))
    await deciding.decide(crowd.services, (await crowd.next()).label_id, None, ADMIN)
    await crowd.say(BEN, "EUR", scene(1, quality=60))
    await crowd.say(ANNA, "EUR", scene(1), photo)
    assert (crowd.files(), crowd.files("pending")) == ({}, {"EUR": 2})
    assert (await crowd.next()).disputed


async def test_crowd_agrees_again_where_a_rejection_was_undone(crowd: Crowd) -> None:
    async def fetch(_: str) -> bytes:
        return scene(1)

    await crowd.say(ANNA, "EUR", scene(1))
    decision = await deciding.decide(crowd.services, (await crowd.next()).label_id, None, ADMIN)
    assert decision and await deciding.take_back(crowd.services, decision, fetch)
    await crowd.say(BEN, "EUR", scene(1))
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {})


async def test_who_comes_round_to_what_was_reviewed_has_nothing_waiting(crowd: Crowd) -> None:
    photo = await crowd.say(ADMIN, "EUR", scene(1), await crowd.send(ANNA))
    await crowd.say(ANNA, "JPY", scene(1), photo)
    await crowd.say(ANNA, "EUR", scene(1), photo)
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {})
    label = await crowd.services.store.labels.of(photo.id)
    assert label and (label.user_id, label.beside) == (ADMIN, None)


async def test_one_takes_back_only_what_one_said(crowd: Crowd) -> None:
    photo = await crowd.say(ADMIN, "EUR", scene(1), await crowd.send(ANNA))
    await crowd.say(ANNA, "JPY", scene(1), photo)
    assert await labelling.undo(crowd.services, photo, ANNA)
    assert (crowd.files(), crowd.files("pending")) == ({"EUR": 1}, {})
    with pytest.raises(RefusedError, match="it stays"):
        await labelling.undo(crowd.services, photo, ANNA)
    assert await labelling.undo(crowd.services, photo, ADMIN)
    assert crowd.files() == {}


async def test_what_somebody_trusted_says_replaces_what_waits_too(crowd: Crowd) -> None:
    photo = await crowd.say(ADMIN, "EUR", scene(1), await crowd.send(ANNA))
    await crowd.say(ANNA, "JPY", scene(1), photo)
    await crowd.say(TRUSTED, "USD", scene(1), photo)
    assert (crowd.files(), crowd.files("pending")) == ({"USD": 1}, {})


async def test_five_hundred_wrong_labels_of_one_person_change_nothing_but_the_queue(crowd: Crowd) -> None:
    await crowd.say(TRUSTED, "EUR", scene(0))
    for number in range(480):  # what is there already, and then what is said in front of it
        stored = await crowd.send(ANNA)
        kept = crowd.services.dataset.add(scene(number), "JPY", place="pending")
        prints = f"{fingerprint_of(scene(number)).phash:016x}"
        await hold(crowd.services.store, Label(stored.id, ANNA, "JPY", kept, "pending", prints))
    for number in range(20):
        await crowd.say(ANNA, "JPY", scene(number, quality=60))
    assert crowd.files() == {"EUR": 1}
    assert crowd.files("pending") == {"JPY": 500}
    assert await crowd.services.store.queue.count() == 500


@pytest.mark.parametrize("spent_on", ["photos", "changes of mind"])
async def test_labels_of_a_day_are_counted(tmp_path: Path, spent_on: str) -> None:
    async with crowd_in(tmp_path, labels_per_day=3) as crowd:
        photo = await crowd.send(ANNA)
        for number, label in enumerate(("EUR", "JPY", "USD")):
            await labelling.admit(crowd.services, ANNA)
            await crowd.say(ANNA, label, scene(number), photo if spent_on == "changes of mind" else None)
        with pytest.raises(RefusedError, match="go on tomorrow"):
            await labelling.admit(crowd.services, ANNA)
        for other in (BEN, TRUSTED, ADMIN):
            await labelling.admit(crowd.services, other)


async def test_people_who_are_trusted_may_say_as_much_as_they_like(tmp_path: Path) -> None:
    async with crowd_in(tmp_path, labels_per_day=1) as crowd:
        for number in range(3):
            await labelling.admit(crowd.services, TRUSTED)
            await crowd.say(TRUSTED, "EUR", scene(number))
        assert crowd.files() == {"EUR": 3}
