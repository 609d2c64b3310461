"""How much time is left; tests hand in a clock of their own."""

import math
import time
from collections.abc import Callable


class Deadline:
    """A moment after which nothing new begins.

    Args:
        seconds: from now on; None: there is no such moment.
        clock: seconds that never go backwards.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = math.inf if seconds is None else clock() + seconds

    @property
    def left(self) -> float:
        """Seconds until then, at least 0; infinity where there is no end."""
        return max(0.0, self._end - self._clock())

    def part(self, share: float) -> "Deadline":
        """Another one, by the same clock, when that share of the time that is left is over."""
        left = self.left
        return Deadline(left * share if math.isfinite(left) else None, self._clock)

    def fits(self, seconds: float) -> bool:
        """Whether something that takes so long would still end in time."""
        return seconds <= self.left
