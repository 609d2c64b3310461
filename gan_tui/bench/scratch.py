"""What measurements of the running program share: a home of its own, and a trainer that is surely ended."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple

from gan_tui.bench.errors import BenchError
from gan_tui.config.sources import combine
from gan_tui.link.client import Client, Received
from gan_tui.link.messages import Telemetry
from gan_tui.runs.launch import cause_of_death, launch, tail_log
from gan_tui.runs.run import Run, create_run

PATIENCE: Final = 180.0
"""Seconds that anything may take."""
PROGRAM: Final = (sys.executable, "-m", "gan_tui")
_LOG_LINES: Final = 20


class Running(NamedTuple):
    """A run and the process that trains it."""

    run: Run
    process: "subprocess.Popen[bytes]"


@contextlib.contextmanager
def scratch_home() -> Iterator[Path]:
    """A home that is no user's: settings, state and sockets lie there; the cache of data sets is shared.

    Meanwhile a SIGTERM ends this process by SystemExit, so that the trainer ends, too. Afterwards the folder
    is gone and environment and signal are as before.
    """
    root = Path(tempfile.mkdtemp(prefix="gtb-"))
    (root / "run").mkdir(mode=0o700)
    names = {
        "XDG_RUNTIME_DIR": str(root / "run"),
        "XDG_CONFIG_HOME": str(root / "config"),
        "XDG_STATE_HOME": str(root / "state"),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
    }
    before = {name: os.environ.get(name) for name in (*names, "NO_COLOR")}
    os.environ.update(names)
    os.environ.pop("NO_COLOR", None)
    try:
        with _ending_on_sigterm():
            yield root
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def started(root: Path, given: Mapping[str, Any]) -> Iterator[Running]:
    """A new run's trainer, as ``gan-tui run`` starts it, until the block ends; nothing is awaited.

    Args:
        root: of :func:`scratch_home`.
        given: settings, as a user gives them.

    Raises:
        GanTuiError: the settings are wrong, or no process can be made.
    """
    run = create_run(combine(given), root / "runs", None, given)
    process = launch(run, None)
    try:
        yield Running(run, process)
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def trainer(root: Path, given: Mapping[str, Any]) -> Iterator[Running]:
    """As :func:`started`, and it is awaited until its first steps are done.

    Raises:
        BenchError: it ended before, or did not come so far in time.
    """
    with started(root, given) as running:
        with listening(running.run, watching=False) as client:
            telemetry(client, lambda tick: tick.step > 10, running.run, running.process)
        yield running


@contextlib.contextmanager
def listening(run: Run, watching: bool) -> Iterator[Client]:
    """A client of the run; ``watching``: whether it counts as a viewer, for whom samples are drawn."""
    client = Client(run.endpoints(), watching=watching)
    try:
        yield client
    finally:
        client.close()


def telemetry(
    client: Client,
    wanted: Callable[[Telemetry], bool],
    run: Run,
    process: "subprocess.Popen[bytes] | None" = None,
) -> Telemetry:
    """Wait for a tick that is wanted; raises as :func:`records`."""
    ticks = (record for record in records(client, run, process) if isinstance(record, Telemetry))
    return next(tick for tick in ticks if wanted(tick))


def records(
    client: Client, run: Run, process: "subprocess.Popen[bytes] | None" = None, patience: float = PATIENCE
) -> Iterator[Received]:
    """All that comes, one after the other, for as long as the caller asks.

    Raises:
        BenchError: the trainer ended, or the caller still asked after ``patience`` seconds.
    """
    end = time.monotonic() + patience
    while time.monotonic() < end:
        yield from client.receive(0.5)
        if process is not None and process.poll() is not None:
            cause = cause_of_death(process.returncode, tail_log(run, _LOG_LINES))
            raise BenchError(f"{cause.sentence} while it was measured")
    raise BenchError(f"the trainer did not come so far in {patience:.0f} s; nothing was measured")


@contextlib.contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what a handler is given
        sys.exit("ended from outside while measuring")

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
