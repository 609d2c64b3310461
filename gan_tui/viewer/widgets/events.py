"""What happened, newest first."""

from collections.abc import Hashable

from gan_tui.link.messages import Event
from gan_tui.render import numbers
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane, Same
from gan_tui.viewer.widgets.rows import Row, cut, row, titled

_STEP, _WHO = 8, 5
_MILLION = 1_000_000


def rows(snapshot: Snapshot, view: ViewOptions, cells: int, height: int) -> list[Row]:
    """Title and the newest events: step, who, text in the colour of its player."""
    style = view.look.style
    note = row(("newest first", style("dim"))) if cells > 36 else None
    out = [titled(view, "events", "EVENTS", cells, note)]
    shown = snapshot.events[:-height:-1] if height > 1 else ()
    # From a million steps on all rows shift together, once.
    wide = 1 if snapshot.events and snapshot.events[-1].step >= _MILLION else 0
    return out + [event_row(event, view, cells, _STEP + wide) for event in shown]


def event_row(event: Event, view: ViewOptions, cells: int, step_width: int = _STEP) -> Row:
    """One event in one row."""
    style, text = view.look.style, view.look.text
    room = max(0, cells - step_width - _WHO - 2)
    return row(
        (f"{numbers.count(event.step, step_width)} ", style("dim")),
        (f"{text(event.who)[:_WHO]:<{_WHO}} ", style("dim")),
        (cut(text(event.text), room, view.look.glyphs.more), style(colour(event))),
    )


def colour(event: Event) -> str:
    """The token that an event's text wears: its player's, alarm, or plain."""
    return "alarm" if event.kind == "alarm" or event.who == "alarm" else event.player or "text"


class Events(Pane):
    """The list of events."""

    def __init__(self) -> None:
        super().__init__("events")

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """As many as fit."""
        return rows(snapshot, view, width, height)

    def depends(self, snapshot: Snapshot, view: ViewOptions) -> Hashable:
        """The events themselves."""
        return (Same(snapshot.events), view.look, view.focus)
