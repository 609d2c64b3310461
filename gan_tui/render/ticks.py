"""Round numbers for an axis."""

from __future__ import annotations

import math
from itertools import pairwise

_ROUND = (1, 2, 5, 10)


def ticks(lo: float, hi: float, about: int = 5, whole: bool = False) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) from ``lo`` to ``hi``, both included where round.

    Args:
        lo: lower end of the axis.
        hi: upper end; equal or lower ends give one tick at most.
        about: how many are wanted; between half and twice as many come back on an axis that holds them.
        whole: steps and counts: no fractions.

    Returns:
        Ascending numbers; empty where an end is not finite.
    """
    step = spacing(lo, hi, about, whole)
    if step is None:
        return [lo] if lo == hi and math.isfinite(lo) and (not whole or lo == int(lo)) else []
    # Allows for the rounding of lo / step; a tick may lie off the axis by no more than that.
    first, last = math.ceil(lo / step - 1e-9), math.floor(hi / step + 1e-9)
    return [_times(k, step) for k in range(first, last + 1)]


def limits(lo: float, hi: float, about: int = 5, whole: bool = False) -> tuple[float, float]:
    """The axis widened to round numbers at both ends; equal ends are parted first.

    Raises:
        ValueError: an end is not finite.
    """
    if not (math.isfinite(lo) and math.isfinite(hi)):
        raise ValueError("an axis has finite ends")
    lo, hi = min(lo, hi), max(lo, hi)
    step = spacing(lo, hi, about, whole)
    if step is None:
        pad = 1.0 if whole or abs(lo) < 1e-290 else abs(lo) / 10
        lo, hi = lo - pad, hi + pad
        step = spacing(lo, hi, about, whole)
        if step is None:
            return lo, hi
    below, above = _times(math.floor(lo / step + 1e-9), step), _times(math.ceil(hi / step - 1e-9), step)
    return min(below, lo), max(above, hi)


def labels(values: list[float]) -> list[str]:
    """Ticks as text with as many decimals as the spacing needs, thousands parted.

    ``0.60 0.80 1.00``, ``0 500 1,000``. Very large and very small spacings are written with an exponent.
    """
    if not values:
        return []
    gap = min((b - a for a, b in pairwise(values)), default=abs(values[0]) or 1.0)
    largest = max(abs(v) for v in values)
    if gap <= 0 or gap < 1e-6 or largest >= 1e9:
        return [f"{v:.3g}" for v in values]
    decimals = max(0, -math.floor(math.log10(gap) + 1e-9))
    if decimals:
        decimals = max(2, decimals)
    return [f"{v if round(v, decimals) else 0.0:,.{decimals}f}" for v in values]


def spacing(lo: float, hi: float, about: int = 5, whole: bool = False) -> float | None:
    """The distance of ticks; None where the axis has no length or no finite ends."""
    if not (math.isfinite(lo) and math.isfinite(hi)) or hi <= lo:
        return None
    # Halved, so that the length between the largest numbers is no infinity.
    raw = (hi / 2 - lo / 2) / max(1, about) * 2
    if not math.isfinite(raw) or raw <= max(abs(lo), abs(hi)) * 1e-14 or raw < 1e-300:
        return None
    power = 10.0 ** math.floor(math.log10(raw))
    step = min((k * power for k in _ROUND), key=lambda s: abs(math.log(s / raw)))
    return max(1.0, step) if whole else step


def _times(k: int, step: float) -> float:
    """A multiple of a round step, without the dust of binary fractions (3 · 0.2 is 0.6)."""
    return float(f"{k * step:.12g}")
