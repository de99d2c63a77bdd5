"""A training process that only talks; started with `-S`, so nothing but the standard library is there."""

import json
import shutil
import sys
import time
from pathlib import Path

REPORT = {
    "candidate": "v1",
    "current": "base",
    "held_out": 51,
    "accuracy": {"candidate": 0.96, "current": 0.92},
    "recalls": {"EUR": {"count": 20, "candidate": 1.0, "current": 0.9}},
    "fixed": 3,
    "broken": 1,
    "p_value": 0.6,
    "reasons": ["It fixes 3 and breaks 1 of 51 held-out pictures."],
    "flips": [
        {"sha256": 64 * "0", "label": "GBP", "before": "GBP", "after": "<odd>"},
        *({"sha256": 64 * "1", "label": "EUR", "before": "NONE", "after": "EUR"} for _ in range(3)),
    ],
    "doubt": {
        "candidate": {"ece": 0.02, "auroc_none": 0.98, "false_accept_rate": 0.0},
        "current": {"ece": 0.035, "auroc_none": 0.975, "false_accept_rate": None},
    },
}


def say(event: str, **fields: object) -> None:
    """Report one event."""
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


def main(models: Path, does: str, run: int | None) -> int:
    """Do as told."""
    sys.stderr.write("a note of TensorFlow\n")
    say("started", version="v1", pictures={"EUR": 20}, new={"EUR": 1})
    figures = {"network": 2, "networks": 3, "epoch": 1, "epochs": 2, "val_accuracy": 0.9}
    say("progress", stage="fitting", done=1, total=2, seconds_left=3.0, figures=figures)
    if does == "last":
        time.sleep(60)
    if does == "crash":
        return 1
    if does == "fail":
        say("failed", message="There are no pictures to learn from <here>.")
        return 3
    print("this line is no event")  # noqa: T201 - libraries do that
    shutil.copytree(models / "base", models / "v1")
    card = json.loads((models / "v1" / "card.json").read_text())
    card |= {"version": "v1", "parent": "base", "created": "2026-02-02T00:00:00+00:00"}
    (models / "v1" / "card.json").write_text(json.dumps(card))
    for plot in ("curves.png", "confusion.png"):
        shutil.copy(models / "plot.png", models / "v1" / plot)
    passed = does != "fall short"
    report = {**REPORT, "passed": passed, "run": run}
    (models / "v1" / "gate.json").write_text(json.dumps(report))
    if does == "finish unheard":
        time.sleep(60)
    say("finished", version="v1", passed=passed, report=report)
    return 0


if __name__ == "__main__":
    _, folder, told, *options = sys.argv
    sys.exit(main(Path(folder), told, int(options[-1]) if "--run" in options else None))
