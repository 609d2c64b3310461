"""Who leads: D's mean opinion of fakes and of real digits, the rope between them, and the way they came."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Hashable
from typing import TYPE_CHECKING, Final

from gan_tui.render import numbers
from gan_tui.viewer.snapshot import Series, Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane, Same
from gan_tui.viewer.widgets.recent import recent_opinions
from gan_tui.viewer.widgets.rows import Line, Row, promise, row, titled

if TYPE_CHECKING:
    import numpy as np
else:
    from gan_tui.render.deferred import np


BAND: Final = (0.15, 0.85)
"""Opinions between which both sides still learn."""
FOOLED, SEEN_THROUGH = 0.05, 0.60
"""Below this lead of D G fools D; above that one D sees through G."""
_MANY_PIPS = 9
_EXPLAINED = (
    "D tells real digits from fakes.",
    "G draws fakes and wants them taken",
    "for real. Here you see who leads.",
)
_RIGHT_TICKS = 60
_SPANS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds of training that one dot of the trail may stand for."""
_PER_ROW = 4
_BRAILLE = 0x2800
_DOTS = ((1, 2, 4, 64), (8, 16, 32, 128))
"""Bits of a braille cell's dots: left and right column, from the top down."""

Right = tuple[float, float]
"""Share of real digits and of fakes that D was right about."""


def rows(
    snapshot: Snapshot, view: ViewOptions, cells: int, height: int, right: Right | None = None
) -> list[Row]:
    """Title, labels, rope, trail and scale; with more than 4 rows of body two rows of numbers.

    ``right`` overrules the telemetry's shares, which jump from tick to tick.
    """
    out = [titled(view, "game", "THE GAME", cells, _ratio(snapshot, view))]
    fake, real = recent_opinions(snapshot)
    if not (math.isfinite(fake) and math.isfinite(real)):
        return [*out, *_explained(view, cells, height - 1)]
    body = height - 1
    compact = body <= 4
    down = max(1, body - 3 if compact else body - 5)
    out += [_labels(view, cells, fake, real), _rope(view, cells, fake, real)]
    out += _trail(snapshot.series, view, cells, down)
    out.append(_scale(view, cells))
    if not compact:
        out += [_lead(view, real - fake), _right(snapshot, view, right)]
    return out[:height]


def _explained(view: ViewOptions, cells: int, height: int) -> list[Row]:
    dim = view.look.style("dim")
    if cells > max(map(len, _EXPLAINED)):
        said = [row((" " + line, dim)) for line in _EXPLAINED]
    else:
        said = promise(" ".join(_EXPLAINED), dim, cells)
    return ([[], *said] if height > len(said) else said)[:height]


def _ratio(snapshot: Snapshot, view: ViewOptions) -> Row:
    if snapshot.status is None:
        return []
    style, pip = view.look.style, view.look.glyphs.pip
    settings = snapshot.status.settings
    d, g = settings.d_steps, settings.g_steps
    pips = d + g < _MANY_PIPS
    return row(
        ("D ", style("D", bold=True)),
        (pip * d if pips else f"{d}", style("D")),
        (" : ", style("dim")),
        ("G ", style("G", bold=True)),
        (pip * g if pips else f"{g}", style("G")),
    )


def _column(opinion: float, cells: int) -> int:
    return round(min(1.0, max(0.0, opinion)) * (cells - 1))


def _labels(view: ViewOptions, cells: int, fake: float, real: float) -> Row:
    style = view.look.style
    line = Line(cells, style())
    of_fake, of_real = f"fake {numbers.opinion(fake)}", f"real {numbers.opinion(real)}"
    f, r = _column(fake, cells), _column(real, cells)
    f_at = max(0, min(f - len(of_fake) + 1, cells - len(of_fake) - len(of_real) - 2))
    r_at = min(cells - len(of_real), max(r, f_at + len(of_fake) + 2))
    line.put(f_at, of_fake, style("G", bold=True))
    line.put(r_at, of_real, style("real", bold=True))
    return line.row()


def _rope(view: ViewOptions, cells: int, fake: float, real: float) -> Row:
    look, glyphs = view.look, view.look.glyphs
    line = Line(cells, look.style())
    lo, hi = (_column(end, cells) for end in BAND)
    line.put(lo, (glyphs.band if _no_ground(view) else " ") * (hi - lo + 1), look.style("rule", "band"))
    f, r = _column(fake, cells), _column(real, cells)
    for x in range(min(f, r), max(f, r) + 1):
        line.put(x, glyphs.rope, look.style("D", "band" if lo <= x <= hi else "bg", bold=True))
    line.put(f, "F", look.style("paper", "G", bold=True))
    line.put(r, "R", look.style("paper", "real", bold=True))
    return line.row()


def _no_ground(view: ViewOptions) -> bool:
    """The shaded middle cannot be a ground of its own colour: it is drawn in marks."""
    return view.look.colours in {"16", "none"}


