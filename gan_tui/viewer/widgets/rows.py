"""Rows of styled text: what every pane is made of. Each character is one cell."""

from collections.abc import Iterable, Sequence
from textwrap import wrap

from rich.segment import Segment
from rich.style import Style

from gan_tui.viewer.layout import NUMBERED
from gan_tui.viewer.view_options import ViewOptions

Row = list[Segment]
"""One row of a pane from left to right."""


def row(*parts: tuple[str, Style]) -> Row:
    """Text with its style, part by part; empty parts are left out."""
    return [Segment(text, style) for text, style in parts if text]


def width(parts: Iterable[Segment]) -> int:
    """Cells across."""
    return sum(len(segment.text) for segment in parts)


def plain(parts: Iterable[Segment]) -> str:
    """The characters alone."""
    return "".join(segment.text for segment in parts)


def fitted(parts: Sequence[Segment], cells: int, blank: Style) -> Row:
    """The row filled up with blanks, or cut, to exactly this many cells; neighbours of one style joined."""
    out: Row = []
    left = cells
    for text, style, _ in parts:
        if left <= 0:
            break
        piece = text[:left]
        left -= len(piece)
        if out and out[-1].style == style:
            out[-1] = Segment(out[-1].text + piece, style)
        elif piece:
            out.append(Segment(piece, style))
    if left > 0:
        if out and out[-1].style == blank:
            out[-1] = Segment(out[-1].text + " " * left, blank)
        else:
            out.append(Segment(" " * left, blank))
    return out


def between(left: Row, right: Row, cells: int, blank: Style) -> Row:
    """Left and right parts with blanks between; the right one is left out where both do not fit."""
    gap = cells - width(left) - width(right)
    if gap < 0:
        return fitted(left, cells, blank)
    return [*left, Segment(" " * gap, blank), *right] if gap else [*left, *right]


def centred(text: str, style: Style, cells: int) -> Row:
    """Text in the middle of the row."""
    return row((" " * max(0, (cells - len(text)) // 2) + text, style))


def promise(text: str, style: Style, cells: int) -> list[Row]:
    """What will stand here, in as many rows as it takes, parted between words."""
    return [row((" " + line, style)) for line in wrap(text, max(8, cells - 1))]


def cut(text: str, cells: int, more: str) -> str:
    """Text of at most this many cells; where something was cut away, ``more`` stands at the end."""
    return text if len(text) <= cells else text[: max(0, cells - len(more))] + more if cells > 0 else ""


def cut_at_word(text: str, cells: int, more: str) -> str:
    """As ``cut``, but between words where one ends in the second half of the room."""
    if len(text) <= cells:
        return text
    heads = (text[:end].rstrip(" .,;:") for end, char in enumerate(text) if char == " ")
    fitting = [head for head in heads if cells // 2 <= len(head) <= cells - len(more)]
    return fitting[-1] + more if fitting else cut(text, cells, more)


def wrapped(text: str, cells: int, rows: int, more: str) -> list[str]:
    """Text in at most this many rows, parted between words; where that is too few, ``more`` ends the last."""
    lines = wrap(text, max(1, cells)) or [""]
    if len(lines) <= rows:
        return lines
    return [*lines[: rows - 1], cut_at_word(" ".join(lines[rows - 1 :]), cells, more)]


class Line:
    """One row to put things on at any place; later ones cover earlier ones."""

    def __init__(self, cells: int, blank: Style) -> None:
        self._text = [" "] * cells
        self._styles = [blank] * cells

    def put(self, x: int, text: str, style: Style) -> None:
        """Put text at a column; what lies outside the row is not drawn."""
        for i, char in enumerate(text, x):
            if 0 <= i < len(self._text):
                self._text[i] = char
                self._styles[i] = style

    def free(self, x: int, cells: int) -> bool:
        """Nothing but blanks stands in these cells, as far as they lie in the row."""
        return not "".join(self._text[max(0, x) : max(0, x + cells)]).strip()

    def row(self) -> Row:
        """As segments, neighbours of one style joined."""
        out: Row = []
        start = 0
        for i in range(1, len(self._text) + 1):
            if i == len(self._text) or self._styles[i] != self._styles[start]:
                out.append(Segment("".join(self._text[start:i]), self._styles[start]))
                start = i
        return out


def titled(
    view: ViewOptions,
    pane: str,
    title: str,
    cells: int,
    note: Row | None = None,
    short: Row | None = None,
    asleep: bool = False,
) -> Row:
    """A pane's title rule: ``── 1 SAMPLES ──────── drawn by G``, its note flush right.

    A note that does not fit is replaced by its short form, then left out; never cut. The pane in focus has
    its rule in the colour of text, but where it is ``asleep``: a stand-in that no key reaches.
    """
    style, mark = view.look.style, view.look.glyphs.rule
    focus = view.focus == pane and not asleep
    rule = style("text" if focus else "rule")
    number = NUMBERED.index(pane) + 1
    left = row(
        (mark * 2 + " ", rule),
        (f"{number} ", style("text" if focus else "dim", bold=focus)),
        (title + " ", style("text", bold=True)),
    )
    room = cells - width(left) - 4
    tail = next((n for n in (note, short) if n and width(n) <= room), [])
    fill = cells - width(left) - (width(tail) + 1 if tail else 0)
    return [*left, *row((mark * fill, rule)), *(row((" ", style())) if tail else []), *tail]
