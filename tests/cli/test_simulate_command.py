"""`simulate` runs the real loop beside the owner's data and models, never in them, and says how it went."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.simulation import loop
from tests.cli.running import Run
from tests.tiny import OTHER, note
from tests.training.drawn import jpeg

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def pictures(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Notes of a currency that the tiny network has never seen, and of one that it knows."""
    for label, colour, count in (("GBP", OTHER, 26), ("USD", None, 6)):
        for number in range(count):
            path = tmp_path / "notes" / label / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg(note(label, rng, colour)))
    return tmp_path / "notes"


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_new_currency_is_learned_and_nothing_of_the_owner_is_touched(
    run: Run, tiny_models: Path, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    before = tree(tiny_models) | tree(tmp_path / "data") | tree(pictures)
    done = run("simulate", str(pictures), "--corrections", "6", "--plot", "curve.png")
    assert done.code == 0, done.out + done.err
    assert "6 pictures are sent: 6 GBP." in done.out
    assert "│ GBP, " in done.out
    assert tree(tiny_models) | tree(tmp_path / "data") | tree(pictures) == before
    with Image.open(tmp_path / "curve.png") as plot:
        assert plot.format == "PNG"


def test_a_crowd_that_lies_stands_beside_an_honest_one(run: Run, tiny_models: Path, pictures: Path) -> None:
    done = run("simulate", str(pictures), "--without", "USD", "--corrections", "4", "--liars", "0.34")
    assert "The last layer and the memory begin without USD." in done.out
    assert "6 people, of whom 0 lie" in done.out
    assert "6 people, of whom 2 lie" in done.out
    assert "The liars cost" in done.out
    broken = re.search(r"is promised|a loss of one point|cost too much", done.out)
    assert done.code == bool(broken)


async def test_the_crowd_is_believed_as_the_settings_of_the_owner_say(
    run: Run, tiny_models: Path, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        f"AGREEMENT=3\nADMIN_IDS=1,2\nDATABASE_URL=sqlite+aiosqlite:///{tmp_path}/x\n"
    )
    async with loop.opened(tmp_path, (2,)) as services:
        settings = services.settings
    assert settings.agreement == 3
    assert (settings.is_admin(1), settings.is_trusted(1), settings.is_trusted(2)) == (False, False, True)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("agreement", [0, 4])
def test_a_crowd_of_which_nothing_would_count_is_refused(run: Run, tmp_path: Path, agreement: int) -> None:
    (tmp_path / ".env").write_text(f"AGREEMENT={agreement}\n")
    done = run("simulate", "photos")
    assert (done.code, f"AGREEMENT={agreement}" in done.err) == (2, True)


def test_ctrl_c_leaves_nothing_behind(
    run: Run, tiny_models: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))

    async def interrupted(*_: object) -> None:
        assert list((tmp_path / "tmp").iterdir())
        raise KeyboardInterrupt

    monkeypatch.setattr(loop, "_send", interrupted)
    done = run("simulate", str(pictures), "--corrections", "2")
    assert done.code == 130
    assert "Traceback" not in done.err
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--without", "XXX"), "does not know XXX"),
        (("--users", "1"), "nobody trusts"),
        (("--liars", "1.5"), "--liars"),
    ],
)
def test_wrong_use_is_said_before_anything_starts(
    run: Run, tiny_models: Path, pictures: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = run("simulate", str(pictures), *arguments)
    assert done.code == 2
    assert says in done.err


def test_a_folder_without_pictures_is_one_sentence(run: Run, tiny_models: Path, tmp_path: Path) -> None:
    done = run("simulate", str(tmp_path / "nowhere"))
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("There is no folder")
