"""Means over the last moments: the numbers that stand beside curves, calm enough to be read."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Final

from gan_tui.viewer.snapshot import Snapshot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


TICKS: Final = 20
"""How many of the newest ticks a present value is the mean of."""


def recent_losses(snapshot: Snapshot) -> tuple[float, float, float]:
    """D's loss on real and on fakes, and G's: means over the newest ticks; NaN where nothing came."""
    series, now = snapshot.series, snapshot.telemetry
    if now is None and not len(series):
        return math.nan, math.nan, math.nan
    values = tuple(mean(v[-TICKS:]) for v in (series.d_real, series.d_fake, series.g))
    told = (now.d_real, now.d_fake, now.g) if now else (None, None, None)
    a, b, c = (
        told_.mean if told_ is not None and (np.isnan(v) or not np.isfinite(told_.mean)) else v
        for v, told_ in zip(values, told, strict=True)
    )
    return a, b, c


def recent_opinions(snapshot: Snapshot) -> tuple[float, float]:
    """D's mean opinion of fakes and of real digits, 0 to 1, over the newest ticks; NaN where nothing came."""
    series, now = snapshot.series, snapshot.telemetry
    if now is None and not len(series):
        return math.nan, math.nan
    fake, real = mean(series.opinion_fake[-TICKS:]), mean(series.opinion_real[-TICKS:])
    if np.isnan(fake) and now is not None and now.opinion_fake is not None:
        fake = now.opinion_fake
    if np.isnan(real) and now is not None and now.opinion_real is not None:
        real = now.opinion_real
    return fake, real


def mean(values: NDArray[np.float32] | NDArray[np.float64]) -> float:
    """Mean of the finite numbers among them; infinity where the newest is infinite; NaN of nothing."""
    if len(values) and np.isinf(values[-1]):
        return float(values[-1])
    with warnings.catch_warnings():
        # A mean of nothing is NaN here, on purpose.
        warnings.simplefilter("ignore", RuntimeWarning)
        return float(np.nanmean(values[~np.isinf(values)], dtype=np.float64)) if len(values) else float("nan")
