"""The process behind /retrain: `python -m training --data-dir D --models-dir M --mode head|full [--run ID]`.

Reports one JSON object a line on stdout (`training.events`) and writes a new version; its only trace
besides is what it remembers of pictures that it has looked at (`training.intake.chat_groups`). Ends
with 0 when the version is written, 3 when it could not be, 130 when it was told to stop.
"""

import argparse
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from model.errors import CurrencyBotError
from model.runtime import start_tensorflow
from training.events import Event, Failed, to_line

FAILED = 3
CANCELLED = 130
PARENT_SECONDS = 0.5
"""Between two looks whether somebody still listens."""


def main() -> int:
    """Read the command line, run, report."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--models-dir", type=Path, required=True)
    parser.add_argument("--mode", choices=("head", "full"), default="head")
    parser.add_argument("--run", type=int, help="id of the run, which the version's report repeats")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    signal.signal(signal.SIGTERM, _stop)
    _end_with(os.getppid())
    # Answers come first: what trains takes the time that they leave.
    os.nice(10)
    try:
        start_tensorflow()
        from training.job import retrain

        folders = arguments.data_dir, arguments.models_dir
        _report(retrain(*folders, arguments.mode, _report, run=arguments.run))
    except CurrencyBotError as err:
        logging.getLogger(__name__).exception("the run failed")
        _report(Failed(str(err)))
        return FAILED
    except KeyboardInterrupt:
        return CANCELLED
    except Exception:  # the bot reads events, not tracebacks: whatever went wrong has to become one
        logging.getLogger(__name__).exception("the run failed unexpectedly")
        _report(Failed("The training failed unexpectedly; the log of the bot says why."))
        return FAILED
    return 0


def _report(event: Event) -> None:
    sys.stdout.write(to_line(event) + "\n")
    sys.stdout.flush()


def _end_with(parent: int) -> None:
    """Stop soon after the process that started the run is gone: a bot that was killed leaves none behind."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _stop(signal_number: int, frame: FrameType | None) -> None:
    """End like Ctrl-C does: through every `finally`, so that no half-written version stays."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
