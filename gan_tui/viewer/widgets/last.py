"""The newest event in one row, where there is no room for EVENTS; the first-run hint stands there too."""

from collections.abc import Hashable

from gan_tui.render import numbers
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.events import colour
from gan_tui.viewer.widgets.health import hint_row
from gan_tui.viewer.widgets.pane import Pane, Same
from gan_tui.viewer.widgets.rows import Row, cut, row, width


def rows(snapshot: Snapshot, view: ViewOptions, cells: int, height: int = 1) -> list[Row]:
    """The hint while it is asked for, else `` last event  step 1,150  saved step-001150``."""
    if view.hint:
        return [hint_row(view, cells)][:height]
    if not snapshot.events:
        return []
    style, event = view.look.style, snapshot.events[-1]
    start = row((f" last event  step {numbers.count(event.step)}  ", style("dim")))
    room = cells - width(start)
    text = cut(view.look.text(event.text), room, view.look.glyphs.more)
    return [start + row((text, style(colour(event))))][:height]


class Last(Pane):
    """The last event."""

    titled = False

    def __init__(self) -> None:
        super().__init__("last")

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """One row."""
        return rows(snapshot, view, width, height)

    def depends(self, snapshot: Snapshot, view: ViewOptions) -> Hashable:
        """The events and the hint."""
        return (Same(snapshot.events), view.look, view.hint)
