"""Half blocks: 1×2 pixels a cell, each with its own shade; lossless where a tile is as wide as the crop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_tui.render.cells import SPACE, Cells, quantise
from gan_tui.render.fit import fit
from gan_tui.render.modes.mode import Mode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


UPPER, LOWER = ord("▀"), ord("▄")


def draw(images: NDArray[np.uint8], cols: int, rows: int, crop: int | None = None) -> Cells:
    """Cells (T, rows, cols) whose glyph is the half with more ink, or a space where both halves are equal.

    The ground is then paper more often, which makes longer runs of one style, and the glyphs alone still
    show the digit.
    """
    shade = quantise(fit(images, cols, rows * 2, crop))
    top, bottom = shade[:, 0::2], shade[:, 1::2]
    glyphs = np.where(top > bottom, np.uint32(UPPER), np.uint32(LOWER))
    glyphs[top == bottom] = SPACE
    return Cells(glyphs, np.maximum(top, bottom), np.minimum(top, bottom))


MODE = Mode("half", needs_colour=True, ascii=False, draw=draw)
