"""A trainer holds its run's lock while it lives; the system lets go of it however the trainer ends."""

import fcntl
import os
import time
from typing import Final, Self

from gan_tui.runs.errors import RunError
from gan_tui.runs.run import Run

PATIENCE: Final = 1.0
"""Seconds that taking the lock waits for somebody who only looked whether it is held."""


class RunLock:
    """An exclusive ``flock`` on ``RUN/lock``; a context manager.

    Raises:
        RunError: on :meth:`acquire`, another process trains this run, or the file cannot be made.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def acquire(self) -> None:
        """Take the lock."""
        try:
            descriptor = os.open(self._run.lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise RunError(
                f"{self._run.lock_path} cannot be made: {error.strerror}; nothing was started"
            ) from error
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if isinstance(error, BlockingIOError) and time.monotonic() < deadline:
                    time.sleep(0.02)
                    continue
                os.close(descriptor)
                if isinstance(error, BlockingIOError):
                    raise RunError(
                        f"{self._run.name} is being trained already; "
                        f"watch it with: gan-tui attach {self._run.name}"
                    ) from None
                raise RunError(
                    f"{self._run.lock_path} cannot be locked: {error.strerror}; nothing was started, "
                    "give --runs-dir a folder on another disk"
                ) from error
            self._descriptor = descriptor
            return

    def release(self) -> None:
        """Let go; may be called again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_live(run: Run) -> bool:
    """Whether a trainer holds the run now."""
    try:
        descriptor = os.open(run.lock_path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
