"""A rectangle of drawn rows that sends only what changed."""

from collections.abc import Hashable
from dataclasses import replace
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.rows import Row, fitted


class Same:
    """Equal to another if both hold the very same object; holding it keeps its identity from being reused."""

    __slots__ = ("held",)

    def __init__(self, held: object) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.held is self.held

    def __hash__(self) -> int:
        return id(self.held)


class Pane(Widget):
    """Base of all panes: draws ``rows`` of a snapshot, and sends those that differ from the screen.

    A pane knows no app and no other pane: it is shown a Snapshot and ViewOptions, and posts messages.
    Subclasses give ``rows``, and ``depends`` where they draw from less than the whole snapshot.

    Attributes:
        interval: seconds after which new numbers alone are worth a new picture; a key's effect shows at once.
    """

    DEFAULT_CSS = "Pane { position: absolute; }"
    interval: ClassVar[float] = 0.25
    titled: ClassVar[bool] = True
    fades: ClassVar[bool] = True

    class TitleClicked(Message):
        """A pane's title was clicked: it wants the whole screen, or its place back."""

        def __init__(self, pane: str) -> None:
            self.pane = pane
            super().__init__()

    def __init__(self, pane_id: str) -> None:
        super().__init__(id=pane_id)
        self._strips: list[Strip] = []
        self._shown: tuple[Snapshot, ViewOptions] | None = None
        self._drawn: Hashable = None
        self._room: tuple[int, int] | None = None

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """What to draw in ``height`` rows of ``width`` cells; too short rows and too few are filled up."""
        raise NotImplementedError

    def depends(self, snapshot: Snapshot, view: ViewOptions) -> Hashable:
        """What the rows are made of: nothing is drawn anew while it stays equal."""
        return (Same(snapshot), view)

    def show(self, snapshot: Snapshot, view: ViewOptions) -> None:
        """Show this moment in this way; rows that look as before are not sent again."""
        if self.fades and snapshot.state == "DETACHED":
            view = _faded(view)
        self._shown = (snapshot, view)
        self._paint()

    @property
    def room(self) -> tuple[int, int]:
        """Columns and rows to draw in: those given, true before the layout is, else the layout's."""
        return self._room or self.size

    def give_room(self, width: int, height: int) -> None:
        """Take this many cells from the next picture on: it is whole as soon as the pane has moved."""
        self._room = (width, height)
        self.styles.width, self.styles.height = width, height

    def render_line(self, y: int) -> Strip:
        """One row, as drawn last."""
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width, self._blank())

    def on_resize(self) -> None:
        """Draw what was shown last in the new size, where no room was given before."""
        self._paint()

    def on_click(self, event: events.Click) -> None:
        """A click on the title asks for the whole screen."""
        if self.titled and event.y == 0:
            event.stop()
            self.post_message(self.TitleClicked(self.id or ""))

    def _paint(self) -> None:
        width, height = self.room
        if self._shown is None or not width or not height or not self.display:
            return
        snapshot, view = self._shown
        made_of = (width, height, self.depends(snapshot, view))
        if made_of == self._drawn:
            return
        self._drawn = made_of
        blank = view.look.style()
        rows = self.rows(snapshot, view, width, height)[:height]
        rows += [[]] * (height - len(rows))
        old = self._strips
        self._strips = [Strip(fitted(row, width, blank), width) for row in rows]
        if len(old) != height:
            self.refresh()
            return
        for y, (before, after) in enumerate(zip(old, self._strips, strict=True)):
            span = changed_span(before, after)
            if span is not None:
                # One span a row: what is sent goes from the widget's left edge to the span's right end.
                self.refresh(Region(span[0], y, span[1] - span[0], 1))

    def _blank(self) -> Style:
        return self._shown[1].look.style() if self._shown else Style()


def _faded(view: ViewOptions) -> ViewOptions:
    return replace(view, look=view.look.fade())


def changed_span(before: Strip, after: Strip) -> tuple[int, int] | None:
    """First and past-the-last cell in which two strips differ; None where they are equal."""
    if before is after or before == after:
        return None
    old, new = list(before), list(after)
    cells = sum(len(s.text) for s in new)
    if sum(len(s.text) for s in old) != cells:
        return 0, max(before.cell_length, cells)
    start = _common(old, new)
    if start >= cells:
        return None
    end = _common([_mirrored(s) for s in reversed(old)], [_mirrored(s) for s in reversed(new)])
    return start, cells - end


def _mirrored(segment: Segment) -> Segment:
    return Segment(segment.text[::-1], segment.style)


def _common(old: list[Segment], new: list[Segment]) -> int:
    """How many cells at the start are alike."""
    a = b = ""
    i = j = count = 0
    style_a = style_b = None
    while True:
        if not a:
            if i == len(old):
                return count
            a, style_a, _ = old[i]
            i += 1
            continue
        if not b:
            if j == len(new):
                return count
            b, style_b, _ = new[j]
            j += 1
            continue
        if style_a != style_b:
            return count
        n = min(len(a), len(b))
        if a[:n] != b[:n]:
            return count + next(k for k in range(n) if a[k] != b[k])
        count += n
        a, b = a[n:], b[n:]
