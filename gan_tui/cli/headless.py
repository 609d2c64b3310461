"""``gan-tui run --headless``: the same trainer and link, without a screen."""

import signal
import sys
import time
from pathlib import Path
from typing import Final, Protocol

import click

from gan_tui.config.errors import GanTuiError
from gan_tui.link.client import Client
from gan_tui.link.commands import Stop
from gan_tui.link.messages import Goodbye, Report, Status, Telemetry, Welcome
from gan_tui.runs.checkpoints import latest_checkpoint
from gan_tui.runs.launch import cause_of_death, launch, tail_log
from gan_tui.runs.run import Run

INTERRUPTED: Final = 130
"""Exit status after Ctrl+C, as shells have it."""
LINE_EVERY: Final = 5.0
"""Seconds between two plain lines."""


class Display(Protocol):
    """Where progress goes."""

    def show(self, telemetry: Telemetry, status: Status | None, report: Report | None) -> None:
        """Show the newest figures."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class PlainLines:
    """One line every few seconds on stderr, for log files."""

    def __init__(self) -> None:
        self._last = 0.0

    def show(self, telemetry: Telemetry, status: Status | None, report: Report | None) -> None:
        """Print a line where the last is old enough."""
        now = time.monotonic()
        if now - self._last >= LINE_EVERY:
            self._last = now
            click.echo(figures(telemetry, status, report), err=True)

    def close(self) -> None:
        """Nothing to restore."""


class Bar:
    """A progress bar on the terminal's stderr."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - plain lines need no rich
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - as above

        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=Console(stderr=True)
        )
        self._task = self._progress.add_task("starting", total=None)
        self._progress.start()

    def show(self, telemetry: Telemetry, status: Status | None, report: Report | None) -> None:
        """Move the bar."""
        done, total = goal(telemetry, status)
        self._progress.update(
            self._task, completed=done, total=total, description=figures(telemetry, status, report)
        )

    def close(self) -> None:
        """Stop redrawing."""
        self._progress.stop()


def goal(telemetry: Telemetry, status: Status | None) -> tuple[float, float | None]:
    """How far the run is, and where it ends: in seconds or steps, whichever is nearer its end."""
    ends: list[tuple[float, float]] = []
    if status and status.target_steps:
        ends.append((telemetry.step, status.target_steps))
    if status and status.target_seconds:
        ends.append((telemetry.elapsed, status.target_seconds))
    return max(ends, key=lambda end: end[0] / end[1], default=(telemetry.step, None))


def figures(telemetry: Telemetry, status: Status | None, report: Report | None) -> str:
    """One line: step, losses, speed and what the judge read."""
    parts = [f"step {telemetry.step:,}"]
    if telemetry.d_real and telemetry.d_fake:
        parts.append(f"D {telemetry.d_real.mean:.3f} {telemetry.d_fake.mean:.3f}")
    if telemetry.g:
        parts.append(f"G {telemetry.g.mean:.3f}")
    if telemetry.steps_per_second:
        parts.append(f"{telemetry.steps_per_second:.1f} steps/s")
    if report:
        parts.append(f"{report.seen} of {len(report.shares)} classes")
        parts.append(f"readable {report.readable:.0%}")
        parts.append(f"distance {report.distance:.1f} (real {report.floor:.1f})")
    if status and status.state != "training":
        parts.append(status.state)
    return "  ".join(parts)


class _Watch:
    """What came over the link so far."""

    def __init__(self, display: Display) -> None:
        self.status: Status | None = None
        self.report: Report | None = None
        self.goodbye: Goodbye | None = None
        self._display = display

    @property
    def finished(self) -> bool:
        """The run has reached its end."""
        return self.status is not None and self.status.state == "finished"

    def take(self, record: object) -> None:
        if isinstance(record, Welcome):
            self.status, self.report = record.status or self.status, record.report or self.report
        elif isinstance(record, Status):
            self.status = record
        elif isinstance(record, Report):
            self.report = record
        elif isinstance(record, Telemetry):
            self._display.show(record, self.status, self.report)
        elif isinstance(record, Goodbye):
            self.goodbye = record


def train_headless(run: Run, checkpoint: Path | None) -> int:
    """Start the trainer, show progress until it ends, print the run's path as the last line of stdout.

    Returns:
        0 when it finished or was stopped, 130 after Ctrl+C (the trainer saves first).

    Raises:
        GanTuiError: the trainer ended otherwise; the sentence says what is safe.
    """
    display: Display = Bar() if sys.stderr.isatty() else PlainLines()
    process = launch(run, checkpoint)
    client = Client(run.endpoints(), watching=False)
    watch = _Watch(display)
    asked_to_end = by_user = False
    # Counted, not raised: an exception could fall anywhere, also where a library would swallow it.
    presses: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: presses.append(number))
    try:
        while process.poll() is None:
            for record in client.receive(timeout=0.2):
                watch.take(record)
            if watch.finished and not asked_to_end:
                asked_to_end = True
                client.send(Stop(save=False))
            if presses and not by_user:
                asked_to_end = by_user = True
                client.send(Stop(save=True))
                click.echo("saving, then ending; Ctrl+C again leaves it running", err=True)
            if len(presses) > 1:
                raise KeyboardInterrupt
    finally:
        signal.signal(signal.SIGINT, before)
        display.close()
        client.close()
    if process.returncode != 0:
        raise GanTuiError(_what_happened(run, process.returncode))
    click.echo(run.path)
    return INTERRUPTED if by_user else 0


def _what_happened(run: Run, returncode: int) -> str:
    what = str(cause_of_death(returncode, tail_log(run, 20))).rstrip(".")
    safe = latest_checkpoint(run)
    return f"the trainer ended: {what}; " + (f"{safe.name} is safe" if safe else "nothing was saved yet")
