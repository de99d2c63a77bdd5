"""What TensorFlow writes past every log setting is left out, and nothing else waits for it."""

import os
import subprocess
import sys
import time

import pytest

from model.runtime import without_notes


def test_notes_are_left_out_and_all_else_passes(capfd: pytest.CaptureFixture[str]) -> None:
    with without_notes():
        os.write(2, b"I0000 00:00:1700000000.000000 1 cpu_feature_guard.cc:227] oneDNN\nsomething is wrong\n")
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "something is wrong\nlater\n"


def test_a_program_that_was_started_meanwhile_is_not_waited_for(capfd: pytest.CaptureFixture[str]) -> None:
    """As a browser is, which the demo opens and which keeps the standard error that it was given."""
    began = time.monotonic()
    with without_notes():
        browser = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert time.monotonic() - began < 10
    assert browser.poll() is None
    browser.communicate(b"\n", timeout=30)
    os.write(2, b"later\n")
    assert capfd.readouterr().err.endswith("later\n")
