"""An export is what it was made from: the same pictures, sides, kinds and sources."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from model.errors import DataError
from tests.training.drawn import drawn, jpeg, put
from training.dataset import Dataset
from training.export import export
from training.folders import scan
from training.intake import import_folder


def bring(root: Path, dataset: Dataset, *none: str) -> None:
    import_folder(root, dataset, lambda done, total: None, none=none)


def test_an_export_reads_back_as_it_was(tmp_path: Path) -> None:
    for seed in range(5):
        put(tmp_path / "in/EUR" / f"{seed}.jpg", seed)
    dataset = Dataset(tmp_path)
    bring(tmp_path / "in", dataset)
    assert export(dataset, tmp_path / "out") == 5
    assert Counter((each.label, each.split) for each in scan(tmp_path / "out")) == Counter(
        (each.label, each.split) for each in dataset.examples()
    )
    with (tmp_path / "out/manifest.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["source_repo"] for row in rows} == {"in"}
    assert all((tmp_path / "out" / row["file"]).is_file() for row in rows)


def test_an_export_overwrites_nothing(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    dataset.add(jpeg(drawn(1)), "EUR")
    put(tmp_path / "out/mine.jpg", 2)
    with pytest.raises(DataError, match="not empty"):
        export(dataset, tmp_path / "out")
