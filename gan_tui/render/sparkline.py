"""A row of values as one line of text."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import TYPE_CHECKING

from gan_tui.render.cells import RenderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
else:
    from gan_tui.render.deferred import np


SPARK = "▁▂▃▄▅▆▇"
"""Without █, so that rows of sparklines do not touch."""

SPARK_ASCII = ".:-=+*%@"


def sparkline(
    values: ArrayLike, width: int, lo: float | None = None, hi: float | None = None, glyphs: str = SPARK
) -> str:
    """Values as a string of exactly ``width`` cells, the newest at the right.

    More values than cells are averaged in equal groups; fewer leave blanks at the left. A cell without a
    number is blank, one with a number never: so a gap means no data.

    Args:
        values: numbers (n,); NaN is no data; infinities are drawn as the highest and lowest step.
        width: cells, 0 or more.
        lo: value of the lowest step; None: the smallest finite value.
        hi: value of the highest step; None: the largest finite value.
        glyphs: the steps from low to high; a blank before them is left away.

    Raises:
        RenderError: no glyphs, or a negative width.
    """
    steps = glyphs.lstrip(" ")
    if not steps or width < 0:
        raise RenderError("a sparkline needs a step to draw with and a width of at least 0")
    v = np.asarray(values, np.float64).ravel()
    if len(v) > width > 0:
        v = _grouped(v, width)
    finite = v[np.isfinite(v)]
    lo = (finite.min() if len(finite) else 0.0) if lo is None else lo
    hi = (finite.max() if len(finite) else 1.0) if hi is None else hi
    return (
        "".join(" " if i < 0 else steps[i] for i in _levels(v, lo, hi, len(steps)))[-width:].rjust(width)
        if width
        else ""
    )


def _levels(v: NDArray[np.float64], lo: float, hi: float, steps: int) -> list[int]:
    """The step of each value, -1 where there is none; equal limits draw the lowest step."""
    # Halved, so that the distance of the largest numbers is no infinity.
    half_range = hi / 2 - lo / 2
    with np.errstate(all="ignore"):
        share = (
            (np.clip(v, lo, max(lo, hi)) / 2 - lo / 2) / half_range
            if half_range > 0
            else np.where(v > hi, 1.0, 0.0)
        )
    level = np.rint(np.nan_to_num(share) * (steps - 1)).astype(int)
    chosen: list[int] = np.where(np.isnan(v), -1, np.clip(level, 0, steps - 1)).tolist()
    return chosen


def _grouped(v: NDArray[np.float64], groups: int) -> NDArray[np.float64]:
    """Means of equal groups without their NaNs; NaN where a group has nothing else."""
    edges = np.linspace(0, len(v), groups + 1).round().astype(int)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        # numpy warns of a mean of nothing, which is meant here.
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.array([np.nanmean(v[a:b]) for a, b in pairwise(edges.tolist())])
