"""What all tests share: no settings of the machine, and one tiny network that really learned something."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.registry import BASE, Registry
from model.runtime import start_tensorflow
from tests.tiny import COLOURS, note
from tests.training.drawn import jpeg


@pytest.fixture(scope="session")
def _tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry whose base tells plain red, green and blue "notes" apart."""
    start_tensorflow()
    from training.data.folders import Example
    from training.fitting.recipes import recipe_for
    from training.run import run_full

    folder = tmp_path_factory.mktemp("tiny")
    rng = np.random.default_rng(7)
    examples = []
    for label in COLOURS:
        for number in range(14):
            path = folder / "pictures" / label / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg(note(label, rng)))
            split = "test" if number >= 11 else "train"
            examples.append(Example(path, label, split, "drawn"))
    recipe = replace(recipe_for("seed-cnn"), image_size=32, epochs=30, batch_size=8)
    run_full(examples, Registry(folder / "models"), recipe, lambda event: None, version=BASE, shipped=True)
    return folder / "models"


@pytest.fixture
def tiny_models(_tiny_models: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of that registry which the test may change."""
    yield Path(shutil.copytree(_tiny_models, tmp_path / "models"))


@pytest.fixture
def rng() -> np.random.Generator:
    """Chance that is the same every time."""
    return np.random.default_rng(0)


@pytest.fixture
def picture(rng: np.random.Generator) -> Image.Image:
    """One drawn note."""
    return note("EUR", rng)
