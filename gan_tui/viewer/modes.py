"""Ways of drawing digits that a terminal can show."""

from gan_tui.render import MODES
from gan_tui.viewer.look import Look


def usable_modes(look: Look) -> list[str]:
    """Names of the drawing modes that this terminal's colours and marks allow."""
    return [
        name
        for name, mode in MODES.items()
        if (mode.ascii or look.glyphs.blocks) and not (mode.needs_colour and look.mono)
    ]


def following_mode(mode: str | None, look: Look) -> str | None:
    """The next way of drawing; after the last, None: the best here."""
    order = [None, *usable_modes(look)]
    place = order.index(mode) if mode in order else 0
    return order[(place + 1) % len(order)]


def best_mode(mode: str | None, look: Look, tile: tuple[int, int]) -> str:
    """The way of drawing in force: the chosen one, if this terminal can show it, else the best here."""
    usable = usable_modes(look)
    if mode in usable:
        return str(mode)
    wanted = "half" if tile[1] >= 12 else "quadrant"
    return wanted if wanted in usable else usable[0]
