"""How fast it goes, and what the machine does."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import TYPE_CHECKING, Final

from gan_tui.render import numbers, sparkline
from gan_tui.viewer.snapshot import Rates, Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane, Same
from gan_tui.viewer.widgets.rows import Row, promise, row, titled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


SECONDS: Final = 60
ORDER: Final[tuple[str, ...]] = (
    "steps/s",
    "images/s",
    "gpu %",
    "gpu GiB",
    "gpu °C",
    "watts",
    "cpu %",
    "ram GiB",
)
_FEW: Final = (("steps/s", "gpu %", "gpu GiB"), ("steps/s", "cpu %", "ram GiB"))
_RATES: Final = frozenset({"steps/s", "images/s"})
_ENDED: Final = frozenset({"FINISHED", "STOPPED", "TRAINER DIED"})
_STILL: Final = frozenset({"PAUSED", "FINISHED", "STOPPED", "TRAINER DIED"})
_LABEL, _VALUE, _RANGE_FROM, _RANGE = 9, 8, 36, 16


def rows(snapshot: Snapshot, view: ViewOptions, cells: int, height: int) -> list[Row]:
    """Title and a row a figure: label, the last minute, value, range."""
    style = view.look.style
    names = figures(snapshot.rates, height - 1)
    note = row((f"last {SECONDS} s", style("dim"))) if names else None
    out = [titled(view, "speed", "SPEED", cells, note)]
    if not names:
        return [*out, *promise("measured once both networks run", style("dim"), cells)][:height]
    return out + [_figure(name, snapshot, view, cells) for name in names]


def figures(rates: Rates, room: int) -> list[str]:
    """Names of the figures to show: all that the machine has, or the three that tell most."""
    there = [name for name in ORDER if name in rates.values]
    if len(there) <= room or room > 3:
        return there[:room]
    few = next((f for f in _FEW if all(name in there for name in f)), None)
    return list(few if few is not None else there)[:room]


def _figure(name: str, snapshot: Snapshot, view: ViewOptions, cells: int) -> Row:
    style, glyphs = view.look.style, view.look.glyphs
    values = snapshot.rates.values[name][-SECONDS:]
    stopped = _stopped(name, snapshot)
    finite = values[np.isfinite(values)]
    now = 0.0 if stopped else float(values[-1]) if len(values) else math.nan
    ends = [*finite.tolist(), now] if math.isfinite(now) else finite.tolist()
    lo, hi = (min(ends), max(ends)) if ends else (math.nan, math.nan)
    ranged = cells > _RANGE_FROM
    room = cells - _LABEL - _VALUE - (_RANGE if ranged else 1)
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    # The floor lies below the lowest value, so that a steady figure is a line and not a row of dust.
    spark = sparkline(minute(values, room), room, low - (high - low) * 0.3, high, glyphs.spark)
    out = row(
        (f"{view.look.text(name):<{_LABEL}}", style("dim")),
        (spark, style("faint")),
        (_written(name, now, stopped).rjust(_VALUE), style("text", bold=True)),
    )
    if ranged:
        span = f"{_written(name, lo)}..{_written(name, hi)}" if ends else ""
        out += row((span.rjust(_RANGE) if len(span) <= _RANGE else " " * _RANGE, style("dim")))
    return out


def _stopped(name: str, snapshot: Snapshot) -> bool:
    """The figure is 0 because of the run's state, whatever was measured last."""
    if snapshot.state in _ENDED and "%" in name:
        return True
    return snapshot.state in _STILL and name in _RATES


def minute(values: NDArray[np.float32], room: int) -> NDArray[np.float32]:
    """The last minute as at least ``room`` values, so that the width is always 60 s; NaN is nothing."""
    padded = np.full(SECONDS, np.nan, np.float32)
    if len(values):
        padded[-len(values) :] = values
    if room <= SECONDS:
        return padded
    return padded[np.arange(room) * SECONDS // room]


def _written(name: str, value: float, stopped: bool = False) -> str:
    if not math.isfinite(value):
        return "-"
    if stopped:
        return "0"
    if name in _RATES:
        return numbers.per_second(value)
    if name.endswith("GiB"):
        return f"{value:.2f}" if value < 1 else f"{value:.1f}"
    return f"{value:.0f}"


class Speed(Pane):
    """Rates and the machine."""

    interval = 1.0

    def __init__(self) -> None:
        super().__init__("speed")

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """As many figures as fit."""
        return rows(snapshot, view, width, height)

    def depends(self, snapshot: Snapshot, view: ViewOptions) -> Hashable:
        """The rates, and whether anything moves."""
        return (Same(snapshot.rates), snapshot.state, view.look, view.focus)
