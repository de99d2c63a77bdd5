"""`currency-bot dataset …`: tables and sentences on stdout, problems on stderr, exit codes as promised."""

from pathlib import Path

from PIL import Image

from tests.cli.running import Run
from tests.training.drawn import PHOTOS, drawn, jpeg, needs_photos, put
from training.data.dataset import Dataset


def tree(root: Path, *, leak: bool) -> Path:
    put(root / "train/Euro(EUR)/a.jpg", 1)
    put(root / "train/British Pound (GBP)/b.jpg", 2)
    put(root / "test/Euro(EUR)/c.jpg", 1 if leak else 3)
    return root


def test_import_says_what_it_kept_and_ends_well(run: Run, tmp_path: Path) -> None:
    done = run("dataset", "import", str(tree(tmp_path / "in", leak=True)))
    assert done.code == 0
    assert "copy of a held-out picture" in done.out.replace("\n", " ")
    assert "Added 2 pictures (1 to learn from, 1 held out)" in done.out
    assert Dataset(tmp_path / "data").counts() == {"EUR": 1, "GBP": 1}


def test_import_of_one_picture_under_two_labels_ends_with_1(run: Run, tmp_path: Path) -> None:
    put(tmp_path / "in/EUR/a.jpg", 1)
    put(tmp_path / "in/GBP/b.jpg", 1)
    done = run("dataset", "import", str(tmp_path / "in"))
    assert done.code == 1
    assert "keep the right one" in done.err


def test_import_names_what_it_skipped_and_could_not_read(run: Run, tmp_path: Path) -> None:
    put(tmp_path / "in/EUR/a.jpg", 1)
    (tmp_path / "in/EUR/b.jpg").write_bytes(b"text")
    (tmp_path / "in/EUR/notes.txt").write_bytes(b"text")
    done = run("dataset", "import", str(tmp_path / "in"))
    assert done.code == 0
    assert "notes.txt" in done.err
    assert "b.jpg: That is no picture" in done.err


def test_import_takes_several_none_folders_and_a_source(run: Run, tmp_path: Path) -> None:
    put(tmp_path / "in/cats/a.jpg", 1)
    put(tmp_path / "in/dogs [big]/b.jpg", 2)
    put(tmp_path / "in/EUR/c.jpg", 3)
    done = run(
        "dataset", "import", str(tmp_path / "in"), "--none", "cats", "--none", "dogs [big]", "--source", "zoo"
    )
    assert done.code == 0
    assert Dataset(tmp_path / "data").counts() == {"EUR": 1, "NONE": 2}
    assert "zoo" in run("dataset", "stats").out


def test_check_ends_with_1_for_a_leak_and_writes_a_sheet(run: Run, tmp_path: Path) -> None:
    root = tree(tmp_path / "in", leak=True)
    done = run("dataset", "check", str(root), "--sheet", str(tmp_path / "sheet.png"))
    assert done.code == 1
    assert "1 training files are copies of a held-out picture, 0 more are near twins of one." in done.out
    assert not (tmp_path / "data").exists()
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.format == "PNG"


def test_check_ends_with_0_for_clean_folders_and_the_data_set(run: Run, tmp_path: Path) -> None:
    root = tree(tmp_path / "in", leak=False)
    assert run("dataset", "check", str(root)).code == 0
    run("dataset", "import", str(root))
    assert run("dataset", "check").code == 0


def test_check_of_an_empty_data_set_is_one_sentence(run: Run) -> None:
    done = run("dataset", "check")
    assert (done.code, done.out) == (3, "")
    assert done.err.count("\n") == 1
    assert "currency-bot dataset import" in done.err


def test_stats_count_what_is_new_and_what_waits(run: Run, tmp_path: Path) -> None:
    dataset = Dataset(tmp_path / "data")
    dataset.add(jpeg(drawn(1)), "EUR")
    dataset.add(jpeg(drawn(2)), "JPY", place="pending")
    done = run("dataset", "stats")
    assert done.code == 0
    assert [line.split() for line in done.out.splitlines() if "EUR" in line] == [
        ["│", "EUR", "│", "0", "│", "0", "│", "1", "│", "100", "%", "│", "0", "│"]
    ]
    assert "chat" in done.out


