"""The growing history of losses and opinions, which hands out read-only views without copying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from gan_tui.link.messages import Moments, Telemetry
from gan_tui.viewer.snapshot import Series

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


MAX_POINTS: Final = 8_000
"""Beyond it, neighbours are merged in pairs, so that memory and drawing stay bounded in a long run."""
Real = TypeVar("Real", "np.float32", "np.float64")
_COLUMNS: Final = ("step", "time", "d_real", "d_fake", "g", "opinion_real", "opinion_fake")
_RISING: Final = frozenset({"step", "time"})


class SeriesBuffer:
    """Columns that grow at the end; appending costs amortised constant time.

    A view given out earlier never changes: appending writes behind its end, and all else makes new arrays.
    The first array is made with the first point: the first frame has none, and does not wait for NumPy.

    Args:
        limit: most points that are kept.
    """

    def __init__(self, limit: int = MAX_POINTS) -> None:
        self._limit = max(2, limit)
        self._count = 0
        self._columns: dict[str, NDArray[np.floating]] = {}

    def __len__(self) -> int:
        """How many points."""
        return self._count

    def append(self, tick: Telemetry) -> bool:
        """Add one tick; returns whether it brought a point.

        A tick without a finished update brings none. After a restore the step falls back: points from
        there on are of a time line that was left, and go.
        """
        if tick.d_real is None and tick.d_fake is None and tick.g is None:
            return False
        if self._count and tick.step <= self._columns["step"][self._count - 1]:
            self._cut(float(tick.step))
        if not self._columns or self._count == len(self._columns["step"]):
            self._grow()
        row = {
            "step": float(tick.step),
            "time": tick.elapsed,
            "d_real": _mean(tick.d_real),
            "d_fake": _mean(tick.d_fake),
            "g": _mean(tick.g),
            "opinion_real": _or_nan(tick.opinion_real),
            "opinion_fake": _or_nan(tick.opinion_fake),
        }
        for name, value in row.items():
            self._columns[name][self._count] = value
        self._count += 1
        if self._count > self._limit:
            self._merge_pairs()
        return True

    def load(self, columns: Mapping[str, Sequence[float | None]]) -> None:
        """Take the history's columns in place of all that is here (None becomes NaN).

        Rows whose step falls back stand for a restore: earlier rows from there on are left out.

        Args:
            columns: lists of one length, named as :class:`~gan_tui.viewer.snapshot.Series` names them; absent
                ones are NaN.
        """
        count = len(columns.get("step", ()))
        fresh = {
            name: np.array(
                [np.nan if v is None else v for v in columns.get(name, [None] * count)], _dtype(name)
            )
            for name in _COLUMNS
        }
        keep = _last_time_line(fresh["step"])
        self._columns = {name: values[keep] for name, values in fresh.items()}
        self._count = len(self._columns["step"])
        while self._count > self._limit:
            self._merge_pairs()

    def view(self) -> Series:
        """All points, as views that are never written to."""
        if not self._columns:
            return Series.empty()
        return Series(
            step=self._part("step", np.float64),
            time=self._part("time", np.float64),
            d_real=self._part("d_real", np.float32),
            d_fake=self._part("d_fake", np.float32),
            g=self._part("g", np.float32),
            opinion_real=self._part("opinion_real", np.float32),
            opinion_fake=self._part("opinion_fake", np.float32),
        )

    def _part(self, name: str, dtype: type[Real]) -> NDArray[Real]:
        part = self._columns[name][: self._count].astype(dtype, copy=False)
        part.flags.writeable = False
        return part

    def _new(self, size: int) -> dict[str, NDArray[np.floating]]:
        return {name: np.zeros(size, _dtype(name)) for name in _COLUMNS}

    def _grow(self) -> None:
        grown = self._new(min(2 * max(self._count, 256), self._limit + 1))
        for name, values in self._columns.items():
            grown[name][: self._count] = values[: self._count]
        self._columns = grown

    def _cut(self, step: float) -> None:
        keep = int(np.searchsorted(self._columns["step"][: self._count], step, "left"))
        self._columns = {name: values.copy() for name, values in self._columns.items()}
        self._count = keep

    def _merge_pairs(self) -> None:
        pairs = self._count // 2
        merged = self._new(self._limit + 1)
        for name, values in self._columns.items():
            first, second = values[0 : 2 * pairs : 2], values[1 : 2 * pairs : 2]
            if name in _RISING:
                merged[name][:pairs] = second
            else:
                both = np.where(
                    np.isnan(first), second, np.where(np.isnan(second), first, (first + second) / 2)
                )
                merged[name][:pairs] = both
            if self._count % 2:
                merged[name][pairs] = values[self._count - 1]
        self._columns, self._count = merged, pairs + self._count % 2


def _dtype(name: str) -> type[np.floating]:
    return np.float64 if name in _RISING else np.float32


def _mean(moments: Moments | None) -> float:
    return float("nan") if moments is None else moments.mean


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _last_time_line(step: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which rows stand before every later fall of the step."""
    if not len(step):
        return np.zeros(0, np.bool_)
    lowest_after = np.minimum.accumulate(step[::-1])[::-1]
    return np.append(step[:-1] < lowest_after[1:], True)
