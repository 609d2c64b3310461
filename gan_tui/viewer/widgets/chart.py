"""Curves on a bare canvas: in braille by plotext, or in letters where there is no braille.

plotext takes 150 ms to load, so it is imported with the first chart; ``load_libraries`` does that ahead of
time.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


_SGR: Final = re.compile(r"\x1b\[([0-9;]*)m")
_FIRST_COLOUR: Final = 16
"""Keys travel through plotext as palette numbers from here on: plotext knows no theme."""
MARK: Final = "mark"

Canvas = list[list[tuple[str, str | None]]]
"""Rows of (text, key of the curve it belongs to, or None), each row as wide as the canvas."""


@dataclass(frozen=True)
class Curve:
    """One curve in the canvas's coordinates.

    Attributes:
        key: what the drawn cells are named after. letter: what it is drawn with where there is no braille.
        x, y: points, float64 (n,); those that are not finite are left out.
        joined: points are joined by lines.
    """

    key: str
    letter: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    joined: bool = True


@dataclass(frozen=True)
class Frame:
    """The canvas: cells, and the coordinates at the middle of its outer cells."""

    width: int
    height: int
    x: tuple[float, float]
    y: tuple[float, float]

    def column(self, x: float) -> int:
        """The column of a coordinate, kept inside."""
        return _place(x, *self.x, self.width)

    def row(self, y: float) -> int:
        """The row of a coordinate from the top, kept inside."""
        return self.height - 1 - _place(y, *self.y, self.height)


def _place(value: float, lo: float, hi: float, cells: int) -> int:
    if not np.isfinite(value):
        return cells - 1 if value > 0 else 0
    share = (value - lo) / (hi - lo) if hi > lo else 0.0
    return min(cells - 1, max(0, round(share * (cells - 1))))


def load_libraries() -> None:
    """Load NumPy and plotext: in a thread after the first paint, and before there is anything to draw."""
    importlib.import_module("numpy")
    _figure()


@lru_cache(1)
def _plotext() -> Any:
    import plotext  # noqa: PLC0415 - see the module's docstring

    # Else a figure is clamped to the size of the terminal, less two rows.
    plotext.terminal.limit(False, False)
    return plotext


@lru_cache(1)
def _figure() -> Any:
    plotext = _plotext()
    return type(plotext.figure)(parent=plotext.terminal)


def braille(frame: Frame, curves: Sequence[Curve], marks: Sequence[float] = ()) -> Canvas:
    """Curves in dots of 2×4 a cell, the last one's colour on top; marks as dotted vertical lines beneath."""
    plotext, figure = _plotext(), _figure()
    keys = [MARK, *dict.fromkeys(curve.key for curve in curves)]
    figure.clear()
    figure.plot_size(frame.width, frame.height)
    figure.canvas("default")
    figure.axes(False)
    figure.ruler("x").frequency(0)
    figure.ruler("y").frequency(0)
    figure.ruler("x", "lower").lim(*frame.x)
    figure.ruler("y", "left").lim(*frame.y)
    for mark in marks:
        figure.line(float(mark), orientation=1, pixel=plotext.pixel(_FIRST_COLOUR), style="dotted")
    for curve in curves:
        x, y = _inside(curve, frame)
        if not len(x):
            continue
        pixel = plotext.marker("braille", pixel=_FIRST_COLOUR + keys.index(curve.key))
        signal = figure.signal(x.tolist(), y.tolist(), marker=pixel)
        figure.draw(signal.lines() if curve.joined else signal)
    lines = figure.build().string().split("\n")
    blank: list[tuple[str, str | None]] = [(" " * frame.width, None)]
    read = [_read(line, keys, frame.width) for line in lines[: frame.height]]
    return read + [blank] * (frame.height - len(read))


def letters(frame: Frame, curves: Sequence[Curve], marks: Sequence[float], dotted: str) -> Canvas:
    """Curves with one letter a column, the last one on top; marks as vertical lines beneath."""
    text = np.full((frame.height, frame.width), " ")
    keys = np.full((frame.height, frame.width), "", dtype=object)
    for mark in marks:
        text[:, frame.column(mark)], keys[:, frame.column(mark)] = dotted, MARK
    columns = np.arange(frame.width)
    at = frame.x[0] + columns / max(1, frame.width - 1) * (frame.x[1] - frame.x[0])
    for curve in curves:
        x, y = _inside(curve, frame)
        if not len(x):
            continue
        # Points stand for slices of the axis: a line reaches one column beyond the middle of its last slice.
        slice_ = (frame.x[1] - frame.x[0]) / max(1, frame.width - 1)
        reached = (at >= x[0] - slice_) & (at <= x[-1] + slice_)
        height = np.interp(at[reached], x, y)
        lo, hi = frame.y
        share = (hi - height) / (hi - lo) if hi > lo else np.ones_like(height)
        rows = np.clip(np.rint(share * (frame.height - 1)), 0, frame.height - 1).astype(int)
        text[rows, columns[reached]] = curve.letter
        keys[rows, columns[reached]] = curve.key
    return [
        [(str(char), key or None) for char, key in zip(line, names, strict=True)]
        for line, names in zip(text.tolist(), keys.tolist(), strict=True)
    ]


def _inside(curve: Curve, frame: Frame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Finite points only, for one NaN in plotext ends the whole process; lines are kept within the limits."""
    there = np.isfinite(curve.x) & np.isfinite(curve.y)
    if not curve.joined:
        there &= (curve.y >= frame.y[0]) & (curve.y <= frame.y[1])
    return curve.x[there], np.clip(curve.y[there], *frame.y)


def _read(line: str, keys: list[str], width: int) -> list[tuple[str, str | None]]:
    """A line of plotext's as (text, key); its backgrounds are ignored."""
    out: list[tuple[str, str | None]] = []
    key: str | None = None
    at = left = 0
    left = width
    for code in [*_SGR.finditer(line), None]:
        text = line[at : code.start() if code else len(line)][:left]
        left -= len(text)
        if text:
            out.append((text, key if text.strip() else None))
        if code is None:
            break
        at = code.end()
        parts = code.group(1).split(";")
        if parts[:2] == ["38", "5"]:
            number = int(parts[2]) - _FIRST_COLOUR
            key = keys[number] if 0 <= number < len(keys) else None
        elif parts in (["0"], [""]):
            key = None
    if left:
        out.append((" " * left, None))
    return out
