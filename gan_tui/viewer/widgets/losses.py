"""The losses of D and G over the steps: a chart, or sparklines where there is little room."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.style import Style

from gan_tui.render import bin_mean, numbers, smooth_centred, sparkline
from gan_tui.viewer.look import Look
from gan_tui.viewer.snapshot import Series, Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.axes import Scale, YAxis, step_label, tick_label, x_ticks, y_ticks
from gan_tui.viewer.widgets.chart import MARK, Curve, Frame, braille, letters
from gan_tui.viewer.widgets.pane import Pane, Same
from gan_tui.viewer.widgets.recent import recent_losses, recent_opinions
from gan_tui.viewer.widgets.rows import Line, Row, centred, row, titled, width

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


CHART_FROM: Final = 7
"""Rows of body from which on there is a chart."""
SPARK_STEPS: Final = 600
_SPARK_RANGE_FROM, _READOUT_FROM = 36, 108
_LEFT, _RIGHT = 5, 9
"""Cells left of the canvas (tick labels and axis) and right of it (the lines' ends)."""
_SMOOTH, _SMOOTH_MAXIMISED = 0.04, 0.02
"""Window of the centred means as a share of the width."""
_DOTTED_EVERY = 3


class Loss(NamedTuple):
    """One of the three losses: label and letter, field in ``Series``, token of its colour."""

    label: str
    letter: str
    field: str
    token: str

    def of(self, series: Series) -> NDArray[np.float32]:
        """Its values."""
        values: NDArray[np.float32] = getattr(series, self.field)
        return values


LOSSES: Final = (
    Loss("D real", "R", "d_real", "D"),
    Loss("D fake", "F", "d_fake", "D2"),
    Loss("G", "G", "g", "G"),
)


def rows(snapshot: Snapshot, view: ViewOptions, cells: int, height: int, axis: YAxis) -> list[Row]:
    """Title and chart, or title and sparklines; before the first steps what will come."""
    body = height - 1
    if not len(snapshot.series):
        text = "losses appear with the first steps"
        text = text if cells >= len(text) else "losses appear here"
        said = centred(text, view.look.style("dim"), cells)
        return [titled(view, "losses", "LOSSES", cells), *([[]] * max(0, body // 2 - 1)), said][:height]
    if body < CHART_FROM:
        steps = min(SPARK_STEPS, int(snapshot.series.step[-1] - snapshot.series.step[0]) + 1)
        note = row((f"last {steps} steps" if steps > 1 else "1 step", view.look.style("dim")))
        return [titled(view, "losses", "LOSSES", cells, note), *_sparks(snapshot, view, cells)][:height]
    title = titled(view, "losses", "LOSSES", cells, _legend(view.look))
    maximised = view.maximised == "losses"
    readout = [_readout(snapshot, view.look, cells)] if maximised else []
    return [title, *readout, *_chart(snapshot, view, cells, body - len(readout), axis)][:height]


def _legend(look: Look) -> Row:
    style, glyphs = look.style, look.glyphs
    lines = (glyphs.rule * 2, "··", glyphs.rule * 2) if glyphs.braille else ("r", "f", "g")
    said = ("D on real", "D on fake", "G")
    out: Row = []
    for line, text, loss in zip(lines, said, LOSSES, strict=True):
        last = loss is LOSSES[-1]
        out += row((line, style(loss.token)), (f" {text}" + ("" if last else "  "), style("dim")))
    return out


def _value_style(look: Look, value: float, token: str) -> Style:
    """Losses that are no numbers any more are words in alarm."""
    return look.style(token, bold=True) if np.isfinite(value) else look.style("bg", "alarm", bold=True)


def _sparks(snapshot: Snapshot, view: ViewOptions, cells: int) -> list[Row]:
    style, series = view.look.style, snapshot.series
    since = int(np.searchsorted(series.step, series.step[-1] - SPARK_STEPS))
    ranged = cells >= _SPARK_RANGE_FROM
    room = max(8, cells - 32) if ranged else max(1, cells - 13)
    out = []
    for loss, now in zip(LOSSES, recent_losses(snapshot), strict=True):
        _, means = bin_mean(series.step[since:], loss.of(series)[since:], room)
        ends = [float(v) for v in (*means, now) if np.isfinite(v)]
        lo, hi = (min(ends), max(ends)) if ends else (0.0, 1.0)
        span = f"{numbers.loss(lo).strip()}..{numbers.loss(hi).strip()}" if ends else ""
        out.append(
            row(
                (f"{loss.label:<7}", style(loss.token)),
                (sparkline(means, room, lo, hi, view.look.glyphs.spark), style(loss.token)),
                (" ", style()),
                (numbers.loss(now), _value_style(view.look, now, "text")),
                (f"  {span:>13}" if ranged else "", style("dim")),
            )
        )
    return out


def _readout(snapshot: Snapshot, look: Look, cells: int) -> Row:
    """The newest values in words, as many as fit; the place of the cursor's."""
    style = look.style
    out = row(
        ("     step ", style("dim")),
        (numbers.count(snapshot.series.step[-1], 7), style("text", bold=True)),
    )
    gap = "    " if cells >= _READOUT_FROM else "  "
    named = ("D on real", "D on fake", "G")
    parts = [
        row((f"{gap}{name} ", style(loss.token)), (numbers.loss(now), _value_style(look, now, "text")))
        for loss, name, now in zip(LOSSES, named, recent_losses(snapshot), strict=True)
    ]
    fake, real = recent_opinions(snapshot)
    parts.append(
        row(
            (f"{gap}D's opinion  real ", style("dim")),
            (numbers.opinion(real), style("real")),
            ("  fake ", style("dim")),
            (numbers.opinion(fake), style("G")),
        )
    )
    for part in parts:
        if width(out) + width(part) <= cells:
            out += part
    return out


def _chart(snapshot: Snapshot, view: ViewOptions, cells: int, body: int, axis: YAxis) -> list[Row]:
    series, look = snapshot.series, view.look
    maximised = view.maximised == "losses"
    wide, high = max(2, cells - _LEFT - _RIGHT), body - 2
    first, last = _range(series)
    scale = Scale(view.log_scale)
    raw = [bin_mean(series.step, loss.of(series), max(1, min(wide * 2, len(series)))) for loss in LOSSES]
    lines = [(x, _smooth(y, wide * 2, maximised) if view.smoothing else y) for x, y in raw]
    now = recent_losses(snapshot)
    held = [float(v) for _, y in lines if len(y) for v in (y.min(), y.max())]
    if maximised:
        held += [float(q) for _, y in raw if len(y) for q in np.quantile(y, (0.02, 0.98))]
    lo, hi = axis.limits([*held, *now], view.log_scale)
    frame = Frame(wide, high, (first, last), (scale.place(lo), scale.place(hi)))
    marks = [(step, label) for step, label in snapshot.marks if first <= step <= last]
    canvas = _canvas(frame, raw if maximised else [], lines, [step for step, _ in marks], view)
    body_rows = _framed(canvas, frame, now, look, scale, y_ticks(lo, hi, high, view.log_scale))
    ticks = x_ticks(first, last, wide)
    named = marks if maximised or cells > 60 else []
    return [*body_rows, _axis(frame, ticks, marks, look), _labels(frame, ticks, named, look, cells)]


def _range(series: Series) -> tuple[float, float]:
    """The steps on the axis: from 0 where the run is seen from its beginning."""
    first, last = float(series.step[0]), float(series.step[-1])
    if first <= 0.05 * last or len(series) == 1:
        first = 0.0
    return first, max(last, first + 1)


def _smooth(y: NDArray[np.float64], points: int, maximised: bool) -> NDArray[np.float64]:
    share = _SMOOTH_MAXIMISED if maximised else _SMOOTH
    half = max(1, int(points * share / 2))
    return smooth_centred(y, 2 * half + 1) if len(y) else y


def _canvas(
    frame: Frame,
    raw: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
    lines: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
    marks: list[int],
    view: ViewOptions,
) -> list[list[tuple[str, str | None]]]:
    glyphs = view.look.glyphs
    place = np.vectorize(Scale(view.log_scale).place, otypes=[np.float64])
    curves = []
    for loss, (x, y) in zip(LOSSES, lines, strict=True):
        dotted = loss.letter == "F" and glyphs.braille
        step = _DOTTED_EVERY if dotted else 1
        heights = place(y[::step]) if view.log_scale and len(y) else y[::step]
        curves.append(Curve(loss.token, loss.letter.lower(), x[::step], heights, not dotted))
    if not glyphs.braille:
        return letters(frame, curves, marks, glyphs.dotted)
    dots = [Curve("raw", "", x, place(y) if view.log_scale and len(y) else y, False) for x, y in raw]
    return braille(frame, [*dots, *curves], marks)


def _framed(
    canvas: list[list[tuple[str, str | None]]],
    frame: Frame,
    now: tuple[float, float, float],
    look: Look,
    scale: Scale,
    ticks: list[float],
) -> list[Row]:
    """The canvas with the axis at its left and the lines' ends at its right."""
    style, glyphs = look.style, look.glyphs
    inks = {loss.token: style(loss.token) for loss in LOSSES}
    inks |= {MARK: style("faint"), "raw": style("rule")}
    at_row = {frame.row(scale.place(tick)): tick for tick in ticks}
    ends = _ends(frame, now, scale)
    out = []
    for y, cells in enumerate(canvas):
        label = tick_label(at_row[y]) if y in at_row else "    "
        line = row((label, style("dim")), (glyphs.tick if y in at_row else glyphs.vertical, style("rule")))
        line += row(*((text, inks[key] if key else style()) for text, key in cells))
        if y in ends:
            loss, value = LOSSES[ends[y]], now[ends[y]]
            said = f"{loss.letter} {numbers.loss(value)}"
            line += row(("  ", style()), (said, _value_style(look, value, loss.token)))
        out.append(line)
    return out


def _ends(frame: Frame, now: tuple[float, float, float], scale: Scale) -> dict[int, int]:
    """Row → which loss ends there: as near its line as can be, sorted by value, none in another's row."""
    wanted = sorted(
        ([frame.row(scale.place(v)) if not np.isnan(v) else frame.height - 1, i] for i, v in enumerate(now)),
        key=lambda end: (end[0], -now[end[1]] if np.isfinite(now[end[1]]) else 0.0),
    )
    for above, below in pairwise(wanted):
        below[0] = max(below[0], above[0] + 1)
    bottom = frame.height - 1
    for end in reversed(wanted):
        end[0] = min(end[0], bottom)
        bottom = end[0] - 1
    return {y: i for y, i in wanted if y >= 0}


def _axis(frame: Frame, ticks: list[int], marks: list[tuple[int, str]], look: Look) -> Row:
    style, glyphs = look.style, look.glyphs
    line = Line(_LEFT + frame.width, style())
    line.put(_LEFT - 1, glyphs.corner + glyphs.rule * frame.width, style("rule"))
    for tick in ticks:
        line.put(_LEFT + frame.column(tick), glyphs.x_tick, style("rule"))
    for step, _ in marks:
        line.put(_LEFT + frame.column(step), glyphs.mark, style("text", bold=True))
    return line.row()


def _labels(frame: Frame, ticks: list[int], marks: list[tuple[int, str]], look: Look, cells: int) -> Row:
    """Names of interventions, newest first where they would meet; tick labels give way to them."""
    style = look.style
    line = Line(cells, style())
    line.put(cells - 5, "steps", style("dim"))
    end = _LEFT + frame.width + 3
    for step, name in reversed(marks):
        text = look.text(name)
        x = min(_LEFT + frame.column(step) - len(text) // 2, end - len(text))
        if line.free(x - 1, len(text) + 2):
            line.put(x, text, style("text"))
    for tick in ticks:
        text = step_label(tick)
        x = _LEFT + frame.column(tick) - (len(text) // 2 if tick else 0)
        if x + len(text) <= _LEFT + frame.width + 2 and line.free(x - 2, len(text) + 4):
            line.put(x, text, style("dim"))
    return line.row()


class Losses(Pane):
    """The chart; its y axis grows at once and shrinks late."""

    interval = 1.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("losses")
        self._axis = YAxis(clock)

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """Chart or sparklines."""
        return rows(snapshot, view, width, height, self._axis)

    def depends(self, snapshot: Snapshot, view: ViewOptions) -> Hashable:
        """The series, the interventions, and the chart's options."""
        return (
            Same(snapshot.series),
            snapshot.marks,
            view.look,
            view.focus,
            view.maximised == "losses",
            view.log_scale,
            view.smoothing,
        )
