"""Runs the benches, or those that are named; ends with 1 if one of them costs more than it may.

What is compared is measured in one run, in turn, so that ratios hold on a busy machine too; seconds hold
on an idle one.
"""

import sys
from collections.abc import Callable

from tests.bench import answers, beside_training, retraining

BENCHES: dict[str, Callable[[], bool]] = {
    "answers": answers.main,
    "beside": beside_training.main,
    "retraining": retraining.main,
}


def main() -> None:
    """Run them one after another."""
    wanted = sys.argv[1:] or list(BENCHES)
    if unknown := [name for name in wanted if name not in BENCHES]:
        raise SystemExit(f"There is no bench {unknown[0]!r}; there are {', '.join(BENCHES)}.")
    held = [BENCHES[name]() for name in wanted]
    raise SystemExit(not all(held))


if __name__ == "__main__":
    main()
