"""Limits and round ticks of the loss chart's axes."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from gan_tui.render import numbers

_STEP_SIZES = (1, 2, 5)
SHRINK_AFTER: Final = 30.0
"""Seconds for which a smaller axis must do before it is taken."""
_SHRINK_BY = 0.2
_HIGHEST = 1e30
"""Losses beyond this stand at the axis's end."""
_LOWEST = 1e-4
"""Losses below this stand at the bottom of a logarithmic axis."""


@dataclass(frozen=True)
class Scale:
    """From a loss to its height on the canvas: the loss itself, or its decimal logarithm."""

    log: bool = False

    def place(self, value: float) -> float:
        """The height of a loss."""
        if not self.log or not math.isfinite(value):
            return value
        return math.log10(max(value, _LOWEST))


def rounded(values: Iterable[float], log: bool) -> tuple[float, float]:
    """Limits in losses that contain all finite values, widened to round numbers; none: 0 to 1."""
    there = [min(_HIGHEST, max(-_HIGHEST, v)) for v in values if math.isfinite(v)]
    if not there:
        return (0.1, 1.0) if log else (0.0, 1.0)
    lo, hi = min(there), max(there)
    if log:
        low = _down(lo)
        return low, max(_up(hi), low * 2)
    unit = 0.1
    while (hi - lo) / unit > 40 or max(-lo, hi) / unit > 1e9:
        unit *= 2 if f"{unit:.0e}"[0] in "15" else 2.5
    pad = unit / 5
    low = (
        max(0.0, math.floor((lo - pad) / unit + 1e-9) * unit)
        if lo >= 0
        else math.floor((lo - pad) / unit) * unit
    )
    return low, max(math.ceil((hi + pad) / unit - 1e-9) * unit, low + unit)


def _down(value: float) -> float:
    """The greatest of 1, 2, 5 times a power of ten that is not above."""
    value = max(value, _LOWEST)
    power = math.floor(math.log10(value) + 1e-9)
    sizes = [s * 10.0**p for p in (power - 1, power) for s in _STEP_SIZES]
    return max((size for size in sizes if size <= value), default=_LOWEST)


def _up(value: float) -> float:
    """The least of 1, 2, 5, 10 times a power of ten that is not below."""
    power = math.floor(math.log10(max(value, _LOWEST)) + 1e-9)
    return min(s * 10.0**p for p in (power, power + 1) for s in (*_STEP_SIZES, 10) if s * 10.0**p >= value)


class YAxis:
    """Limits that grow at once, and shrink only after 30 s, by a fifth or more: a calm axis.

    ``clock`` gives monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._limits: tuple[float, float] | None = None
        self._log = False
        self._small_since: float | None = None

    def limits(self, values: Iterable[float], log: bool = False) -> tuple[float, float]:
        """The limits now, in losses; they contain all finite values."""
        wanted = rounded(values, log)
        if self._limits is None or log != self._log:
            self._limits, self._log, self._small_since = wanted, log, None
            return wanted
        lo, hi = min(self._limits[0], wanted[0]), max(self._limits[1], wanted[1])
        scale = Scale(log).place
        smaller = scale(wanted[1]) - scale(wanted[0]) <= (scale(hi) - scale(lo)) * (1 - _SHRINK_BY) + 1e-9
        now = self._clock()
        if not smaller:
            self._small_since = None
        elif self._small_since is None:
            self._small_since = now
        elif now - self._small_since >= SHRINK_AFTER:
            lo, hi = wanted
            self._small_since = None
        self._limits = (lo, hi)
        return self._limits


def y_ticks(lo: float, hi: float, rows: int, log: bool = False) -> list[float]:
    """Round losses within the limits, no more than one in two and a half rows (but two)."""
    most = max(2, rows / 2.5)
    if log:
        return _log_ticks(lo, hi, most)
    sizes = (s * 10.0**p for p in range(-2, 9) for s in (1, 2, 2.5, 5))
    size = next((s for s in sizes if s >= 0.05 - 1e-9 and (hi - lo) / s <= most), hi - lo or 1.0)
    first, last = math.ceil(lo / size - 1e-6), math.floor(hi / size + 1e-6)
    return [k * size for k in range(first, last + 1)]


def _log_ticks(lo: float, hi: float, most: float) -> list[float]:
    low, high = math.floor(math.log10(lo)), math.ceil(math.log10(hi))
    for sizes in (_STEP_SIZES, (1,)):
        ticks = [s * 10.0**p for p in range(low, high + 1) for s in sizes]
        ticks = [t for t in ticks if lo * (1 - 1e-9) <= t <= hi * (1 + 1e-9)]
        if len(ticks) <= most:
            return ticks
    return ticks


def tick_label(value: float) -> str:
    """A tick in exactly four cells: ``1.00``, ``12.0``, `` 150``, ``2e4``."""
    value = abs(value) if abs(value) < 1e-9 else value
    for places in (2, 1, 0):
        text = f"{value:.{places}f}"
        if len(text) <= 4 and abs(float(text) - value) <= abs(value) / 100:
            return text.rjust(4)
    return f"{value:.0e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e").rjust(4)[:4]


def x_ticks(first: float, last: float, cells: int) -> list[int]:
    """Round steps from first to last, one in fourteen cells at most."""
    wanted = (last - first) / max(2, cells // 14)
    size = next(s * 10**p for p in range(16) for s in _STEP_SIZES if s * 10**p >= wanted)
    start = math.ceil(first / size - 1e-9)
    return [k * size for k in range(start, math.floor(last / size + 1e-9) + 1)]


def step_label(step: int) -> str:
    """A step on the axis: ``1,000``."""
    return numbers.count(step)
