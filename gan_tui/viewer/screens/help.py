"""What the keys do and the numbers mean."""

from __future__ import annotations

from itertools import zip_longest
from typing import Final

from gan_tui.viewer.actions.conditions import Viewer
from gan_tui.viewer.keys import HELP
from gan_tui.viewer.screens.dialog import CLOSING, Dialog, Scroll
from gan_tui.viewer.snapshot import Snapshot
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.rows import Row, row
from gan_tui.viewer.widgets.rows import width as cells

LEFT: Final = 47
"""Columns of the keys, where the numbers stand beside them."""
_BESIDE: Final = 112
_NAME: Final = 13

NUMBERS: Final[tuple[tuple[str, str], ...]] = (
    (
        "D's opinion",
        "the mean of D over a batch: 1 says real, 0 says fake. Shaded: .15 to .85, both sides still learn.",
    ),
    (
        "D's lead",
        (
            "its opinion of real less that of fakes. Below .05 G fools D; above .60 D sees through G, and G "
            "gets little to learn from: give G a step (g)."
        ),
    ),
    (
        "losses",
        "cross-entropy; .693 is a coin toss. What counts is balance, not falling: G above 3 for long is bad.",
    ),
    (
        "digits seen",
        (
            "what a judge reads in {samples} samples; a tenth each is even. A digit at 0 is missing: "
            "G repeats itself."
        ),
    ),
    ("readable", "samples that the judge reads with confidence > 0.9."),
    (
        "distance",
        (
            "Frechet distance of the judge's features to real digits; in brackets, real digits against "
            "real ones."
        ),
    ),
    ("EMA", "a running average of G's weights: steadier digits than the raw G, and the one to keep."),
)
"""What each number of the screen means."""


def wrapped(text: str, width: int) -> list[str]:
    """Text in lines of at most this many cells, broken at blanks."""
    lines: list[str] = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines


class Help(Dialog):
    """The help panel, made from the key table; it scrolls where the screen is small."""

    title_words = "Help"
    wanted = (118, 34)

    def __init__(self, viewer: Viewer) -> None:
        super().__init__(viewer)
        self._scroll = Scroll()

    def note(self, snapshot: Snapshot) -> str:  # noqa: ARG002 - Dialog's
        """How to go back."""
        return "up down scroll   esc back" if self._scroll.more else "esc back"

    def content(self, snapshot: Snapshot, view: ViewOptions, width: int, height: int) -> list[Row]:
        """Keys at the left, numbers at the right; one below the other where that does not fit."""
        samples = 500 if snapshot.report is None else snapshot.report.samples
        if width >= _BESIDE:
            left, right = self._keys(view), self._numbers(view, width - LEFT, samples)
            blank = view.look.style("text", "lift")
            nothing: Row = []
            rows = [
                [*a, *row((" " * (LEFT - cells(a)), blank)), *b] if b else a
                for a, b in zip_longest(left, right, fillvalue=nothing)
            ]
        else:
            rows = self._keys(view) + self._numbers(view, width, samples)
        while rows and not rows[-1]:
            rows.pop()
        return self._scroll.shown([[], *rows] if len(rows) < height else rows, height)

    async def press(self, key: str) -> None:
        """Scroll; the key that opened it closes it."""
        if key in {"question_mark", "f1"} | CLOSING:
            await self.close()
        else:
            self._scroll.press(key)

    def _keys(self, view: ViewOptions) -> list[Row]:
        strong, plain = view.look.style("text", "lift", bold=True), view.look.style("dim", "lift")
        rows: list[Row] = []
        for group, lines in HELP:
            rows.append(row((group, strong)))
            for names, words in lines:
                keys = " ".join(self.viewer.table.written(name) for name in names)
                if names[0] == "pane.1" and keys.startswith("1 7"):
                    keys = keys.replace("1 7", "1..7", 1)
                rows.append(row((f"  {keys:<10} ", strong), (words, plain)))
            rows.append([])
        return rows

    def _numbers(self, view: ViewOptions, width: int, samples: int) -> list[Row]:
        strong, plain = view.look.style("text", "lift", bold=True), view.look.style("dim", "lift")
        rows: list[Row] = []
        for name, text in NUMBERS:
            for index, line in enumerate(wrapped(text.format(samples=samples), min(53, width - _NAME))):
                rows.append(row((f"{'' if index else name:<{_NAME}}", strong), (line, plain)))
            rows.append([])
        return rows
