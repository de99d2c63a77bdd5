"""Contract: a head learns what its rows show and holds back where it knows little; same rows, same head."""

from dataclasses import replace

import numpy as np
import pytest

from training.events import Event, Progress
from training.fitting.head import NONE_MARGIN, fit_head, margins
from training.fitting.memory import Memory, joined

LABELS = ("EUR", "NONE", "USD")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit for three epochs, where nobody asks how good the head is."""
    monkeypatch.setattr("training.fitting.head.EPOCHS", 3)


@pytest.fixture
def memory(rng: np.random.Generator) -> Memory:
    """Three clouds of embeddings, a fifth of each held out."""
    label = np.repeat(LABELS, 40)
    centres = dict(zip(LABELS, rng.normal(0, 1, (3, 256)), strict=True))
    embedding = np.array([centres[each] for each in label]) + rng.normal(0, 1, (120, 256))
    return Memory(
        np.array([f"{i}" for i in range(120)]),
        label,
        np.where(np.arange(120) % 5 == 0, "test", "train"),
        np.zeros(120, np.bool_),
        embedding.astype(np.float16),
    )


def test_it_learns_and_says_how(memory: Memory) -> None:
    head = fit_head(memory, LABELS, lambda event: None)
    answers = np.array(LABELS)[(memory.embedding.astype(np.float32) @ head.kernel + head.bias).argmax(axis=1)]
    assert (answers == memory.label).mean() > 0.95
    assert head.history["val_accuracy"][-1] > 0.95
    assert set(head.history) >= {"accuracy", "loss", "val_accuracy", "val_loss"}


def test_the_scale_of_the_embeddings_does_not_matter(memory: Memory, quick: None) -> None:
    small = Memory(
        memory.sha256, memory.label, memory.split, memory.shipped, memory.embedding / np.float16(8)
    )
    one, other = (fit_head(rows, LABELS, lambda event: None) for rows in (memory, small))
    logits = memory.embedding.astype(np.float32) @ one.kernel + one.bias
    rescaled = small.embedding.astype(np.float32) @ other.kernel + other.bias
    np.testing.assert_allclose(rescaled, logits, rtol=0.05, atol=0.1)


def test_embeddings_of_nothing_but_zeros_make_no_nonsense(memory: Memory, quick: None) -> None:
    silent = replace(memory, embedding=np.zeros_like(memory.embedding))
    head = fit_head(silent, LABELS, lambda event: None)
    assert np.isfinite(head.kernel).all()
    assert np.isfinite(head.bias).all()


def test_the_same_rows_give_the_same_head(memory: Memory, quick: None) -> None:
    one, same = (fit_head(memory, LABELS, lambda event: None) for _ in range(2))
    np.testing.assert_allclose(one.kernel, same.kernel, rtol=1e-4, atol=1e-5)


def with_pounds(memory: Memory, rng: np.random.Generator, embedding: np.ndarray) -> Memory:
    """Eight pictures of a class that was opened since."""
    label, split = np.repeat("GBP", 8), np.repeat("train", 8)
    names = np.array([f"pound {i}" for i in range(8)])
    noisy = embedding + rng.normal(0, 0.5, (8, 256))
    pounds = Memory(names, label, split, np.zeros(8, np.bool_), noisy.astype(np.float16))
    return joined([memory, pounds])


def test_a_young_class_is_learned_and_moves_no_other(memory: Memory, rng: np.random.Generator) -> None:
    labels = ("EUR", "GBP", "NONE", "USD")
    known = with_pounds(memory, rng, rng.normal(0, 1, 256))
    before = fit_head(memory, LABELS, lambda event: None)
    head = fit_head(known, labels, lambda event: None, {"GBP"})
    answers = np.array(labels)[(known.embedding.astype(np.float32) @ head.kernel + head.bias).argmax(axis=1)]
    assert (answers[known.label == "GBP"] == "GBP").all()
    assert (answers[known.label != "GBP"] == memory.label).mean() > 0.95
    old = [labels.index(label) for label in LABELS]
    np.testing.assert_allclose(head.kernel[:, old], before.kernel, rtol=0.02, atol=1e-3)


def test_a_young_class_begins_as_none(memory: Memory, rng: np.random.Generator) -> None:
    labels = ("EUR", "GBP", "NONE", "USD")
    known = with_pounds(memory, rng, rng.normal(0, 1, 256))
    kernel = fit_head(known, labels, lambda event: None, {"GBP"}).kernel
    away = np.linalg.norm(kernel - kernel[:, [labels.index("GBP")]], axis=0)
    assert away[labels.index("NONE")] < min(away[labels.index(label)] for label in ("EUR", "USD"))


def test_classes_can_be_young_where_there_is_no_none(memory: Memory, rng: np.random.Generator) -> None:
    labels = ("EUR", "GBP", "USD")
    known = with_pounds(memory.where(memory.label != "NONE"), rng, rng.normal(0, 1, 256))
    head = fit_head(known, labels, lambda event: None, {"GBP"})
    answers = np.array(labels)[(known.embedding.astype(np.float32) @ head.kernel + head.bias).argmax(axis=1)]
    assert (answers == known.label).mean() > 0.95


def test_progress_reaches_its_end_in_one_go(memory: Memory, rng: np.random.Generator, quick: None) -> None:
    known = with_pounds(memory, rng, rng.normal(0, 1, 256))
    told: list[Event] = []
    fit_head(known, ("EUR", "GBP", "NONE", "USD"), told.append, {"GBP"})
    done = [event.done for event in told if isinstance(event, Progress)]
    assert done == sorted(done)
    assert {event.total for event in told if isinstance(event, Progress)} == {done[-1]}


def test_the_history_is_of_one_fit(memory: Memory, rng: np.random.Generator) -> None:
    known = with_pounds(memory, rng, rng.normal(0, 1, 256))
    all_held_out_is_young = replace(known, split=np.where(np.arange(128) >= 126, "test", "train"))
    history = fit_head(
        all_held_out_is_young, ("EUR", "GBP", "NONE", "USD"), lambda event: None, {"GBP"}
    ).history
    assert len({len(values) for values in history.values()}) == 1
    assert set(history) >= {"accuracy", "loss", "val_accuracy", "val_loss"}


def test_a_class_that_is_not_among_them_changes_nothing(memory: Memory, quick: None) -> None:
    one, same = (fit_head(memory, LABELS, lambda event: None, young) for young in ((), ("GBP",)))
    np.testing.assert_allclose(one.kernel, same.kernel, rtol=1e-4, atol=1e-5)


def test_none_and_thin_classes_get_a_margin() -> None:
    targets = np.repeat([0, 1, 2, 3], [100, 400, 100, 10])
    found = margins(targets, ("EUR", "NONE", "USD", "THB"))
    assert found.tolist() == pytest.approx([0, NONE_MARGIN, 0, np.log(10)])
