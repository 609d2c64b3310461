"""The growing history of losses and opinions, which hands out read-only views without copying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from gan_tui.link.messages import Moments, Telemetry
from gan_tui.viewer.snapshot import LOSSES, Series

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Columns = dict[str, NDArray[np.floating]]
else:
    from gan_tui.render.deferred import np


MAX_POINTS: Final = 8_000
"""Most points that are kept, so that memory and drawing stay bounded in a long run."""
_NEWEST_SHARE: Final = 2
_OLDER_SHARE: Final = 8 / 3
"""When there are too many, a half is for the newest ticks, as they came (200 s at 20 a second); those before
become at most three eighths, each for an equal part of the steps. The eighth that is free is filled before
that is done again."""

Real = TypeVar("Real", "np.float32", "np.float64")
_NAN: Final = float("nan")
_RISING: Final = ("step", "time")
_MEANS: Final = (*LOSSES, "opinion_real", "opinion_fake")
_LEAST: Final = tuple(f"{loss}_min" for loss in LOSSES)
_GREATEST: Final = tuple(f"{loss}_max" for loss in LOSSES)
_COLUMNS: Final = (*_RISING, *_MEANS, *_LEAST, *_GREATEST)


class SeriesBuffer:
    """Columns that grow at the end; appending costs amortised constant time.

    A view given out earlier never changes: appending writes behind its end, and all else makes new arrays.
    The first array is made with the first point: the first frame has none, and does not wait for NumPy.

    Args:
        limit: most points that are kept, at least 2.
    """

    def __init__(self, limit: int = MAX_POINTS) -> None:
        self._limit = max(2, limit)
        self._count = 0
        self._since = 0.0
        self._columns: Columns = {}

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
        if not self._count:
            self._since = tick.step - 1.0
        for name, value in _point(tick).items():
            self._columns[name][self._count] = value
        self._count += 1
        self._bound()
        return True

    def load(self, columns: Mapping[str, Sequence[float | None]]) -> None:
        """Take the history's columns in place of all that is here (None becomes NaN).

        Rows whose step falls back stand for a restore: earlier rows from there on are left out.

        Args:
            columns: lists of one length, named as :class:`~gan_tui.viewer.snapshot.Series` names them; absent
                ones are NaN, and where the least and greatest are absent they are the means.
        """
        count = len(columns.get("step", ()))
        given = dict(columns)
        for extreme in (*_LEAST, *_GREATEST):
            mean = extreme[: -len("_min")]
            if extreme not in given and mean in given:
                given[extreme] = given[mean]
        fresh: Columns = {
            name: np.array(
                [np.nan if v is None else v for v in given.get(name, [None] * count)], _dtype(name)
            )
            for name in _COLUMNS
        }
        keep = _last_time_line(fresh["step"])
        self._columns = {name: values[keep] for name, values in fresh.items()}
        self._count = len(self._columns["step"])
        self._since = 0.0
        self._bound()

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
            d_real_min=self._part("d_real_min", np.float32),
            d_real_max=self._part("d_real_max", np.float32),
            d_fake_min=self._part("d_fake_min", np.float32),
            d_fake_max=self._part("d_fake_max", np.float32),
            g_min=self._part("g_min", np.float32),
            g_max=self._part("g_max", np.float32),
        )

    def _part(self, name: str, dtype: type[Real]) -> NDArray[Real]:
        part = self._columns[name][: self._count].astype(dtype, copy=False)
        part.flags.writeable = False
        return part

    def _new(self, size: int) -> Columns:
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

    def _bound(self) -> None:
        """Where there are too many points, those before the newest become one for each part of the steps."""
        if self._count <= self._limit:
            return
        older = self._count - self._limit // _NEWEST_SHARE
        step = self._columns["step"][:older]
        starts = np.flatnonzero(np.diff(_parts(step, int(self._limit / _OLDER_SHARE)), prepend=-1.0))
        fresh = self._new(self._limit + 1)
        left = len(starts)
        weight = np.diff(step, prepend=min(self._since, step[0] - 1))
        for name, values in _merged(self._columns, weight, starts).items():
            fresh[name][:left] = values
            fresh[name][left : left + self._count - older] = self._columns[name][older : self._count]
        self._columns, self._count = fresh, left + self._count - older


def _parts(step: NDArray[np.floating], most: int) -> NDArray[np.float64]:
    """Which of at most so many equal parts each step lies in, as whole numbers.

    Parts end at multiples of a power of two, so that a part that is full stays as it is when later ones come,
    and two become one when there are too many.
    """
    if most < 3:
        return np.zeros(len(step), np.float64)
    # So much that even parts that are cut at both ends are not too many.
    width = 2.0 ** np.ceil(np.log2(max(1.0, (step[-1] - step[0]) / (most - 2))))
    part: NDArray[np.float64] = np.ceil(step / width)
    return part


def _merged(columns: Columns, weight: NDArray[np.floating], starts: NDArray[np.intp]) -> Columns:
    """The first points in groups that begin at ``starts``, each as one point.

    ``weight`` has one number for each of those points: the steps that it stands for.
    """
    count = len(weight)
    last = np.append(starts[1:], count) - 1
    out: Columns = {name: columns[name][last] for name in _RISING}
    for name in _MEANS:
        values = columns[name][:count].astype(np.float64)
        known = ~np.isnan(values)
        # Infinities of both signs have no mean: NaN is right, and no mistake.
        with np.errstate(invalid="ignore"):
            total = np.add.reduceat(np.where(known, values * weight, 0.0), starts)
        number = np.add.reduceat(np.where(known, weight, 0.0), starts)
        out[name] = np.divide(total, number, out=np.full(len(starts), np.nan), where=number > 0)
    for names, extreme in ((_LEAST, np.fmin), (_GREATEST, np.fmax)):
        out |= {name: extreme.reduceat(columns[name][:count], starts) for name in names}
    return out


def _point(tick: Telemetry) -> dict[str, float]:
    """A tick's value in each column."""
    point = {
        "step": float(tick.step),
        "time": tick.elapsed,
        "opinion_real": _or_nan(tick.opinion_real),
        "opinion_fake": _or_nan(tick.opinion_fake),
    }
    for loss in LOSSES:
        moments: Moments | None = getattr(tick, loss)
        values = (_NAN, _NAN, _NAN) if moments is None else (moments.mean, moments.min, moments.max)
        point[loss], point[f"{loss}_min"], point[f"{loss}_max"] = values
    return point


def _dtype(name: str) -> type[np.floating]:
    return np.float64 if name in _RISING else np.float32


def _or_nan(value: float | None) -> float:
    return _NAN if value is None else value


def _last_time_line(step: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which rows stand before every later fall of the step."""
    if not len(step):
        return np.zeros(0, np.bool_)
    lowest_after = np.minimum.accumulate(step[::-1])[::-1]
    return np.append(step[:-1] < lowest_after[1:], True)
