"""An export names nobody, but says under which promise each picture was given; what was forgotten is gone."""

from pathlib import Path

import pytest

from bot.labels.provenance import AGREEMENT, provenance
from bot.store.rows import Label, Photo
from bot.store.store import Store
from model.prediction import Prediction
from tests.bot.labels import hold

ADA, BOB = 424242, 171717


@pytest.fixture
async def store(store: Store) -> Store:
    await store.promises.make("<b>I keep it</b> &amp; learn.")
    return store


async def give(store: Store, user: int, sha256: str, label: str = "EUR", place: str = "dataset") -> int:
    photo = Photo(user, user, hash(sha256) % 10**6, 1_700_000_000, "file", sha256)
    stored = await store.predictions.add(photo, Prediction("EUR", 0.9, 0.9, True, {"EUR": 0.9}, "base"))
    await hold(store, Label(stored.id, user, label, sha256, place))
    return stored.id


async def test_people_are_pseudonyms_that_no_other_export_shares(store: Store) -> None:
    for user, sha256 in ((ADA, "aa"), (ADA, "bb"), (BOB, "cc")):
        await give(store, user, sha256)
    first, second = await provenance(store), await provenance(store)
    names = {key[0]: origin.labelled_by for key, origin in first.origins.items()}
    assert names["aa"] == names["bb"] != names["cc"]
    assert not {origin.labelled_by for origin in second.origins.values()} & set(names.values())
    assert not any(str(user) in name for user in (ADA, BOB) for name in names.values())


async def test_ids_are_named_where_they_are_asked_for(store: Store) -> None:
    await give(store, ADA, "aa")
    known = await provenance(store, real_ids=True)
    assert known.origins["aa", "EUR"].decided_by == str(ADA)


async def test_who_let_a_label_count_is_named(store: Store) -> None:
    for sha256, kind, by in (("aa", "review", BOB), ("bb", "agreement", None)):
        waiting = await store.labels.on(await give(store, ADA, sha256, place="pending"))
        await store.decisions.record(kind, by, "EUR", moved=waiting)
    await give(store, ADA, "cc")
    origins = (await provenance(store, real_ids=True)).origins
    assert {key[0]: origin.decided_by for key, origin in origins.items()} == {
        "aa": str(BOB),
        "bb": AGREEMENT,
        "cc": str(ADA),
    }


async def test_each_picture_is_under_the_promise_of_its_day(store: Store) -> None:
    await give(store, ADA, "aa")
    await store.promises.make("Something else.")
    await store.promises.make("Something else.")
    await give(store, BOB, "bb")
    known = await provenance(store)
    assert sorted(known.promises.values()) == ["I keep it & learn.", "Something else."]
    promised = {key[0]: known.promises[origin.consent] for key, origin in known.origins.items()}
    assert promised == {"aa": "I keep it & learn.", "bb": "Something else."}


async def test_only_labels_that_hold_for_the_data_set_count(store: Store) -> None:
    await give(store, ADA, "aa", place="pending")
    undone = await give(store, ADA, "bb")
    await store.labels.withdraw(Label(undone, ADA, "EUR", "bb", "dataset"))
    await give(store, BOB, "cc")
    await store.people.forget(BOB)
    assert (await provenance(store)).origins == {}


async def test_a_label_given_before_any_promise_was_noted_claims_none(tmp_path: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'old.db'}")
    await store.open()
    await give(store, ADA, "aa")
    await store.promises.make("Later.")
    known = await provenance(store)
    await store.close()
    assert known.origins["aa", "EUR"].consent == ""
