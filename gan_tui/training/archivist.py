"""The archivist: a thread that writes checkpoints and TensorBoard points, so that no disk stops training."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gan_tui.config.errors import GanTuiError

MOST_PENDING: Final = 3
"""Checkpoints that may wait to be written; each holds a copy of the state in memory."""


@dataclass(frozen=True)
class SaveJob:
    """A checkpoint to write: the state, and what the list of checkpoints shows of it."""

    name: str
    path: Path
    step: int
    who: str
    captured: Any
    metadata: dict[str, str]


@dataclass(frozen=True)
class PointJob:
    """A point for TensorBoard: figures by name, and a strip of samples, uint8 (N,H,W) or (N,C,H,W)."""

    step: int
    time: float
    scalars: dict[str, float]
    images: npt.NDArray[np.uint8]


Job = SaveJob | PointJob


@dataclass(frozen=True)
class Saved:
    """A checkpoint is whole on the disk."""

    job: SaveJob
    bytes: int
    seconds: float
    time: float


@dataclass(frozen=True)
class Failed:
    """A job was not done, because."""

    job: Job
    because: str


class Archivist:
    """Does jobs in the order they came; what became of them is fetched by the training thread.

    Args:
        save: writes a checkpoint whole, or raises; returns its size in bytes.
        point: writes a TensorBoard point, or raises.
    """

    def __init__(self, save: Callable[[SaveJob], int], point: Callable[[PointJob], None]) -> None:
        self._save, self._point = save, point
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[Saved | Failed] = queue.SimpleQueue()
        self._pending: list[str] = []
        self._idle = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="archivist", daemon=True)
        self._thread.start()

    @property
    def pending(self) -> tuple[str, ...]:
        """Names of the checkpoints that are not whole yet."""
        with self._idle:
            return tuple(self._pending)

    def submit(self, job: Job) -> None:
        """Hand a job over; returns at once."""
        if isinstance(job, SaveJob):
            with self._idle:
                self._pending.append(job.name)
        self._jobs.put(job)

    def results(self) -> list[Saved | Failed]:
        """What became of jobs since the last call."""
        done: list[Saved | Failed] = []
        while True:
            try:
                done.append(self._results.get_nowait())
            except queue.Empty:
                return done

    def settle(self) -> None:
        """Wait until no checkpoint is pending."""
        with self._idle:
            self._idle.wait_for(lambda: not self._pending or not self._thread.is_alive())

    def close(self) -> None:
        """Finish all jobs and end the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            result = self._do(job)
            if result is not None:
                self._results.put(result)
            if isinstance(job, SaveJob):
                with self._idle:
                    self._pending.remove(job.name)
                    self._idle.notify_all()

    def _do(self, job: Job) -> Saved | Failed | None:
        started = time.monotonic()
        try:
            if isinstance(job, PointJob):
                self._point(job)
                return None
            size = self._save(job)
        except Exception as error:  # noqa: BLE001 - a thread that dies would lose every later checkpoint
            return Failed(job, reason(error))
        return Saved(job, size, time.monotonic() - started, time.time())


def reason(error: Exception) -> str:
    """Why, in a few words."""
    if "No space left on device" in str(error) or "os error 28" in str(error):
        return "disk full"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if isinstance(error, GanTuiError):
        return str(error)
    return f"{type(error).__name__}: {error}".splitlines()[0]
