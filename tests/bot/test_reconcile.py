"""What is compared: only files that rows speak of and that none holds may go; everything else is told."""

from bot.labels.reconcile import Differences, Found, compare, mended, reported
from bot.store.rows import File, Label

KEPT = File("dataset", "EUR", "a" * 64)
WAITING = File("pending", "EUR", "a" * 64)


def label(file: File) -> Label:
    return Label(1, 1, file.label, file.sha256, file.place)


def test_what_says_the_same_is_no_difference() -> None:
    assert compare({KEPT}, [(label(KEPT), True)], set()) == Differences()
    assert compare({KEPT}, [], {(KEPT.sha256, "EUR")}) == Differences()
    assert mended(Found(Differences())) == reported(Found(Differences())) == []


def test_file_that_no_label_holds_may_go() -> None:
    assert compare({KEPT}, [(label(KEPT), False)], set()).leftovers == (KEPT,)


def test_file_that_another_label_holds_stays() -> None:
    assert compare({KEPT}, [(label(KEPT), False), (label(KEPT), True)], set()) == Differences()


def test_imported_file_stays_whatever_was_taken_back() -> None:
    assert compare({KEPT}, [(label(KEPT), False)], {(KEPT.sha256, "EUR")}) == Differences()
    assert compare({WAITING}, [(label(WAITING), False)], {(KEPT.sha256, "EUR")}).leftovers == (WAITING,)


def test_label_follows_a_file_that_was_moved_by_hand() -> None:
    assert compare({KEPT}, [(label(WAITING), True)], set()) == Differences(moved=((WAITING, KEPT),))


def test_label_does_not_follow_into_two_places_or_to_the_file_of_another() -> None:
    other = File("dataset", "GBP", KEPT.sha256)
    twice = compare({KEPT, other}, [(label(WAITING), True)], set())
    assert (twice.moved, twice.missing, twice.unknown) == ((), (WAITING,), (KEPT, other))
    taken = compare({KEPT}, [(label(WAITING), True), (label(KEPT), True)], set())
    assert taken == Differences(missing=(WAITING,))


def test_label_follows_into_a_class_that_the_picture_was_in_before() -> None:
    before = File("dataset", "GBP", KEPT.sha256)
    labels = [(label(before), False), (label(KEPT), True)]
    assert compare({before}, labels, set()) == Differences(moved=((KEPT, before),))


def test_nothing_goes_while_a_label_lacks_that_picture() -> None:
    before, other = File("dataset", "GBP", KEPT.sha256), File("dataset", "USD", KEPT.sha256)
    labels = [(label(before), False), (label(KEPT), True)]
    assert compare({before, other}, labels, set()) == Differences(missing=(KEPT,), unknown=(other,))


def test_what_only_a_person_can_set_right_is_told_with_a_way() -> None:
    found = Found(Differences(missing=(KEPT,), unknown=(WAITING,)), torn=2, broken=("v3",))
    text = " ".join(reported(found))
    for said in ("put it back", "dataset import", "2 lines", "model v3", str(WAITING)):
        assert said in text


def test_what_is_set_right_is_counted() -> None:
    found = Found(Differences(leftovers=(KEPT,), moved=((WAITING, KEPT),)))
    assert [line[0] for line in mended(found)] == ["1", "1"]
