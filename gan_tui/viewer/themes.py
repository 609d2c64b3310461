"""Colours by meaning: what each token is in each theme and on each kind of terminal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from gan_tui.render import grey_numbers, shade_colours, sixteen_numbers

Colours = Literal["truecolor", "256", "16", "none"]
"""How many colours a terminal shows; with fewer than 24 bits there is one theme, for rounded tints lie."""

Token = Literal[
    "bg", "lift", "band", "select", "rule", "faint", "dim", "text", "D", "D2", "G", "real", "alarm", "paper"
]


@dataclass(frozen=True)
class Theme:
    """One set of colours.

    Attributes:
        name: as the user chooses it.
        tokens: token → colour as rich writes it ("#rrggbb", "color(233)", "bright_cyan", "default").
        shades_g, shades_real: the 16 colours from paper to ink of digits that G drew and of real ones.
        dark: its ground is dark.
    """

    name: str
    tokens: Mapping[str, str]
    shades_g: tuple[str, ...]
    shades_real: tuple[str, ...]
    dark: bool = True


def _full(name: str, inks: tuple[str, str, str], *, dark: bool = True, **tokens: str) -> Theme:
    paper, ink_g, ink_real = inks
    return Theme(
        name,
        tokens | {"paper": paper},
        tuple(shade_colours(paper, ink_g)),
        tuple(shade_colours(paper, ink_real)),
        dark,
    )


DARK: Final = _full(
    "dark",
    ("#05070A", "#C9EBFA", "#F4F1E8"),
    bg="#0E1116",
    lift="#171C23",
    band="#1C232C",
    select="#243447",
    rule="#323B47",
    faint="#5D6875",
    dim="#8C97A5",
    text="#D7DDE5",
    D="#E69F00",
    D2="#F3D59A",
    G="#56B4E9",
    real="#EDEAE0",
    alarm="#FF6B61",
)
LIGHT: Final = _full(
    "light",
    ("#FFFFFF", "#07415F", "#26221A"),
    dark=False,
    bg="#FBFAF7",
    lift="#EFEDE7",
    band="#ECEAE2",
    select="#D9E6F0",
    rule="#C9C6BD",
    faint="#8B929A",
    dim="#5B6570",
    text="#1E242B",
    D="#A85B00",
    D2="#8A6A3A",
    G="#00699E",
    real="#26221A",
    alarm="#B3151B",
)
CONTRAST: Final = _full(
    "contrast",
    ("#000000", "#DDF3FF", "#FFFFFF"),
    bg="#000000",
    lift="#1E1E1E",
    band="#303030",
    select="#004C99",
    rule="#8A8A8A",
    faint="#A8A8A8",
    dim="#D0D0D0",
    text="#FFFFFF",
    D="#FFB000",
    D2="#FFE3A3",
    G="#6CCBFF",
    real="#FFFFFF",
    alarm="#FF7A70",
)
THEMES: Final[dict[str, Theme]] = {theme.name: theme for theme in (DARK, LIGHT, CONTRAST)}
"""The themes that a user chooses from; they differ where the terminal shows 24-bit colour."""

_NUMBERS_256: Final = {
    "bg": 233,
    "lift": 235,
    "band": 235,
    "select": 237,
    "rule": 238,
    "faint": 241,
    "dim": 246,
    "text": 253,
    "D": 214,
    "D2": 223,
    "G": 74,
    "real": 255,
    "alarm": 203,
    "paper": 16,
}
_GREYS: Final = tuple(f"color({n})" for n in grey_numbers())
_PALETTE_256: Final = Theme(
    "256", {token: f"color({n})" for token, n in _NUMBERS_256.items()}, _GREYS, _GREYS
)
_FOUR: Final = tuple(f"color({n})" for n in sixteen_numbers())
_PALETTE_16: Final = Theme(
    "16",
    {
        "bg": "default",
        "lift": "default",
        "band": "default",
        "select": "blue",
        "rule": "bright_black",
        "faint": "bright_black",
        "dim": "white",
        "text": "white",
        "D": "yellow",
        "D2": "bright_yellow",
        "G": "bright_cyan",
        "real": "bright_white",
        "alarm": "bright_red",
        "paper": "black",
    },
    _FOUR,
    _FOUR,
)
_PALETTE_NONE: Final = Theme(
    "none", dict.fromkeys(_NUMBERS_256, "default"), ("default",) * 16, ("default",) * 16
)


def palette(theme: str, colours: Colours) -> Theme:
    """The colours in force: the chosen theme with 24 bits, else the one set of the terminal's kind.

    Raises:
        KeyError: there is no such theme.
    """
    return {"256": _PALETTE_256, "16": _PALETTE_16, "none": _PALETTE_NONE}.get(colours) or THEMES[theme]
