"""Upright bars as rows of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_tui.render.cells import RenderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike
else:
    from gan_tui.render.deferred import np


BARS = "▁▂▃▄▅▆▇█"
BARS_ASCII = "=#"


def bars(shares: ArrayLike, height: int, top: float, glyphs: str = BARS) -> list[str]:
    """One bar a value, one cell wide: ``height`` strings from the top row down, each as long as ``shares``.

    Args:
        shares: values (n,); NaN and 0 or less leave a blank, anything above 0 draws at least the lowest step.
        height: rows, 0 or more.
        top: value of a bar that fills all rows; larger ones are cut there.
        glyphs: fillings of one cell from lowest to full.

    Raises:
        RenderError: no glyphs, a negative height, or a ``top`` that is not above 0.
    """
    if not glyphs or height < 0 or not top > 0:
        raise RenderError("bars need a step to draw with, a height of at least 0 and a top above 0")
    v = np.asarray(shares, np.float64).ravel()
    steps = len(glyphs)
    with np.errstate(all="ignore"):
        filled = np.rint(np.clip(np.nan_to_num(v / top), 0, 1) * steps * height).astype(int)
    filled = np.maximum(filled, v > 0)
    in_row = np.clip(filled - steps * np.arange(height)[::-1, None], 0, steps)
    shown = " " + glyphs
    return ["".join(shown[i] for i in row) for row in in_row.tolist()]
