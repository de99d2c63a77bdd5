"""After a crash at any step of a label's life, the next start finds one whole state: the old or the new."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.app import build
from bot.cli import checks
from bot.context import Services
from bot.labels import deciding, labelling, mending, reconcile
from bot.settings import Settings
from bot.store.rows import Answer, Photo
from model.drafts import drafting
from model.prediction import Prediction
from tests.bot.conftest import SECOND_ADMIN, STRANGER, TRUSTED
from tests.bot.doubles import make_version, picture

STEPS = (
    "labels.plan",
    "dataset.put",
    "labels.hold",
    "labels.withdraw",
    "labels.take_back",
    "dataset.remove",
    "people.forget",
)
"""All that a label's life writes, anywhere."""

REVIEW_STEPS = (
    "labels.plan",
    "dataset.copy",
    "decisions.record",
    "labels.drop_plans",
    "dataset.remove",
    "decisions.take_back",
)
"""All that a decision about a waiting picture writes, and its undoing."""


CONTRADICTION_STEPS = ("labels.plan", "dataset.put", "labels.hold", "dataset.remove", "labels.drop_plans")
"""All that the word of somebody trusted writes where the same file was kept as another class."""


class PowerCut(BaseException):
    """Nothing after it is carried out: no handler catches it."""


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    make_version(settings.models_dir, "base")
    found: Services = build(settings).bot_data["services"]
    await found.store.open()
    yield found
    await found.store.close()
    await found.predictor.close()


async def predicted(services: Services, number: int = 1) -> Answer:
    photo = Photo(TRUSTED, TRUSTED, number, 1_700_000_000, "file", "unique")
    return await services.store.predictions.add(
        photo, Prediction("EUR", 0.9, 0.9, True, {"EUR": 0.9}, "base")
    )


def pictures(services: Services) -> set[tuple[str, str]]:
    return set(services.dataset.kept())


