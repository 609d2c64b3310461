"""How the screen looks on this terminal: one theme, one count of colours, one set of marks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from rich.style import Style

from gan_tui.viewer.glyphs import GLYPHS, Glyphs, writable
from gan_tui.viewer.themes import THEMES, Colours, Theme, palette

_FILLED = frozenset({"alarm", "G", "real", "text", "dim", "D"})
"""Tokens that may be a ground under bg-coloured text."""
_FADING = frozenset({"text", "real", "D", "D2", "G"})


@dataclass(frozen=True)
class Look:
    """A theme's name, the terminal's colours and marks; immutable, so that it can be a key and be compared.

    Attributes:
        theme: "dark", "light" or "contrast"; used with 24-bit colour, remembered with less.
        colours: how many the terminal shows.
        marks: "rich", "linux" or "ascii".
        faded: all values are dim, because they are old (no word from the trainer).
    """

    theme: str = "dark"
    colours: Colours = "truecolor"
    marks: str = "rich"
    faded: bool = False

    @staticmethod
    def detect(
        environ: Mapping[str, str], force_ascii: bool = False, encoding: str = "utf-8", theme: str = "dark"
    ) -> "Look":
        """What this terminal can show.

        Args:
            environ: the environment; NO_COLOR, COLORTERM and TERM are read.
            force_ascii: the user asked for ASCII.
            encoding: of the terminal's output; another than UTF-8 means ASCII unasked.
            theme: the remembered theme; an unknown name means "dark".
        """
        term = environ.get("TERM", "")
        if environ.get("NO_COLOR"):
            colours: Colours = "none"
        elif environ.get("COLORTERM", "").lower() in {"truecolor", "24bit"}:
            colours = "truecolor"
        elif "256color" in term:
            colours = "256"
        else:
            colours = "16"
        utf8 = encoding.lower().replace("-", "").replace("_", "") in {"utf8", "cp65001"}
        marks = "ascii" if force_ascii or not utf8 else "linux" if term == "linux" else "rich"
        return Look(theme if theme in THEMES else "dark", colours, marks)

    def with_theme(self, theme: str) -> "Look":
        """The same terminal in another theme.

        Raises:
            KeyError: there is no such theme.
        """
        return replace(self, theme=THEMES[theme].name)

    def fade(self) -> "Look":
        """The same with all values dim."""
        return replace(self, faded=True)

    @property
    def glyphs(self) -> Glyphs:
        """The marks to draw with."""
        return GLYPHS[self.marks]

    @property
    def palette(self) -> Theme:
        """The colours in force."""
        return palette(self.theme, self.colours)

    @property
    def mono(self) -> bool:
        """There are no colours: meaning is carried by bold, dim and reverse."""
        return self.colours == "none"

    @property
    def ansi(self) -> bool:
        """Textual must pass colours on as they are (``App(ansi_color=True)``): all but 24-bit colour."""
        return self.colours != "truecolor"

    @property
    def background(self) -> str:
        """The screen's ground for Textual's ``styles.background``."""
        if self.colours in {"16", "none"}:
            return "ansi_default"
        return "#121212" if self.colours == "256" else self.palette.tokens["bg"]

    def style(
        self,
        fg: str = "text",
        bg: str = "bg",
        *,
        bold: bool = False,
        dim: bool = False,
        reverse: bool = False,
    ) -> Style:
        """Tokens as a style; always with both colours, for segments have no ground of their own.

        ``reverse`` is for levels that must stand out without a colour of their own. Without colours bold, dim
        and reverse are put in the place of tokens that mean something.
        """
        return _style(self, fg, bg, bold, dim, reverse)

    def shade(self, fg: int, bg: int, real: bool = False) -> Style:
        """Two of the 16 shades of a digit, 0 paper to 15 ink; neutral for real digits, tinted for G's."""
        return _shade(self, fg, bg, real)

    def text(self, text: str) -> str:
        """Text from outside as this terminal can write it, one cell a character; ASCII where it must be."""
        return writable(text, self.glyphs.unicode)


@lru_cache(4096)
def _style(look: Look, fg: str, bg: str, bold: bool, dim: bool, reverse: bool) -> Style:
    if look.faded and fg in _FADING and bg not in _FILLED:
        fg, bold = "dim", False
    if look.mono:
        filled = bg in _FILLED or bg == "select"
        return Style(
            color="default",
            bgcolor="default",
            bold=bold or fg == "alarm",
            dim=(dim or fg in {"faint", "rule"}) and not filled,
            reverse=reverse or filled,
        )
    tokens = look.palette.tokens
    colour, ground = tokens[fg], tokens[bg]
    if look.colours == "16":
        colour, ground = _sixteen(fg, bg, colour, ground)
    return Style(color=colour, bgcolor=ground, bold=bold, dim=dim, reverse=reverse)


def _sixteen(fg: str, bg: str, colour: str, ground: str) -> tuple[str, str]:
    """Grounds that need another foreground than their token's where only the terminal's 16 colours are."""
    if bg == "select":
        return ("bright_white" if fg in {"text", "dim", "faint", "G"} else colour), ground
    if bg in _FILLED:
        return "black", ground
    return colour, ground


@lru_cache(2048)
def _shade(look: Look, fg: int, bg: int, real: bool) -> Style:
    shades = look.palette.shades_real if real else look.palette.shades_g
    return Style(color=shades[fg], bgcolor=shades[bg])
