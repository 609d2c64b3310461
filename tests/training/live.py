"""A real trainer process on a tiny data set, and a viewer's end of its link."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from gan_tui.config.sources import combine
from gan_tui.link.client import Client
from gan_tui.link.commands import AnyCommand
from gan_tui.link.messages import Applied, Event, Goodbye, Refused, Status, Telemetry, Welcome
from gan_tui.runs.launch import launch
from gan_tui.runs.run import Run, create_run

PATIENCE = 60.0
"""Seconds; a start takes two on an idle machine."""
_T = TypeVar("_T")


def tiny_data(folder: Path, count: int = 320) -> Path:
    """An ``.npz`` of blobs in ten classes, as Keras lays it out."""
    rng = np.random.default_rng(0)
    labels = np.arange(count, dtype=np.uint8) % 10
    images = rng.integers(0, 60, (count, 28, 28), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[8:20, 2 + 2 * label : 6 + 2 * label] = 255
    path = folder / "tiny.npz"
    np.savez(path, x_train=images, y_train=labels, x_test=images[:50], y_test=labels[:50])
    return path


def tiny_run(folder: Path, name: str = "tiny", **given: Any) -> Run:
    """A run of the light pair with small batches, on one thread; endless unless told otherwise."""
    data = folder / "tiny.npz"
    settings = {
        "recipe": "swift",
        "data": str(data if data.exists() else tiny_data(folder)),
        "precision": "fp32",
        "threads": 1,
        "device": "cpu",
        "d_batch": 8,
        "g_batch": 8,
        "steps": 0,
        "checkpoint_every": 0,
        "tensorboard_every": 0,
        "judge": False,
        **given,
    }
    return create_run(combine(settings), folder / "runs", name, settings)


class Live:
    """A trainer and a client of it; remembers all that was heard."""

    def __init__(self, run: Run, process: "subprocess.Popen[bytes]", client: Client) -> None:
        self.run, self.process, self.client = run, process, client
        self.heard: list[Any] = []
        self.farewells: list[Goodbye] = []

    def until(self, found: Callable[[Any], _T | None], what: str = "") -> _T:
        """Listen until a record makes ``found`` true; those heard before do not count."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.heard.extend(self.client.receive(0.2))
            self.farewells += [record for record in self.heard if isinstance(record, Goodbye)]
            for i, record in enumerate(self.heard):
                answer = found(record)
                if answer:
                    del self.heard[: i + 1]
                    return answer
            self.heard.clear()
            if self.process.poll() is not None and not self.client.receive(0):
                break
        log = self.run.log_path.read_text(encoding="utf-8", errors="replace")
        raise AssertionError(f"never heard {what or found}; exit {self.process.poll()}; log:\n{log[-3000:]}")

    def ask(self, command: AnyCommand) -> Applied | Refused:
        """Send a command; its answer."""
        number = self.client.send(command)
        return self.until(
            lambda record: record if isinstance(record, Applied | Refused) and record.id == number else None,
            f"the answer to {command}",
        )

    def applied(self, command: AnyCommand) -> Applied:
        """Send a command that must be obeyed."""
        reply = self.ask(command)
        assert isinstance(reply, Applied), reply
        return reply

    def step(self, least: int) -> Telemetry:
        """Listen until so many steps are done."""
        return self.until(
            lambda record: record if isinstance(record, Telemetry) and record.step >= least else None,
            f"step {least}",
        )

    def state(self, state: str) -> None:
        """Listen until the trainer says that it is in this state."""

        def found(record: Any) -> bool:
            status = record.status if isinstance(record, Welcome) else record
            return isinstance(status, Status) and status.state == state

        self.until(found, f"state {state}")

    def event(self, kind: str) -> Event:
        """Listen until an event of this kind."""
        return self.until(
            lambda record: record if isinstance(record, Event) and record.kind == kind else None, kind
        )

    def goodbye(self) -> Goodbye:
        """Listen until the trainer's last words."""
        if not self.farewells:  # it may have come in one batch with the answer to a stop, and before it
            self.until(lambda record: isinstance(record, Goodbye), "goodbye")
        return self.farewells[0]

    def ended(self) -> int:
        """The exit status, when it has ended."""
        return self.process.wait(PATIENCE)


@contextmanager
def live(run: Run, resume: Path | None = None, watching: bool = True) -> Iterator[Live]:
    """Start a run's trainer; it is killed if the test leaves it running."""
    process = launch(run, resume)
    client = Client(run.endpoints(), watching=watching)
    try:
        yield Live(run, process, client)
    finally:
        client.close()
        if process.poll() is None:
            process.kill()
        process.wait(10)


def trainer_command(run: Run, *interpreter: str) -> "subprocess.CompletedProcess[str]":
    """Run a trainer, or what else the interpreter is told, to its end; what it printed is kept."""
    return subprocess.run(
        [sys.executable, *(interpreter or ("-m", "gan_tui.training", str(run.path)))],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )
