"""Start TensorFlow without the notes that it writes past every log setting."""

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# Of its C++ parts, before their logging is set up: that there is no GPU, that oneDNN is in use.
_NOTE = re.compile(rb"(WARNING: All log messages before absl::InitializeLog|[IWE]0000 00:00:)")
_started = threading.Lock()

_PATIENCE = 1.0
"""Seconds that the filter is waited for: a program that was started meanwhile, such as a browser, holds a
writing end of its own for as long as it runs."""


def start_tensorflow() -> None:
    """Import TensorFlow and let it find its devices; takes seconds the first time, nothing later."""
    with _started:
        if "tensorflow" in sys.modules:
            return
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        with without_notes():
            import tensorflow as tf

            tf.config.list_logical_devices()
        tf.get_logger().setLevel("ERROR")  # each version that is loaded is a function traced anew; so be it


@contextmanager
def without_notes() -> Iterator[None]:
    """Let everything through to stderr but the notes.

    They come from compiled code, so the file descriptor itself is led through a filter meanwhile. What
    other threads write passes at once.
    """
    kept = os.dup(2)
    source, sink = os.pipe()
    filtering = threading.Thread(target=_filter, args=(source, os.dup(2)), name="stderr filter", daemon=True)
    filtering.start()
    os.dup2(sink, 2)
    os.close(sink)
    try:
        yield
    finally:
        os.dup2(kept, 2)  # closes our writing end, which ends the filter
        os.close(kept)
        filtering.join(_PATIENCE)


def _filter(source: int, sink: int) -> None:
    with os.fdopen(source, "rb") as lines, os.fdopen(sink, "wb", 0) as kept:
        for line in lines:
            if not _NOTE.match(line):
                with suppress(OSError):  # nobody reads it, or the disk is full
                    kept.write(line)
