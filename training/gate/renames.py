"""Classes that go by another name since the version in use was trained. Pure.

Without this, a candidate would fail for ever for not knowing a class under the name that it had before.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from model.prediction import NONE
from training.data.folders import Example
from training.fitting.memory import Memory


def renames(memory: Memory, examples: Sequence[Example]) -> dict[str, str]:
    """Find the classes all of whose pictures stand under one new name by now.

    Two classes that became one are not renamed, and neither is one that became part of a class which the
    version knows: the version tells them apart, so what it says cannot be read under the one name.

    Args:
        memory: What the version in use remembers.
        examples: The data set as it is.

    Returns:
        The new name of each such class.
    """
    now: defaultdict[str, set[str]] = defaultdict(set)
    for example in examples:
        now[example.path.stem].add(example.label)
    full = memory.where(~memory.blanked())
    found: defaultdict[str, set[str]] = defaultdict(set)
    for sha256, label, shipped in zip(
        full.sha256.tolist(), full.label.tolist(), full.shipped.tolist(), strict=True
    ):
        # What was shipped keeps its class without a picture.
        found[label] |= now.get(sha256, {label} if shipped else set())
    known = {NONE, *memory.label.tolist()}
    present = {NONE, *(example.label for example in examples)}
    renamed = {
        old: next(iter(new))
        for old, new in found.items()
        if old not in present and len(new) == 1 and not new & known
    }
    times = Counter(renamed.values())
    return {old: new for old, new in renamed.items() if times[new] == 1}
