"""Contract: versions never change; the last complete line of the history says which one is in use."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from model.card import write_card
from model.errors import ModelError
from model.registry import BASE, Registry
from tests.model.test_calibration import CARD


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    registry = Registry(tmp_path)
    for day, version in enumerate((BASE, "v1", "v2"), 1):
        with registry.draft(version) as folder:
            write_card(replace(CARD, version=version, created=f"2026-01-0{day}T00:00:00+00:00"), folder)
            (folder / "model.keras").touch()
    return registry


def test_the_base_is_in_use_until_something_is_promoted(registry: Registry) -> None:
    assert registry.in_use() == BASE
    registry.promote("v1", "Ada")
    assert registry.in_use() == "v1"


def test_a_folder_that_is_not_there_has_no_versions(tmp_path: Path) -> None:
    assert Registry(tmp_path / "nowhere").versions() == []
    assert Registry(tmp_path / "nowhere").in_use() == BASE


def test_versions_come_oldest_first(registry: Registry) -> None:
    assert [card.version for card in registry.versions()] == [BASE, "v1", "v2"]


def test_rolling_back_goes_one_step_at_a_time_to_the_base(registry: Registry) -> None:
    registry.promote("v1", "Ada")
    registry.promote("v2", "Ada")
    assert registry.rollback("Ada") == "v1"
    assert registry.rollback("Ada") == BASE
    with pytest.raises(ModelError, match="no earlier model"):
        registry.rollback("Ada")
    assert [promotion.action for promotion in registry.history()] == ["promote"] * 2 + ["rollback"] * 2


def test_promoting_twice_needs_one_roll_back(registry: Registry) -> None:
    registry.promote("v1", "Ada")
    registry.promote("v1", "Bob")
    assert registry.rollback("Ada") == BASE


def test_who_did_what_when_is_kept(registry: Registry) -> None:
    registry.promote("v1", "Ada (42)")
    (line,) = registry.history()
    assert (line.version, line.action, line.by) == ("v1", "promote", "Ada (42)")
    assert line.at.endswith("+00:00")


def test_a_line_that_a_crash_cut_off_does_not_count(registry: Registry) -> None:
    registry.promote("v1", "Ada")
    log = registry.root / "promotions.jsonl"
    log.write_bytes(log.read_bytes() + b'{"version": "v2", "act')
    assert registry.in_use() == "v1"
    registry.promote("v2", "Ada")
    assert registry.in_use() == "v2"
    assert len(registry.history()) == 2


def test_a_promotion_that_cannot_be_written_is_one_sentence(registry: Registry) -> None:
    (registry.root / "promotions.jsonl").mkdir()
    with pytest.raises(ModelError, match="cannot be written: Is a directory"):
        registry._append("v1", "promote", "Ada")


@pytest.mark.parametrize("version", ["v9", "../base", "", "/etc", ".hidden", "a" * 70])
def test_a_version_that_is_not_there_cannot_be_put_in_use(registry: Registry, version: str) -> None:
    with pytest.raises(ModelError, match="no.* model version"):
        registry.promote(version, "Mallory")
    assert registry.in_use() == BASE


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"damaged"), Path.unlink])
def test_a_version_whose_weights_are_damaged_is_never_put_in_use(
    registry: Registry, damage: Callable[[Path], object]
) -> None:
    registry.promote("v1", "Ada")
    registry.promote("v2", "Ada")
    damage(registry.folder("v1") / "model.keras")
    with pytest.raises(ModelError, match="weights of model version 'v1'.*use another version"):
        registry.rollback("Ada")
    with pytest.raises(ModelError, match="weights of model version 'v1'.*use another version"):
        registry.promote("v1", "Ada")
    assert [event.version for event in registry.history()] == ["v1", "v2"]


def test_a_draft_that_fails_leaves_nothing(registry: Registry) -> None:
    before = sorted(registry.root.iterdir())
    with pytest.raises(KeyboardInterrupt), registry.draft("v3") as folder:
        write_card(replace(CARD, version="v3"), folder)
        raise KeyboardInterrupt
    assert sorted(registry.root.iterdir()) == before


def test_a_base_that_cannot_be_replaced_stays(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(registry.root.iterdir())
    rename = Path.rename

    def interrupted(path: Path, target: Path) -> Path:
        if target == registry.folder(BASE) and path.name == BASE:
            raise KeyboardInterrupt
        return rename(path, target)

    with (
        pytest.raises(KeyboardInterrupt),
        monkeypatch.context() as patch,
        registry.draft(BASE) as folder,
    ):
        write_card(replace(CARD, version=BASE, created="2027-01-01T00:00:00+00:00"), folder)
        patch.setattr(Path, "rename", interrupted)
    assert sorted(registry.root.iterdir()) == before
    assert registry.card(BASE).created.startswith("2026")


def test_a_full_disk_is_one_sentence_and_leaves_nothing(registry: Registry) -> None:
    before = sorted(registry.root.iterdir())
    with pytest.raises(ModelError, match="'v3' cannot be written.*No space left"), registry.draft("v3"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert sorted(registry.root.iterdir()) == before


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="'v1' cannot be written"), Registry(tmp_path / "file").draft("v1"):
        pass


def test_a_version_never_changes_but_the_base_may_be_published_anew(registry: Registry) -> None:
    with pytest.raises(ModelError, match="already"), registry.draft("v1"):
        pass
    with registry.draft(BASE) as folder:
        write_card(replace(CARD, version=BASE, created="2027-01-01T00:00:00+00:00"), folder)
    assert registry.card(BASE).created.startswith("2027")


def test_a_name_is_never_given_twice(registry: Registry) -> None:
    assert registry.next_version() == "v3"
    registry.discard("v2", "Ada")
    assert not registry.folder("v2").exists()
    assert registry.next_version() == "v3"


def test_what_is_in_use_or_on_the_way_back_cannot_be_discarded(registry: Registry) -> None:
    registry.promote("v1", "Ada")
    registry.promote("v2", "Ada")
    for version in (BASE, "v1", "v2"):
        with pytest.raises(ModelError, match="stays"):
            registry.discard(version, "Ada")


def test_a_damaged_card_hides_one_version_only(registry: Registry) -> None:
    (registry.folder("v1") / "card.json").write_text("{")
    assert [card.version for card in registry.versions()] == [BASE, "v2"]
    with pytest.raises(ModelError, match="damaged"):
        registry.card("v1")


def test_a_model_that_fails_has_others_to_fall_back_to(registry: Registry) -> None:
    registry.promote("v1", "Ada")
    registry.promote("v2", "Ada")
    assert registry.fallbacks() == ["v2", "v1", BASE]
