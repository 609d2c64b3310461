"""Time, as the trainer reads it; tests hand in a clock of their own."""

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings of time."""

    def now(self) -> float:
        """Seconds that never go backwards; for durations."""

    def time(self) -> float:
        """Unix seconds; for records that people read."""


class SystemClock:
    """The machine's."""

    def now(self) -> float:
        """Seconds since some start."""
        return time.monotonic()

    def time(self) -> float:
        """Unix seconds."""
        return time.time()


class Stopwatch:
    """Seconds of training: runs while training, stands while paused, and goes on after a resume."""

    def __init__(self, clock: Clock, elapsed: float = 0.0) -> None:
        self._clock = clock
        self._counted = elapsed
        self._since: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds of training so far."""
        return self._counted + (0.0 if self._since is None else self._clock.now() - self._since)

    def run(self) -> None:
        """Count from now on; running already is no mistake."""
        if self._since is None:
            self._since = self._clock.now()

    def halt(self) -> None:
        """Stand still."""
        self._counted, self._since = self.elapsed, None

    def set(self, elapsed: float) -> None:
        """Take up another count, as after a restore."""
        self._counted = elapsed
        if self._since is not None:
            self._since = self._clock.now()


class Rhythm:
    """Something that is due every so many seconds, however irregularly one asks."""

    def __init__(self, clock: Clock, period: float) -> None:
        self._clock = clock
        self.period = period
        self._last = -float("inf")

    @property
    def due(self) -> bool:
        """Whether the period has passed since it was last taken."""
        return self._clock.now() - self._last >= self.period

    @property
    def wait(self) -> float:
        """Seconds until it is due, at least 0."""
        return max(0.0, self._last + self.period - self._clock.now())

    def take(self) -> None:
        """It is done now."""
        self._last = self._clock.now()
