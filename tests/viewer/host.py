"""An app of nothing but panes, shown one snapshot: for tests, and to look at by hand.

``python -m tests.viewer.host STATE [LOOK [MAXIMISED]]`` shows one of ``fixtures.STATES``.
"""

import sys
from typing import ClassVar

from textual.app import App, ComposeResult

from gan_tui.viewer.layout import arrange
from gan_tui.viewer.screens.main import PANES
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane
from tests.viewer import fixtures


class Host(App[None]):
    """Places all panes as the real app does and keeps the messages that they post."""

    CSS = "Screen { overflow: hidden; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar = [("q", "quit", "Quit")]

    def __init__(self, snapshot: Snapshot, view: ViewOptions) -> None:
        super().__init__(ansi_color=view.look.ansi)
        self.snapshot = snapshot
        self.view_options = view
        self.posted: list[object] = []

    def compose(self) -> ComposeResult:
        yield from (make() for make in PANES)

    def on_mount(self) -> None:
        self.screen.styles.background = self.view_options.look.background

    def on_resize(self) -> None:
        self.call_after_refresh(self.place)

    def place(self) -> None:
        """Give each pane its rectangle, then show the snapshot."""
        columns, rows = self.size
        places = arrange(columns, rows, self.snapshot.state, self.view_options.maximised)
        for pane in self.query(Pane):
            rect = places.get(pane.id or "")
            pane.display = rect is not None
            if rect is not None:
                pane.styles.offset = (rect.x, rect.y)
                pane.styles.width, pane.styles.height = rect.width, rect.height
        self.call_after_refresh(self.present)

    def present(self, snapshot: Snapshot | None = None, view: ViewOptions | None = None) -> None:
        """Show this snapshot in this way."""
        self.snapshot = snapshot or self.snapshot
        self.view_options = view or self.view_options
        for pane in self.query(Pane):
            if pane.display:
                pane.show(self.snapshot, self.view_options)

    def on_pane_title_clicked(self, message: Pane.TitleClicked) -> None:
        self.posted.append(message)

    def on_steer_row_chosen(self, message: object) -> None:
        self.posted.append(message)

    def on_steer_value_set(self, message: object) -> None:
        self.posted.append(message)

    def on_steer_wheel(self, message: object) -> None:
        self.posted.append(message)

    def on_footer_key_pressed(self, message: object) -> None:
        self.posted.append(message)


if __name__ == "__main__":
    state, look, maximised = (*sys.argv[1:], *("training", "dark", "")[len(sys.argv) - 1 :])
    options = fixtures.view(look, maximised=maximised or None, hint=state == "starting")
    Host(fixtures.STATES[state](), options).run()
