"""The end of the trainer's log."""

from __future__ import annotations

from gan_tui.viewer.actions.conditions import Viewer
from gan_tui.viewer.screens.dialog import Dialog, Scroll
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.rows import Row, row

LINES = 500
"""How many of its last lines are shown."""


class Log(Dialog):
    """The trainer's log, its last line in sight."""

    title_words = "Log"
    wanted = (118, 34)

    def __init__(self, viewer: Viewer) -> None:
        super().__init__(viewer)
        self._scroll = Scroll()
        self._scroll.top = LINES
        self._lines = tuple(self.viewer.source.log(LINES)) or ("(the log is empty)",)

    def note(self, snapshot: Snapshot) -> str:  # noqa: ARG002 - Dialog's
        """How to go back."""
        return "up down scroll   esc back" if self._scroll.more else "esc back"

    def content(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:  # noqa: ARG002 - Dialog's
        """The lines that fit, wrapped."""
        plain = view.look.style("text", "lift")
        rows: list[Row] = []
        for line in self._lines:
            text = view.look.text(line)
            rows += [
                row((text[start : start + width], plain)) for start in range(0, max(1, len(text)), width)
            ]
        return self._scroll.shown(rows, height)

    async def press(self, key: str) -> None:
        """Scroll."""
        self._scroll.press(key)