def test_export_makes_plain_trees(run: Run, tmp_path: Path) -> None:
    run("dataset", "import", str(tree(tmp_path / "in", leak=False)))
    done = run("dataset", "export", str(tmp_path / "out"))
    assert done.code == 0
    assert "Copied 3 pictures" in done.out
    assert len(list((tmp_path / "out/train/EUR").glob("*.jpg"))) == 1
    assert run("dataset", "export", str(tmp_path / "out")).code == 3


def test_what_the_disk_refuses_is_one_sentence(run: Run, tmp_path: Path) -> None:
    root = tree(tmp_path / "in", leak=False)
    (tmp_path / "file").write_bytes(b"x")
    done = run("dataset", "check", str(root), "--sheet", str(tmp_path / "file" / "sheet.png"))
    assert done.code == 3
    assert "sheet.png' cannot be written" in done.err.splitlines()[-1]
    (tmp_path / "data").write_bytes(b"x")
    done = run("dataset", "import", str(root))
    assert (done.code, done.err.count("\n")) == (3, 1)


def test_check_says_plainly_how_unequal_classes_are_and_what_is_poor(run: Run, tmp_path: Path) -> None:
    for seed in range(6):
        put(tmp_path / "in/EUR" / f"{seed}.jpg", seed)
    for seed in (6, 7):
        put(tmp_path / "in/GBP" / f"{seed}.jpg", seed)
    (tmp_path / "in/GBP/dark.jpg").write_bytes(jpeg(drawn(8).point(lambda level: level // 8)))
    done = run("dataset", "check", str(tmp_path / "in"), "--sheet", "sheet.png")
    assert done.code == 0
    assert "largest class to learn from, EUR (6), is 2.0 times the smallest, GBP (3)." in done.out
    assert "1 dark" in done.out
    assert "in/GBP/dark.jpg" in done.err


def test_import_says_the_balance_of_the_whole_data_set(run: Run, tmp_path: Path) -> None:
    for seed in range(4):
        put(tmp_path / "first/EUR" / f"{seed}.jpg", seed)
    for seed in (6, 7):
        put(tmp_path / "second/GBP" / f"{seed}.jpg", seed)
    assert "Balance" not in run("dataset", "import", "first").out
    assert "EUR (4), is 2.0 times the smallest, GBP (2)." in run("dataset", "import", "second").out


def test_check_says_when_there_is_no_model_to_compare_by(run: Run, tmp_path: Path) -> None:
    done = run("dataset", "check", str(tree(tmp_path / "in", leak=False)))
    assert "Embeddings were not compared" in done.out


def test_check_finds_turned_copies_with_the_model_in_use(run: Run, tmp_path: Path, tiny_models: Path) -> None:
    root = tree(tmp_path / "in", leak=False)
    (root / "test/Euro(EUR)/turned.jpg").write_bytes(jpeg(drawn(1).rotate(90)))
    done = run("dataset", "check", str(root), "--sheet", "sheet.png")
    assert done.code == 0
    assert "1 pairs of one class, 1 of them on both sides of the split" in done.out
    assert "Perhaps one shot, on both sides of the split" in done.err
    assert "were not compared" in run("dataset", "check", str(root), "--by-hash").out


@needs_photos
def test_check_says_of_the_published_folders_what_is_known(run: Run) -> None:
    done = run("dataset", "check", str(PHOTOS / "seed"))
    assert done.code == 1
    assert "51 distinct held-out pictures; 51 held-out files are copies" in done.out
    assert "10 training files are copies of a held-out picture, 8 more are near twins" in done.out
    assert "14 exact copies, 28 pairs of near duplicates" in done.out
    assert "475 training files have no twin among the held-out ones: 461 distinct pictures." in done.out
