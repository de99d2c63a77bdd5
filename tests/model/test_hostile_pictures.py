"""Any file becomes a picture or one clear sentence: no crash, no hang past 5 s, no swollen memory."""

import gc
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from PIL import Image

from model.errors import PictureError
from model.pictures import decode, stored_jpeg
from tests.hostile.corpus import KINDS, OUTCOMES, PAYLOAD, PICTURE, Kind

LONGEST = 5.0
"""Seconds of work that one file may cost."""
PEAK = 1200 * 1024**2
"""Bytes that the largest allowed picture may take while it is read."""
GROWTH = 300 * 1024**2
"""Bytes that a kind may leave behind: the allocator keeps some for the next picture."""
SMALL = 1_000_000
"""Pixels up to which a picture is also written as the data set would keep it."""


@contextmanager
def watched() -> Iterator[list[int]]:
    """Give the highest resident memory while the block runs."""
    process, done = psutil.Process(), threading.Event()
    highest = [process.memory_info().rss]

    def look() -> None:
        while not done.wait(0.005):
            highest[0] = max(highest[0], process.memory_info().rss)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield highest
    finally:
        done.set()
        thread.join()


def outcome(data: bytes) -> str:
    """What becomes of a file."""
    try:
        image = decode(data)
    except PictureError as err:
        sentence = str(err)
        assert "\n" not in sentence
        assert sentence.endswith(".")
        return next(name for name in OUTCOMES if name in sentence)
    assert image.mode == "RGB"
    if image.width * image.height <= SMALL:
        kept = stored_jpeg(data)
        assert PAYLOAD not in kept
        assert not Image.open(io.BytesIO(kept)).getexif()
    return PICTURE


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.what)
def test_hostile_files_are_read_or_refused(kind: Kind) -> None:
    gc.collect()
    before = psutil.Process().memory_info().rss
    seen = []
    with watched() as highest:
        for data in kind.make():
            began = time.thread_time()
            seen.append(outcome(data))
            assert time.thread_time() - began < LONGEST
    assert set(seen) <= kind.outcomes
    assert len(seen) == kind.files
    gc.collect()
    assert highest[0] - before < PEAK
    assert psutil.Process().memory_info().rss - before < GROWTH


def test_the_corpus_is_large() -> None:
    assert sum(kind.files for kind in KINDS) >= 500
