"""What the benchmarks of the running program share: a home of its own, a trainer, and a pseudo-terminal."""

import argparse
import contextlib
import fcntl
import os
import pty
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gan_tui.config.sources import combine
from gan_tui.link.client import Client, Received
from gan_tui.link.messages import Telemetry
from gan_tui.runs.launch import launch, tail_log
from gan_tui.runs.run import Run, create_run

PATIENCE = 180.0
"""Seconds that anything may take."""
PROGRAM = [sys.executable, "-m", "gan_tui"]


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Options about the training that is measured."""
    parser.add_argument("--recipe", default="swift", help="recipe of the training [swift]")
    parser.add_argument("--data", help="data set [what a run would take]")
    parser.add_argument("--threads", type=int, default=0, help="the trainer's threads [0: measured]")
    parser.add_argument("--judge", action="store_true", help="let the judge work, too")
    parser.add_argument("--size", default="120x40", help="the terminal's size [120x40]")
    parser.add_argument("--json", action="store_true", help="print JSON")


def size_of(text: str) -> tuple[int, int]:
    """Columns and rows of ``120x40``."""
    columns, rows = text.split("x")
    return int(columns), int(rows)


@contextlib.contextmanager
def scratch_home() -> Iterator[Path]:
    """A home that is no user's: settings, state and sockets lie there; the cache of data sets is shared."""
    root = Path(tempfile.mkdtemp(prefix="gtb-"))
    (root / "run").mkdir(mode=0o700)
    os.environ |= {
        "XDG_RUNTIME_DIR": str(root / "run"),
        "XDG_CONFIG_HOME": str(root / "config"),
        "XDG_STATE_HOME": str(root / "state"),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
    }
    os.environ.pop("NO_COLOR", None)
    # Ended from outside, the trainer must end, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextlib.contextmanager
def trainer(root: Path, options: argparse.Namespace) -> Iterator[Run]:
    """A run that trains until the block ends; it is awaited until its first steps are done."""
    given: dict[str, Any] = {"recipe": options.recipe, "steps": 0, "judge": options.judge}
    given |= {name: value for name in ("data", "threads") if (value := getattr(options, name))}
    run = create_run(combine(given), root / "runs", None, given)
    process = launch(run, None)
    client = Client(run.endpoints(), watching=False)
    try:
        telemetry(client, lambda tick: tick.step > 10, process, run)
        yield run
    finally:
        client.close()
        process.kill()
        process.wait()


def telemetry(
    client: Client, wanted: Callable[[Telemetry], bool], process: "subprocess.Popen[bytes] | None", run: Run
) -> Telemetry:
    """Wait for a tick that is wanted.

    Raises:
        SystemExit: the trainer ended.
    """
    found = await_record(
        client,
        lambda record: isinstance(record, Telemetry) and wanted(record),
        lambda: process is not None and process.poll() is not None,
        run,
    )
    assert isinstance(found, Telemetry)  # noqa: S101 - await_record tested it
    return found


def await_record(
    client: Client,
    wanted: Callable[[Received], bool],
    over: Callable[[], bool] = lambda: False,
    run: Run | None = None,
) -> Received:
    """Listen until a record is wanted.

    Raises:
        SystemExit: it did not come in time.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not over():
        for record in client.receive(0.5):
            if wanted(record):
                return record
    log = "\n".join(tail_log(run, 10)) if run else ""
    sys.exit(f"the trainer did not answer in {PATIENCE:.0f} s, or ended\n{log}")


class Window:
    """A program in a pseudo-terminal whose output is read and counted.

    Args:
        command: what to start. size: columns and rows.
    """

    def __init__(self, command: Sequence[str], size: tuple[int, int]) -> None:
        self.started = time.perf_counter()
        self.pid, self._master = pty.fork()
        if self.pid == 0:  # the child
            with contextlib.suppress(OSError):
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
                os.execv(command[0], list(command))  # noqa: S606 - our own program
            os._exit(127)
        os.set_blocking(self._master, False)
        self.seen = bytearray()
        self.ended = False

    def read(self, timeout: float) -> bytes:
        """What was written meanwhile; waits for the first byte only."""
        if not select.select([self._master], [], [], timeout)[0]:
            return b""
        try:
            piece = os.read(self._master, 1 << 20)
        except BlockingIOError:
            return b""
        except OSError:
            self.ended = True
            return b""
        self.seen += piece
        return piece

    def write(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def until(self, *words: bytes, since: int = 0) -> float:
        """Read until all words came; returns the seconds since the start.

        Raises:
            SystemExit: they did not come in time.
        """
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not self.ended:
            self.read(0.5)
            if all(self.seen.find(word, since) >= 0 for word in words):
                return time.perf_counter() - self.started
        sys.exit(f"{words} did not appear; the last output: {bytes(self.seen[-300:])!r}")

    def drain(self, seconds: float) -> int:
        """Read for some time; returns how many bytes came."""
        end = time.monotonic() + seconds
        total = 0
        while (left := end - time.monotonic()) > 0 and not self.ended:
            total += len(self.read(left))
        return total

    def close(self) -> None:
        """End the program as the terminal's end would, and by force if need be."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        end = time.monotonic() + 5
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            self.read(0.05)
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                break
        os.close(self._master)


def summary(values: Sequence[float]) -> dict[str, float]:
    """Median, least and most, and how many."""
    return {
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "n": len(values),
    }
