"""What all dialogs share: a frame over the dimmed panes, keys of their own, and nothing of the app's."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from gan_tui.viewer.actions.conditions import Viewer
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.pane import Pane
from gan_tui.viewer.widgets.rows import Row, fitted, row

CLOSING: frozenset[str] = frozenset({"escape", "q", "ctrl+c", "ctrl+q"})
"""Keys that close any dialog."""


class Box(Pane):
    """A framed rectangle of rows, in the middle of the screen.

    Args:
        dialog: gives the rows.
    """

    DEFAULT_CSS = "Box { position: relative; }"
    titled = False
    fades = False
    interval = 0.0

    def __init__(self, dialog: Dialog) -> None:
        super().__init__("box")
        self._dialog = dialog

    def depends(self, snapshot: Snapshot, view: ViewOptions) -> Hashable:
        """Whatever the dialog may have changed."""
        return (object(), id(snapshot), view)

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """The frame and, in it, the dialog's rows."""
        style, glyphs = view.look.style, view.look.glyphs
        top_left, top_right, bottom_left, bottom_right, line, side = tuple(glyphs.frame)
        edge, blank = style("dim", "lift"), style("text", "lift")
        title = f"{self._dialog.title_words} "
        note = self._dialog.note(snapshot)
        tail = f" {note} {line}" if note and len(title) + len(note) + 9 <= width else ""
        fill = max(0, width - 3 - len(title) - len(tail) - 1)
        out = [
            row(
                (f"{top_left}{line} ", edge),
                (title, style("text", "lift", bold=True)),
                (line * fill, edge),
                (tail[:-1], edge),
                (tail[-1:] + top_right, edge),
            )
        ]
        inside = self._dialog.content(snapshot, view, width - 4, height - 2)
        for index in range(height - 2):
            middle = inside[index] if index < len(inside) else []
            framed = row((f"{side} ", edge)) + fitted(middle, width - 4, blank) + row((f" {side}", edge))
            out.append(framed)
        out.append(row((bottom_left + line * (width - 2) + bottom_right, edge)))
        return out


class Dialog(ModalScreen[None], inherit_bindings=False):
    """A dialog in a frame. Subclasses give ``content`` and take keys in ``press``.

    Attributes:
        title_words: in the frame. wanted: columns and rows of the frame, where the screen has them.
    """

    DEFAULT_CSS = """
    Dialog { align: center middle; background: black 55%; }
    Dialog.-flat { background: transparent; }
    """
    ALLOW_SELECT = False
    title_words: ClassVar[str] = ""
    wanted: ClassVar[tuple[int, int]] = (76, 11)

    def __init__(self, viewer: Viewer) -> None:
        super().__init__()
        self.viewer = viewer
        self._box = Box(self)

    def note(self, snapshot: Snapshot) -> str:  # noqa: ARG002 - for those that have one
        """Words at the right of the title."""
        return ""

    def content(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """The rows in the frame."""
        raise NotImplementedError

    def size_for(self, columns: int) -> tuple[int, int]:  # noqa: ARG002 - for those that care
        """Columns and rows of the frame on a screen of so many columns; cut to the screen."""
        return self.wanted

    async def press(self, key: str) -> None:
        """A key was pressed that does not close."""

    def compose(self) -> ComposeResult:
        """The frame."""
        yield self._box

    def on_mount(self) -> None:
        """Take a size, and the screen's colours."""
        self.set_class(self.viewer.look.ansi, "-flat")
        self._fit()

    def on_resize(self) -> None:
        """Take the size that the screen allows."""
        self._fit()

    async def on_key(self, event: events.Key) -> None:
        """All keys are the dialog's."""
        event.stop()
        event.prevent_default()
        if event.key == "ctrl+z":
            self.viewer.suspend_to_shell()
        elif event.key in CLOSING:
            await self.close()
        else:
            await self.press(event.key)
            self.follow()

    async def close(self) -> None:
        """Go away."""
        self.dismiss()

    def follow(self) -> None:
        """Show what is known now."""
        if self._box.is_mounted:
            self._box.show(self.viewer.shown, self.viewer.view_options)

    def _fit(self) -> None:
        columns, rows = self.app.size
        width, height = self.size_for(columns)
        self._box.styles.width = min(width, columns)
        self._box.styles.height = min(height, rows)
        self.call_after_refresh(self.follow)


class Scroll:
    """Which part of a long text is seen."""

    def __init__(self) -> None:
        self.top = 0
        self.page = 1
        self.length = 0

    def shown(self, rows: list[Row], height: int) -> list[Row]:
        """The part that fits."""
        self.page, self.length = max(1, height), len(rows)
        self.top = max(0, min(self.top, self.length - height))
        return rows[self.top : self.top + height]

    def press(self, key: str) -> None:
        """Move by a key."""
        by = {"up": -1, "down": 1, "pageup": -self.page, "pagedown": self.page, "space": self.page}
        by |= {"home": -self.length, "end": self.length}
        self.top = max(0, min(self.top + by.get(key, 0), self.length - self.page))

    @property
    def more(self) -> bool:
        """Not all is seen."""
        return self.length > self.page
