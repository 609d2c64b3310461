"""What the history keeps of the ticks: neighbours become one row, so that a day of training stays small."""

from collections.abc import Callable
from typing import Final

import msgspec

from gan_tui.link.messages import Moments, Telemetry
from gan_tui.runs.history.rows import has_update
from gan_tui.training.clock import Clock, Rhythm

ROW_SECONDS: Final = 0.5
"""Ticks within this time become one row: at most 7,200 an hour."""
ALIVE_SECONDS: Final = 3.0
"""While nothing trains, the history hears at most this often that the trainer lives, and who watches."""


class Keeper:
    """Puts ticks into the history, merged.

    Args:
        put: takes a row. clock: for the rhythm.
    """

    def __init__(self, put: Callable[[Telemetry], None], clock: Clock) -> None:
        self._put = put
        self._rhythm = Rhythm(clock, ROW_SECONDS)
        self._alive = Rhythm(clock, ALIVE_SECONDS)
        self._row: Telemetry | None = None

    def add(self, tick: Telemetry, at_once: bool) -> None:
        """Take a tick in, if it had any update; ``at_once``: let the row be written now."""
        if has_update(tick):
            self._row = tick if self._row is None else merged(self._row, tick)
        if at_once or self._rhythm.due:
            self.flush()

    def beat(self, tick: Telemetry) -> None:
        """Pass a sign of life on, now and then: of it the history keeps that it was, and no row."""
        if not has_update(tick) and self._alive.due:
            self._alive.take()
            self._put(tick)

    def flush(self) -> None:
        """Write what was taken in."""
        self._rhythm.take()
        if self._row is not None:
            self._put(self._row)
            self._row = None


def merged(first: Telemetry, second: Telemetry) -> Telemetry:
    """One record of two ticks: counters of the second, moments of both, means weighted by their updates."""
    d = _count(first.d_fake), _count(second.d_fake)
    return msgspec.structs.replace(
        second,
        d_real=_joined(first.d_real, second.d_real),
        d_fake=_joined(first.d_fake, second.d_fake),
        g=_joined(first.g, second.g),
        opinion_real=_mean(first.opinion_real, second.opinion_real, d),
        opinion_fake=_mean(first.opinion_fake, second.opinion_fake, d),
        right_real=_mean(first.right_real, second.right_real, d),
        right_fake=_mean(first.right_fake, second.right_fake, d),
    )


def _joined(first: Moments | None, second: Moments | None) -> Moments | None:
    if first is None or second is None:
        return second if first is None else first
    count = first.count + second.count
    mean = (first.mean * first.count + second.mean * second.count) / count
    return Moments(count, mean, min(first.min, second.min), max(first.max, second.max))


def _mean(first: float | None, second: float | None, counts: tuple[int, int]) -> float | None:
    if first is None or second is None:
        return second if first is None else first
    return (first * counts[0] + second * counts[1]) / sum(counts)


def _count(moments: Moments | None) -> int:
    return moments.count if moments is not None else 0
