"""A picture's side is decided once, and nothing that arrives later changes it.

Whole groups stay together; every fifth new picture tests.
"""

from training.data.split import Member, assign


def singles(count: int, label: str = "EUR", start: int = 0) -> list[Member]:
    return [Member(f"{label}{i}", label, f"{label}{i}") for i in range(start, start + count)]


def test_the_first_four_teach_and_the_fifth_tests() -> None:
    splits = list(assign(singles(10), {}).values())
    assert splits == ["train"] * 4 + ["test"] + ["train"] * 4 + ["test"]


def test_classes_are_counted_apart() -> None:
    splits = assign([*singles(4, "EUR"), *singles(4, "GBP"), *singles(1, "EUR", start=4)], {})
    assert [key for key, split in splits.items() if split == "test"] == ["EUR4"]


def test_arriving_one_by_one_ends_like_arriving_together() -> None:
    everything = singles(23)
    known: dict[str, str] = {}
    for count in range(1, 24):
        known = assign(everything[:count], known, counted=known.keys())
    assert known == assign(everything, {})


def test_a_decision_outlives_what_comes_later() -> None:
    known = assign(singles(7), {})
    later = assign([*singles(30, start=7), *singles(7)], known, counted=known.keys())
    assert {key: later[key] for key in known} == known


def test_given_splits_owe_no_fifth() -> None:
    base = {member.key: "train" for member in singles(100)}
    splits = assign([*singles(100), *singles(4, start=100)], base)
    assert {splits[f"EUR{i}"] for i in range(100, 104)} == {"train"}


def test_groups_stay_together_and_large_ones_teach() -> None:
    desk = [Member(f"desk{i}", "EUR", "desk") for i in range(12)]
    shop = [Member(f"shop{i}", "EUR", "shop") for i in range(3)]
    splits = assign([*shop, *desk], {})
    assert {splits[member.key] for member in desk} == {"train"}
    assert {splits[member.key] for member in shop} == {"test"}


def test_a_twin_follows_its_group() -> None:
    members = [Member("old", "EUR", "g"), Member("new", "EUR", "g")]
    assert assign(members, {"old": "test"})["new"] == "test"
    assert assign(members, {"old": "train"})["new"] == "train"


def test_a_group_on_both_sides_is_held_out_from_then_on() -> None:
    members = [Member(key, "EUR", "g") for key in ("a", "b", "new")]
    assert assign(members, {"a": "train", "b": "test"}) == {"a": "train", "b": "test", "new": "test"}
