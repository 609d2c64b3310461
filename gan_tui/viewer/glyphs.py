"""The marks that the screen is made of: rich, for the Linux console, and ASCII."""

import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from rich.cells import cell_len

from gan_tui.render import BARS, BARS_ASCII, SPARK, SPARK_ASCII


@dataclass(frozen=True)
class Glyphs:
    """One set of marks; each is one cell wide.

    Attributes:
        rule, vertical, tick, x_tick, corner, dotted: rules and axes. middle: D's opinion of one half.
        chosen: marks the chosen row. pip, no_pip: counts. slider: track of a slider (its knob is ``pip``).
        rope: D's lead. spark, bars: steps from low to high. mark: an intervention on the axis. to: an arrow.
        band: the shaded middle of the game where there is no ground to colour.
        pending: sent, not yet answered. more: text goes on.
        up_down, left_right: the arrow keys.
        frame: corners and sides of a dialog: top left, top right, bottom left, bottom right, top, side.
        braille: dots of 2×4 a cell may be drawn (trail, chart). blocks: digits as half blocks and quadrants.
        unicode: any printable character may be written.
    """

    name: str
    rule: str = "─"
    vertical: str = "│"
    tick: str = "┤"
    x_tick: str = "┬"
    corner: str = "└"
    dotted: str = "┊"
    middle: str = "│"
    chosen: str = "▌"
    pip: str = "●"
    no_pip: str = "·"
    slider: str = "─"
    rope: str = "━"
    spark: str = SPARK
    bars: str = BARS
    mark: str = "▲"
    to: str = "→"
    band: str = "░"
    pending: str = "…"
    more: str = "…"
    up_down: str = "↑↓"
    left_right: str = "←→"
    frame: str = "╭╮╰╯─│"
    braille: bool = True
    blocks: bool = True
    unicode: bool = True


RICH: Final = Glyphs("rich")
LINUX: Final = replace(
    RICH, name="linux", chosen=">", spark=SPARK_ASCII, bars=BARS_ASCII, braille=False, blocks=False
)
"""Debian's console fonts have lines, dots and arrows, but no half blocks, sparkline steps or braille."""
ASCII: Final = Glyphs(
    "ascii",
    rule="-",
    vertical="|",
    tick="+",
    x_tick="+",
    corner="+",
    dotted=":",
    middle=":",
    chosen=">",
    pip="#",
    no_pip=".",
    slider="-",
    rope="=",
    spark=SPARK_ASCII,
    bars=BARS_ASCII,
    mark="^",
    to=">",
    band=":",
    pending="~",
    more="~",
    up_down="up/down",
    left_right="left/right",
    frame="++++-|",
    braille=False,
    blocks=False,
    unicode=False,
)
GLYPHS: Final[dict[str, Glyphs]] = {g.name: g for g in (RICH, LINUX, ASCII)}

_PLAIN: Final = str.maketrans(
    {
        "→": ">",
        "←": "<",
        "↑": "^",
        "↓": "v",
        "×": "x",
        "…": "~",
        "–": "-",
        "—": "-",
        "−": "-",
        "·": ".",
        "●": "#",
        "▲": "^",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "°": "",
    }
)


@lru_cache(2048)
def writable(text: str, unicode: bool = True) -> str:
    """Text from outside, made of single-width printable characters alone, so that it can never move a column.

    What cannot be shown becomes "?"; without ``unicode`` all comes out as ASCII.
    """
    if not unicode:
        text = text.translate(_PLAIN)
        text = "".join(c if ord(c) < 128 else unicodedata.normalize("NFKD", c)[:1] for c in text)
    return "".join(c if _single(c, unicode) else " " if c in "\t\n\r" else "?" for c in text)


def _single(c: str, unicode: bool) -> bool:
    if " " <= c < "\x7f":
        return True
    if not unicode or not c.isprintable():
        return False
    # Marks of every category: spacing ones, too, join the character before them on some terminals.
    mark = unicodedata.category(c).startswith("M")
    return not mark and unicodedata.east_asian_width(c) not in "WF" and cell_len(c) == 1 and ord(c) < 0x10000