def _trail(series: Series, view: ViewOptions, cells: int, down: int) -> list[Row]:
    """Newest on top, four moments a row; the older half dimmed."""
    look, glyphs = view.look, view.look.glyphs
    lo, hi = (_column(end, cells) for end in BAND)
    middle = _column(0.5, cells)
    shaded = not _no_ground(view)
    moments = _moments(series, down * _PER_ROW)
    out = []
    for k in range(down):
        line = Line(cells, look.style())
        if shaded:
            line.put(lo, " " * (hi - lo + 1), look.style("rule", "band"))
        line.put(middle, glyphs.middle, look.style("rule", "band" if shaded else "bg"))
        new = k < down / 2
        for x, (player, bits) in _dots(moments[k * _PER_ROW : (k + 1) * _PER_ROW], cells).items():
            colour = ("G" if new else "faint") if player == "f" else ("real" if new else "dim")
            ink = look.style(colour, "band" if shaded and lo <= x <= hi else "bg")
            line.put(x, chr(_BRAILLE + bits) if glyphs.braille else player, ink)
        out.append(line.row())
    return out


def _dots(moments: list[tuple[float, float]], cells: int) -> dict[int, tuple[str, int]]:
    """Column → whose dots they are ("f", "r") and which of the cell's eight are set."""
    out: dict[int, tuple[str, int]] = {}
    for sub, (fake, real) in enumerate(moments):
        for opinion, player in ((fake, "f"), (real, "r")):
            if not np.isfinite(opinion):
                continue
            x = round(min(1.0, max(0.0, opinion)) * (cells * 2 - 1))
            whose, bits = out.get(x // 2, (player, 0))
            out[x // 2] = (whose, bits | _DOTS[x % 2][sub])
    return out


def _moments(series: Series, count: int) -> list[tuple[float, float]]:
    """Mean opinions (of fakes, of real) in the newest equal spans of training time, newest first.

    Spans begin at whole multiples of their length, so that old dots stay where they are and the trail moves
    down one dot at a time.
    """
    if not len(series):
        return []
    time = series.time
    tick = float(np.median(np.diff(time[-50:]))) if len(time) > 1 else 0.0
    span = next((s for s in _SPANS if s >= 1.5 * tick), _SPANS[-1])
    since = np.searchsorted(time, (np.floor(time[-1] / span) - count) * span)
    index = (np.floor(time[-1] / span) - np.floor(time[since:] / span)).astype(int)
    out = []
    for values in (series.opinion_fake[since:], series.opinion_real[since:]):
        there = np.isfinite(values) & (index >= 0) & (index <= count)
        total = np.bincount(index[there], values[there], count + 1)
        number = np.bincount(index[there], minlength=count + 1)
        # Each moment is a mean over itself and the one before it, which leaves old dots where they are.
        total, number = total[:-1] + total[1:], number[:-1] + number[1:]
        out.append(np.where(number > 0, total / np.maximum(number, 1), np.nan).tolist())
    return list(zip(*out, strict=True))


def _scale(view: ViewOptions, cells: int) -> Row:
    dim = view.look.style("dim")
    line = Line(cells, view.look.style())
    line.put(0, "0 fake", dim)
    middle = _column(0.5, cells)
    if cells > 36:
        line.put(middle - 5, "D unsure .5", dim)
    else:
        line.put(middle, ".5", dim)
    line.put(cells - 6, "real 1", dim)
    return line.row()


def _lead(view: ViewOptions, lead: float) -> Row:
    style = view.look.style
    start = row(("D's lead   ", style("D")), (numbers.lead(lead), style("text", bold=True)), ("   ", style()))
    if lead > SEEN_THROUGH:
        return start + row((" D sees through G ", style("bg", "text", bold=True)))
    return start + row(("G fools D" if lead < FOOLED else "in play", style("text")))


def _right(snapshot: Snapshot, view: ViewOptions, right: Right | None) -> Row:
    style, now = view.look.style, snapshot.telemetry
    if right is None:
        told = (now.right_real, now.right_fake) if now else (None, None)
        right = (told[0] if told[0] is not None else np.nan, told[1] if told[1] is not None else np.nan)
    return row(
        ("D is right ", style("D")),
        (numbers.share(right[0], 4), style("text", bold=True)),
        (" of real  ", style("dim")),
        (numbers.share(right[1], 4), style("text", bold=True)),
        (" of fakes", style("dim")),
    )


class Game(Pane):
    """The game; D's shares of being right are means over the newest ticks that it was shown."""

    def __init__(self) -> None:
        super().__init__("game")
        self._ticks: deque[tuple[int, float, float]] = deque(maxlen=_RIGHT_TICKS)

    def show(self, snapshot: Snapshot, view: ViewOptions) -> None:
        """Remember the tick's shares, and show."""
        now = snapshot.telemetry
        if now is not None and now.right_real is not None and now.right_fake is not None:
            if self._ticks and now.seq < self._ticks[-1][0]:
                self._ticks.clear()
            if not self._ticks or now.seq > self._ticks[-1][0]:
                self._ticks.append((now.seq, now.right_real, now.right_fake))
        super().show(snapshot, view)

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """The game as it stands."""
        right = None
        if self._ticks:
            _, real, fake = np.mean(self._ticks, axis=0).tolist()
            right = (real, fake)
        return rows(snapshot, view, width, height, right)

    def depends(self, snapshot: Snapshot, view: ViewOptions) -> Hashable:
        """Opinions, shares and the ratio."""
        settings = snapshot.status.settings if snapshot.status else None
        ratio = (settings.d_steps, settings.g_steps) if settings else None
        return (Same(snapshot.series), Same(snapshot.telemetry), ratio, view.look, view.focus)
