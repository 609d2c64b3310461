"""What the judge reads in G's samples: a bar a class, and how good they are."""

import math
from collections.abc import Hashable
from typing import Final

from gan_tui.link.messages import Report, Status
from gan_tui.render import bars, numbers
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane, Same
from gan_tui.viewer.widgets.rows import Row, promise, row, titled

SEEN: Final = 0.005
"""A class with a smaller share among the samples counts as missing."""
_TOP = 0.2
_MOST_ROWS, _MOST_ROWS_MAXIMISED = 6, 20


def rows(snapshot: Snapshot, view: ViewOptions, cells: int, height: int) -> list[Row]:
    """Title, bars, their labels, and where there is room a row of numbers."""
    report = snapshot.report
    title = "DIGITS SEEN" if _digits(snapshot.status) else "CLASSES SEEN"
    if report is None or not report.shares:
        word = "ten digits" if _digits(snapshot.status) else "classes"
        said = promise(f"which of the {word} G can draw", view.look.style("dim"), cells)
        return [titled(view, "digits", title, cells), [], *said][:height]
    body = height - 1
    down = max(1, min(body - 1 - (body >= 5), _MOST_ROWS if view.maximised is None else _MOST_ROWS_MAXIMISED))
    out = [
        titled(view, "digits", title, cells, _note(report, view, cells)),
        *_bars(report, view, cells, down),
    ]
    out.append(_labels(report, snapshot.status, view, cells))
    if body >= 5:
        out.append(_numbers(report, view, cells))
    return out


def _digits(status: Status | None) -> bool:
    return status is None or not status.class_names or all(n.isdigit() for n in status.class_names)


def _note(report: Report, view: ViewOptions, cells: int) -> Row:
    style = view.look.style
    whole = len(report.shares)
    missing = report.seen < whole
    seen = f"{report.seen}/{whole}" if cells < 31 else f"{report.seen} of {whole}"
    out = row((seen, style("alarm" if missing else "text", bold=True)))
    return out + row((f"  in {numbers.count(report.samples)}", style("dim"))) if cells > 40 else out


def _cell(report: Report, cells: int) -> tuple[int, int]:
    """Cells of a bar with its gap, and of the bar alone."""
    pitch = max(1, cells // len(report.shares))
    return pitch, max(1, pitch - 1)


def _bars(report: Report, view: ViewOptions, cells: int, down: int) -> list[Row]:
    pitch, wide = _cell(report, cells)
    shares = [share if share >= SEEN else 0.0 for share in report.shares]
    top = max(_TOP, math.ceil(max(shares) * 10 - 1e-9) / 10)
    ink = view.look.style("G")
    return [
        row(("".join((glyph * wide).ljust(pitch) for glyph in line), ink))
        for line in bars(shares, down, top, view.look.glyphs.bars)
    ]


def _labels(report: Report, status: Status | None, view: ViewOptions, cells: int) -> Row:
    style = view.look.style
    pitch, wide = _cell(report, cells)
    names = status.class_names if status and len(status.class_names) == len(report.shares) else ()
    out: Row = []
    for index, share in enumerate(report.shares):
        missing = share < SEEN
        label = view.look.text(names[index] if names else f"{index}")[:wide].center(wide)
        ink = style("bg", "alarm", bold=True) if missing else style("text")
        out += row((label, ink), (" " * (pitch - wide), style()))
    return out


def _numbers(report: Report, view: ViewOptions, cells: int) -> Row:
    style = view.look.style
    dim, bold = style("dim"), style("text", bold=True)
    return row(
        ("readable ", dim),
        (numbers.share(report.readable, 4), bold),
        ("   distance " if cells > 34 else " dist ", dim),
        (numbers.count(report.distance, 5), bold),
        (f"  (real {numbers.count(report.floor)})" if cells > 40 else "", dim),
    )


class DigitsSeen(Pane):
    """The judge's report."""

    def __init__(self) -> None:
        super().__init__("digits")

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """The report, or what it will say."""
        return rows(snapshot, view, width, height)

    def depends(self, snapshot: Snapshot, view: ViewOptions) -> Hashable:
        """The report and the classes' names."""
        names = snapshot.status.class_names if snapshot.status else ()
        return (Same(snapshot.report), names, view.look, view.focus)
