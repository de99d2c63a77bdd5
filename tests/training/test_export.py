"""An export is what it was made from: the same pictures, sides, kinds and sources."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from model.errors import DataError
from tests.training.drawn import drawn, jpeg, put
from training.dataset import Dataset
from training.export import export
from training.folders import Example, survey
from training.intake import import_folder


def bring(root: Path, dataset: Dataset, *none: str) -> None:
    import_folder(root, dataset, lambda done, total: None, none=none)


def test_an_export_reads_back_as_it_was(tmp_path: Path) -> None:
    for seed in range(5):
        put(tmp_path / "in/EUR" / f"{seed}.jpg", seed)
    dataset = Dataset(tmp_path)
    bring(tmp_path / "in", dataset)
    assert export(dataset, tmp_path / "out") == 5
    assert Counter((each.label, each.split) for each in survey(tmp_path / "out").examples) == Counter(
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


def test_kinds_groups_and_sources_come_back(tmp_path: Path) -> None:
    for folder, seeds in (("EUR", range(6)), ("cats", range(10, 14)), ("SEK", range(20, 24))):
        for seed in seeds:
            put(tmp_path / "in" / folder / f"{seed}.jpg", seed)
    dataset = Dataset(tmp_path)
    bring(tmp_path / "in", dataset, "cats", "SEK")
    export(dataset, tmp_path / "out")

    def facts(examples: list[Example]) -> list[tuple[str | None, ...]]:
        return sorted((e.path.name, e.label, e.split, e.source, e.kind) for e in examples)

    back = survey(tmp_path / "out").examples
    assert facts(back) == facts(dataset.examples())
    assert {each.kind for each in back} == {None, "cats", "SEK"}
    assert all(each.group for each in back)


def test_what_the_model_remembers_decides_the_side_of_chat_pictures(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    digest = dataset.add(jpeg(drawn(1)), "EUR")
    export(dataset, tmp_path / "out", {digest: "test"})
    assert [each.split for each in survey(tmp_path / "out").examples] == ["test"]
