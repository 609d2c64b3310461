"""Panes drawn without an app: rows as plain text, as the screen of a size would have them."""

from collections.abc import Callable

from gan_tui.viewer.layout import arrange
from gan_tui.viewer.screens.main import PANES
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane
from gan_tui.viewer.widgets.rows import Row, plain

Size = tuple[int, int]


def panes() -> dict[str, Pane]:
    """One of each, by name."""
    return {pane.id or "": pane for pane in (make() for make in PANES)}


def rows_of(name: str, snapshot: Snapshot, view: ViewOptions, size: Size) -> list[Row]:
    """The rows of one pane in its rectangle on a screen of this size, as the pane gives them."""
    rect = arrange(*size, snapshot.state, view.maximised)[name]
    return panes()[name].rows(snapshot, view, rect.width, rect.height)


def text_of(name: str, snapshot: Snapshot, view: ViewOptions, size: Size = (120, 40)) -> list[str]:
    """The same as plain text, without the blanks at the right."""
    return [plain(row).rstrip() for row in rows_of(name, snapshot, view, size)]


def styled(rows: list[Row], text: str) -> list[object]:
    """Styles of all segments that hold this text."""
    return [segment.style for row in rows for segment in row if text in segment.text]


def every_row(
    make: Callable[[], Snapshot], view: ViewOptions, size: Size
) -> list[tuple[str, int, int, list[Row]]]:
    """(pane, width, height, rows) of all panes on a screen of this size."""
    snapshot = make()
    known = panes()
    return [
        (name, rect.width, rect.height, known[name].rows(snapshot, view, rect.width, rect.height))
        for name, rect in arrange(*size, snapshot.state, view.maximised).items()
    ]
