"""The trainer process: takes the run's lock, opens history and link, and only then loads torch and trains.

However it ends, it says so: one sentence on stderr (``trainer.log``), the last status in the history, and a
goodbye on the link.
"""

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from gan_tui.config.errors import GanTuiError
from gan_tui.runs.log_file import LogHandler
from gan_tui.runs.run import Run
from gan_tui.training.board import LOG
from gan_tui.training.clock import SystemClock
from gan_tui.training.office import Office, open_office
from gan_tui.training.signals import Signals
from gan_tui.training.stages import StoppedEarlyError
from gan_tui.training.startup import train
from gan_tui.training.steering import Ending

ENVIRONMENT: Final = {
    # Two threads of torch must not spin while a viewer has the other core: a step took four times as long.
    # ``python -m benchmarks.wait_policy`` measures it again.
    "OMP_WAIT_POLICY": "PASSIVE",
    # numpy only copies small arrays here; threads of its own would take torch's cores.
    "OPENBLAS_NUM_THREADS": "1",
}
"""Set before numpy and torch are loaded, where the user has not set them."""
DEBUG_VARIABLE: Final = "GAN_TUI_DEBUG"
"""Set to anything, a crash writes its traceback into the log, above the sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Train a run to its end; returns the exit status."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    parser = argparse.ArgumentParser(prog="python -m gan_tui.training", description="The trainer process.")
    parser.add_argument("run", type=Path, metavar="RUN_DIR", help="folder of the run")
    parser.add_argument("--resume", type=Path, metavar="CHECKPOINT", help="checkpoint to go on from")
    options = parser.parse_args(arguments)
    run = Run(options.run)
    handler = LogHandler(run.log_path)
    logging.basicConfig(handlers=[handler], format="%(asctime)s  %(message)s", datefmt="%H:%M:%S")
    LOG.setLevel(logging.INFO)
    signals = Signals()
    signals.install()
    try:
        with ExitStack() as stack:
            office = open_office(run, signals, SystemClock(), stack)
            ended = _work(office, options.resume)
    except GanTuiError as error:
        return _fail(error)
    except StoppedEarlyError:
        return 0
    return ended


def _work(office: Office, resume: Path | None) -> int:
    """Train; whatever comes of it, the viewers and the history are told."""
    board = office.board
    try:
        ending = train(office, resume)
    except StoppedEarlyError as stop:
        ending = Ending("stopped", "stopped before training began")
        signal = str(stop)
        text = f"stopped by {signal} before training began" if signal else ending.text
        board.event(0, "auto" if signal else "you", "stopped", text)
        board.farewell(ending.state, ending.text)
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends in one sentence for everybody
        text = sentence(error)
        office.stages.failed(text)
        board.event(board.telemetry.step if board.telemetry else 0, "alarm", "crashed", text)
        board.farewell("crashed", text)
        return _fail(error)
    board.farewell(ending.state, ending.text)
    LOG.info("%s", ending.text)
    return 0


def sentence(error: BaseException) -> str:
    """What happened, in one sentence."""
    if type(error).__module__.startswith("gan_tui."):
        return str(error)  # ours are sentences, also those of data and networks, which know no GanTuiError
    text = " ".join(str(error).split())[:300]
    if type(error).__name__ == "OutOfMemoryError" or isinstance(error, MemoryError):
        return "out of memory: nothing more was saved, earlier checkpoints are safe; take smaller batches"
    return f"the trainer failed ({type(error).__name__}: {text}); earlier checkpoints are safe"


def _fail(error: Exception) -> int:
    """One sentence on stderr; returns the exit status."""
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)
    sys.stderr.write(f"gan-tui: {sentence(error)}\n")
    return error.exit_code if isinstance(error, GanTuiError) else 1
