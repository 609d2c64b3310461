"""Reduce and smooth curves before they are drawn. All results are finite but where it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_tui.render.cells import RenderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Series = tuple[NDArray[np.float64], NDArray[np.float64]]
else:
    from gan_tui.render.deferred import np


def decimate_minmax(x: ArrayLike, y: ArrayLike, bins: int) -> Series:
    """At most ``2 * bins`` of the points: the lowest and the highest of each of ``bins`` equal parts of x.

    Points that are not finite are left out; the rest come back sorted by x (stably). Peaks survive, unlike in
    a mean. With no more than ``2 * bins`` points all are kept.

    Raises:
        RenderError: x and y differ in length, or fewer than 1 bin.
    """
    x, y, part = _parts(x, y, bins)
    if len(x) <= 2 * bins:
        return x, y
    starts = np.flatnonzero(np.diff(part, prepend=-1))
    group = np.cumsum(np.diff(part, prepend=part[0]) != 0)
    keep = np.zeros(len(x), bool)
    for extreme in (np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)):
        at = np.flatnonzero(y == extreme[group])
        keep[at[np.flatnonzero(np.diff(group[at], prepend=-1))]] = True
    return x[keep], y[keep]


def bin_mean(x: ArrayLike, y: ArrayLike, bins: int) -> Series:
    """Mean x and y of the points in each of ``bins`` equal parts of x; empty parts are left out.

    Points that are not finite are left out too.

    Raises:
        RenderError: x and y differ in length, or fewer than 1 bin.
    """
    x, y, part = _parts(x, y, bins)
    if len(x) == 0:
        return x, y
    starts = np.flatnonzero(np.diff(part, prepend=-1))
    count = np.diff(np.append(starts, len(x)))
    # Divided before they are added, so that the sum of the largest numbers is no infinity.
    share = np.repeat(1 / count, count)
    return _means(x, share, starts), _means(y, share, starts)


def _means(
    v: NDArray[np.float64], share: NDArray[np.float64], starts: NDArray[np.intp]
) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        mean = np.add.reduceat(v * share, starts)
    # Rounding may put a mean a trifle beyond its values, and so the largest numbers at infinity.
    return np.clip(mean, np.minimum.reduceat(v, starts), np.maximum.reduceat(v, starts))


def smooth_centred(y: ArrayLike, window: int) -> NDArray[np.float64]:
    """Centred mean over ``window`` points (an even number counts as the odd one above it), as long as y.

    Towards the ends the window shrinks evenly on both sides, so the curve never lags; the first and last
    value stay as they are. Values that are not finite do not count in their neighbours' means; their own
    places are NaN.

    Cost: len(y) · window.

    Raises:
        RenderError: a window below 1.
    """
    if window < 1:
        raise RenderError(f"a mean needs at least 1 value, not {window}")
    y = np.asarray(y, np.float64).ravel()
    n = len(y)
    half = min(window // 2, (n - 1) // 2)
    if half < 1:
        return np.where(np.isfinite(y), y, np.nan)
    there = np.isfinite(y)
    if not there.any():
        return np.full(n, np.nan)
    # Divided before they are added, so that the sum of the largest numbers is no infinity. No running sum is
    # subtracted from another: after one huge value that would lose all later ones.
    scale = 2 * half + 1
    part = np.where(there, y, 0.0) / scale
    total, count = np.empty(n), np.empty(n)
    with np.errstate(over="ignore"):
        for source, target in ((part, total), (there.astype(np.float64), count)):
            target[half : n - half] = np.lib.stride_tricks.sliding_window_view(source, scale).sum(1)
            target[:half] = np.cumsum(source[: 2 * half - 1])[::2]
            target[n - half :] = np.cumsum(source[: n - 2 * half : -1])[::2][::-1]
        mean = total * (scale / np.maximum(count, 1))
    # Rounding may put a mean a trifle beyond its values, and so the largest numbers at infinity.
    return np.where(there, np.clip(mean, y[there].min(), y[there].max()), np.nan)


def _parts(
    x: ArrayLike, y: ArrayLike, bins: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]:
    """Finite points sorted by x, and the equal part of x that each lies in, 0 to bins - 1."""
    x, y = np.asarray(x, np.float64).ravel(), np.asarray(y, np.float64).ravel()
    if len(x) != len(y):
        raise RenderError(f"a curve has as many x as y, not {len(x)} and {len(y)}")
    if bins < 1:
        raise RenderError(f"a curve is cut into at least 1 part, not {bins}")
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    if len(x) and (np.diff(x) < 0).any():
        order = np.argsort(x, kind="stable")
        x, y = x[order], y[order]
    if len(x) == 0 or x[0] == x[-1]:
        return x, y, np.zeros(len(x), np.intp)
    # Halved, so that the distance of the largest numbers is no infinity.
    share = (x / 2 - x[0] / 2) / (x[-1] / 2 - x[0] / 2)
    return x, y, np.minimum((share * bins).astype(np.intp), bins - 1)
