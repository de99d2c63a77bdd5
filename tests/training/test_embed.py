"""What is remembered of a picture is what the network makes of it when it looks at all there is to see."""

from pathlib import Path

import numpy as np

from model.looking import look
from model.pictures import SEEN_SIDE, decode, network_input, seen
from tests.model.test_looking import SIZE, brightness, desk, filled
from tests.training.drawn import jpeg
from training.data.folders import Example
from training.fitting.embed import embed
from training.fitting.pictures import read


def test_pictures_are_remembered_as_they_are_looked_at_in_full(tmp_path: Path) -> None:
    images = {tmp_path / f"{left}.jpg": desk(left, 200) for left in (100, 300, 600)}
    images[tmp_path / "filled.jpg"] = filled()
    for path, image in images.items():
        path.write_bytes(jpeg(image))
    paths = list(images)
    pictures = read(
        [Example(path, "EUR", None, "desk") for path in paths], ["train"] * len(paths), lambda event: None
    )
    rows = embed(brightness, SIZE, pictures, lambda event: None, shipped=False).embedding
    for path, row in zip(paths, rows, strict=True):
        image = decode(path.read_bytes(), SEEN_SIDE)
        (answered,) = look(brightness, SIZE, [seen(image)], lambda number, image=image: image)
        np.testing.assert_allclose(row, answered.embedding, rtol=1e-3)
        assert answered.parts
        (once,) = brightness(network_input(seen(image), SIZE)[None])[0]
        assert row > 1.1 * once


def test_picture_that_is_taken_back_meanwhile_does_not_stop_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(desk(600, 100)))
    (picture,) = read([Example(path, "EUR", None, "desk")], ["train"], lambda event: None)
    path.unlink()
    assert len(embed(brightness, SIZE, [picture], lambda event: None, shipped=False)) == 1
