"""The last row: the keys that work now."""

from collections.abc import Hashable
from typing import NamedTuple

from textual import events
from textual.message import Message

from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import FooterKey, ViewOptions
from gan_tui.viewer.widgets.pane import Pane
from gan_tui.viewer.widgets.rows import Row, cut, fitted, row

_SHORT_BELOW = 100
_GAP = 2


class Placed(NamedTuple):
    """A key in the footer: where it starts, how many cells it and its text take, and the text in use."""

    x: int
    cells: int
    key: FooterKey
    text: str


def placed(keys: tuple[FooterKey, ...], cells: int) -> list[Placed]:
    """The keys that fit, from left to right; the least needed are dropped first."""
    shown = list(keys)
    short = cells < _SHORT_BELOW

    def text(key: FooterKey) -> str:
        return key.short if short and key.short else key.text

    def taken() -> int:
        return 1 + sum(len(k.key) + 1 + len(text(k)) for k in shown) + _GAP * max(0, len(shown) - 1)

    while taken() > cells:
        least = max(shown, key=lambda k: k.drop)
        if least.drop == 0:
            break
        shown.remove(least)
    out, x = [], 1
    for key in shown:
        size = len(key.key) + 1 + len(text(key))
        out.append(Placed(x, size, key, text(key)))
        x += size + _GAP
    return out


def rows(view: ViewOptions, cells: int, height: int = 1) -> list[Row]:
    """The footer, or the prompt that stands in its place."""
    style = view.look.style
    dim = style("dim", "lift")
    if view.prompt:
        text = cut(view.look.text(view.prompt), cells - 2, view.look.glyphs.more)
        return [fitted(row((" " + text, style("text", "lift"))), cells, dim)][:height]
    out = row((" ", dim))
    for _, _, key, text in placed(view.footer, cells):
        out += row((key.key, style(key.player or "text", "lift", bold=True)), (f" {text}" + " " * _GAP, dim))
    return [fitted(out, cells, dim)][:height]


class Footer(Pane):
    """The footer; a click on a key presses it."""

    titled = False
    fades = False

    class KeyPressed(Message):
        """A key of the footer was clicked."""

        def __init__(self, key: FooterKey) -> None:
            self.key = key
            super().__init__()

    def __init__(self) -> None:
        super().__init__("footer")

    def rows(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:  # noqa: ARG002 - a footer draws from what the viewer can do alone
        """One row."""
        return rows(view, width, height)

    def depends(self, snapshot: Snapshot, view: ViewOptions) -> Hashable:  # noqa: ARG002 - as above
        """The keys or the prompt."""
        return (view.footer, view.prompt, view.look)

    def key_at(self, x: int) -> FooterKey | None:
        """The key shown at this column; None between keys and while there is a prompt."""
        if self._shown is None or self._shown[1].prompt:
            return None
        keys = placed(self._shown[1].footer, self.size.width)
        return next((p.key for p in keys if p.x <= x < p.x + p.cells), None)

    def on_click(self, event: events.Click) -> None:
        """Press the key under the pointer."""
        key = self.key_at(event.x)
        if key is not None:
            event.stop()
            self.post_message(self.KeyPressed(key))
