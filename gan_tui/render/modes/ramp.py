"""The ramp: one of ten ASCII glyphs a cell by its mean brightness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gan_tui.render.cells import Cells, plain
from gan_tui.render.fit import fit
from gan_tui.render.modes.mode import Mode

RAMP = np.array([ord(c) for c in " .:-=+*#%@"], np.uint32)
"""From paper to ink."""


def draw(images: NDArray[np.uint8], cols: int, rows: int, crop: int | None = None) -> Cells:
    """Cells (T, rows, cols) of ink on paper."""
    level = np.rint(fit(images, cols, rows, crop) * (len(RAMP) - 1)).astype(np.intp)
    return plain(RAMP[level])


MODE = Mode("ramp", needs_colour=False, ascii=True, draw=draw)
