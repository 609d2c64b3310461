"""Cells as lines of text with escape sequences, for a plain terminal; the environment is not looked at."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from gan_tui.render.cells import INK, SHADES, Cells, RenderError
from gan_tui.render.runs import Run, all_runs

Colour = Literal["none", "16", "256", "truecolor"]

PAPER_COLOUR = "#05070A"
INK_COLOUR = "#C9EBFA"
RESET = "\x1b[0m"

_COLOUR = re.compile("#[0-9A-Fa-f]{6}")
_GAMMA = 0.9
_LUMA = (0.299, 0.587, 0.114)
_SIXTEEN = (0, 8, 7, 15)
"""Black, bright black, white and bright white among a terminal's 16 colours."""


def to_ansi(
    cells: Cells, colour: Colour = "truecolor", paper: str = PAPER_COLOUR, ink: str = INK_COLOUR
) -> list[str]:
    """One picture as lines; each is ``cols`` cells wide and ends with a reset, so nothing leaks.

    Args:
        cells: one picture (rows, cols); tiles are put together by ``grid`` first.
        colour: "none" gives the glyphs alone; "16" black, two greys and white; "256" the grey ramp;
            "truecolor" 16 steps from ``paper`` to ``ink``.
        paper: "#rrggbb", the colour of shade 0.
        ink: "#rrggbb", the colour of shade 15. With 16 and 256 colours the two only say which is the lighter.

    Raises:
        RenderError: an unknown ``colour``, a malformed ``paper`` or ``ink``, or more than one picture.
    """
    if cells.glyphs.ndim != 2:
        raise RenderError("only one picture can be printed: put tiles together with grid() first")
    if colour == "none":
        return cells.lines()
    fg, bg = _codes(colour, paper, ink)
    return [_line(row, fg, bg) for row in all_runs(cells)]


def shade_colours(paper: str, ink: str) -> list[str]:
    """The 16 shades from ``paper`` to ``ink`` as "#rrggbb"; steps are finer near ink (exponent 0.9)."""
    a, b = _rgb(paper), _rgb(ink)
    mix = [(k / INK) ** _GAMMA for k in range(SHADES)]
    return ["#" + "".join(f"{round(p + (q - p) * m):02x}" for p, q in zip(a, b, strict=True)) for m in mix]


def grey_numbers(dark_paper: bool = True) -> list[int]:
    """The 16 shades as numbers of the 256-colour palette: its black or white, then its greys, untinted."""
    steps = [round(23 * k / INK) for k in range(1, SHADES)]
    return [16] + [232 + s for s in steps] if dark_paper else [231] + [255 - s for s in steps]


def sixteen_numbers(dark_paper: bool = True) -> list[int]:
    """The 16 shades as numbers of a terminal's 16 colours: black, bright black, white, bright white."""
    four = _SIXTEEN if dark_paper else _SIXTEEN[::-1]
    return [four[k * len(four) // SHADES] for k in range(SHADES)]


def _line(row: list[Run], fg: tuple[str, ...], bg: tuple[str, ...]) -> str:
    parts, was = [], ("", "")
    for text, ink, paper in row:
        now = (fg[ink], bg[paper])
        changed = ";".join(code for code, old in zip(now, was, strict=True) if code != old)
        parts.append(f"\x1b[{changed}m{text}" if changed else text)
        was = now
    return "".join(parts) + RESET


@lru_cache(16)
def _codes(colour: str, paper: str, ink: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """SGR parameters of the 16 shades as foreground and as background."""
    dark = _luma(paper) <= _luma(ink)
    if colour == "truecolor":
        rgb = [";".join(str(v) for v in _rgb(c)) for c in shade_colours(paper, ink)]
        return tuple(f"38;2;{c}" for c in rgb), tuple(f"48;2;{c}" for c in rgb)
    if colour == "256":
        return tuple(f"38;5;{n}" for n in grey_numbers(dark)), tuple(f"48;5;{n}" for n in grey_numbers(dark))
    if colour == "16":
        numbers = sixteen_numbers(dark)
        return tuple(_sixteen_code(n, 30) for n in numbers), tuple(_sixteen_code(n, 40) for n in numbers)
    raise RenderError(f"colours are none, 16, 256 or truecolor, not {colour!r}")


def _sixteen_code(number: int, base: int) -> str:
    return str(base + number if number < 8 else base + 60 + number - 8)


def _rgb(colour: str) -> tuple[int, int, int]:
    if not _COLOUR.fullmatch(colour):
        raise RenderError(f"a colour is written #rrggbb, not {colour!r}")
    value = int(colour[1:], 16)
    return value >> 16, value >> 8 & 255, value & 255


def _luma(colour: str) -> float:
    return sum(w * v for w, v in zip(_LUMA, _rgb(colour), strict=True))