def cut_power(monkeypatch: pytest.MonkeyPatch, services: Services, step: str, *, after: bool) -> None:
    """Let the power fail before or after a step is carried out."""
    part, name = step.split(".")
    owner = services.dataset if part == "dataset" else getattr(services.store, part)
    original = getattr(owner, name)

    def now(*args: object, **kwargs: object) -> None:
        if after:
            original(*args, **kwargs)
        raise PowerCut

    async def later(*args: object, **kwargs: object) -> None:
        if after:
            await original(*args, **kwargs)
        raise PowerCut

    monkeypatch.setattr(owner, name, later if asyncio.iscoroutinefunction(original) else now)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_crash_at_any_step_leaves_the_old_label_or_the_new_one(
    services: Services, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    stored = await predicted(services)
    await labelling.save(services, stored, "JPY", TRUSTED, picture("green"))
    with monkeypatch.context() as patch:
        cut_power(patch, services, step, after=after)
        try:
            await labelling.save(services, stored, "EUR", TRUSTED, picture("green"))
            await labelling.undo(services, stored, TRUSTED)
            await labelling.save(services, stored, "GBP", TRUSTED, picture("green"))
            await labelling.forget(services, TRUSTED)
        except PowerCut:
            pass
        else:
            pytest.fail(f"{step} is not carried out at all")
    await mending.mend(services)
    held = await services.store.labels.of(stored.id)
    assert pictures(services) == ({(held.label, held.sha256)} if held else set())
    found = await mending.look(services.store, services.dataset, services.registry)
    assert found.differences == reconcile.Differences()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", REVIEW_STEPS)
@pytest.mark.parametrize("decided", ["JPY", "EUR"], ids=["approved", "corrected"])
async def test_crash_at_any_step_of_a_review_leaves_the_picture_where_its_label_says(
    services: Services, monkeypatch: pytest.MonkeyPatch, decided: str, step: str, after: bool
) -> None:
    stored = await predicted(services)
    label = await labelling.save(services, stored, "JPY", STRANGER, picture("green"))
    with monkeypatch.context() as patch:
        cut_power(patch, services, step, after=after)
        waiting = await services.store.queue.next()
        assert waiting
        try:
            decision = await deciding.decide(services, waiting.label_id, decided, TRUSTED)
            assert decision
            await deciding.take_back(services, decision, no_photo)
        except PowerCut:
            pass
        else:
            pytest.fail(f"{step} is not carried out at all")
    await mending.mend(services)
    (held,) = [each.said for each in await services.store.labels.on(stored.id)]
    assert services.dataset.holds(label.sha256, held.label, place=held.place)
    assert len([*services.dataset.kept(), *services.dataset.kept(place="pending")]) == 1
    found = await mending.look(services.store, services.dataset, services.registry)
    assert found.differences == reconcile.Differences()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", CONTRADICTION_STEPS)
async def test_crash_at_any_step_of_a_contradiction_loses_nobodys_word(
    services: Services, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    first, second = await predicted(services), await predicted(services, 2)
    label = await labelling.save(services, first, "EUR", SECOND_ADMIN, picture("green"))
    with monkeypatch.context() as patch:
        cut_power(patch, services, step, after=after)
        with pytest.raises(PowerCut):
            await labelling.save(services, second, "GBP", TRUSTED, picture("green"))
    await mending.mend(services)
    (held,) = [each.said for each in await services.store.labels.on(first.id)]
    new = await services.store.labels.of(second.id)
    assert held.label == "EUR"
    assert services.dataset.holds(label.sha256, "EUR", place=held.place)
    assert pictures(services) == {("GBP" if new else "EUR", label.sha256)}
    found = await mending.look(services.store, services.dataset, services.registry)
    assert found.differences == reconcile.Differences()


async def no_photo(file_id: str) -> bytes:
    raise AssertionError(f"The picture is here; nothing has to be fetched. Received: {file_id!r}")


async def test_label_of_a_picture_moved_by_hand_follows_it_and_forget_finds_it(services: Services) -> None:
    stored = await predicted(services)
    label = await labelling.save(services, stored, "EUR", 999, picture("green"))
    old = services.dataset.path(label.sha256, "EUR", place="pending")
    new = services.dataset.path(label.sha256, "GBP")
    new.parent.mkdir(parents=True)
    old.rename(new)
    await mending.mend(services)
    held = await services.store.labels.of(stored.id)
    assert held and (held.place, held.label) == ("dataset", "GBP")
    assert await labelling.forget(services, TRUSTED) == (1, 1)
    assert not new.exists()


async def test_picture_that_was_moved_back_by_hand_to_an_earlier_class_stays_there(
    services: Services,
) -> None:
    stored = await predicted(services)
    await labelling.save(services, stored, "GBP", TRUSTED, picture("green"))
    label = await labelling.save(services, stored, "EUR", TRUSTED, picture("green"))
    services.dataset.path(label.sha256, "EUR").rename(services.dataset.path(label.sha256, "GBP"))
    await mending.mend(services)
    assert pictures(services) == {("GBP", label.sha256)}
    held = await services.store.labels.of(stored.id)
    assert held and held.label == "GBP"


async def test_lost_picture_is_told_and_its_row_is_kept(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    stored = await predicted(services)
    label = await labelling.save(services, stored, "EUR", TRUSTED, picture("green"))
    services.dataset.remove(label.sha256, "EUR")
    await mending.mend(services)
    assert "1 labels have no picture" in caplog.text
    assert await services.store.labels.of(stored.id) == label


def age(path: Path) -> None:
    os.utime(path, (1, 1))


async def test_half_written_files_go_when_nobody_writes_them_any_more(services: Services) -> None:
    services.dataset.add(picture("green"), "EUR")
    folder, models = services.dataset.root() / "EUR", services.registry.root
    (folder / ".old.tmp").write_bytes(b"half")
    (folder / ".new.tmp").write_bytes(b"half")
    (models / ".v1-abcdefgh" / "v1").mkdir(parents=True)
    age(folder / ".old.tmp")
    with drafting(models, "v2") as draft:
        await mending.mend(services)
        assert sorted(path.name for path in folder.iterdir() if path.name[0] == ".") == [".new.tmp"]
        assert sorted(path.name for path in models.iterdir()) == [".v1-abcdefgh", draft.name, "base"]
    await mending.mend(services)
    assert [path.name for path in models.iterdir()] == ["base"]


async def test_base_that_was_being_replaced_comes_back(services: Services) -> None:
    models = services.registry.root
    (models / ".base-abcdefgh" / "base").mkdir(parents=True)
    (models / "base").rename(models / ".base-abcdefgh" / "replaced")
    await mending.mend(services)
    assert services.registry.broken() == []
    assert [path.name for path in models.iterdir()] == ["base"]


async def test_trouble_while_looking_does_not_keep_the_bot_from_starting(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    services.dataset.root().parent.mkdir(parents=True, exist_ok=True)
    services.dataset.root().mkdir()
    (services.dataset.root() / "manifest.jsonl").mkdir()
    await mending.mend(services)
    assert "could not be looked at" in caplog.text


def tear_manifest(services: Services) -> None:
    services.dataset.add(picture("green"), "EUR")
    (services.dataset.root() / "manifest.jsonl").write_text('{"sha256": "ab')


def tear_history(services: Services) -> None:
    (services.registry.root / "promotions.jsonl").write_text('{"version": "v1", "act')


def lose_version(services: Services) -> None:
    (services.registry.root / "base" / "card.json").write_text("{")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (tear_manifest, "1 lines of the manifest or of the models' history"),
        (tear_manifest, "1 pictures are nobody's"),
        (tear_history, "1 lines of the manifest or of the models' history"),
        (lose_version, "model base is missing or damaged"),
    ],
)
async def test_doctor_shows_what_is_not_the_same(
    settings: Settings, services: Services, damage: Callable[[Services], None], says: str
) -> None:
    assert (await checks.consistency(settings)).ok
    damage(services)
    found = await checks.consistency(settings)
    assert not found.ok
    assert says in found.text
