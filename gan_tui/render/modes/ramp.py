"""The ramp: one of ten ASCII glyphs a cell by its mean brightness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_tui.render.cells import Cells, plain
from gan_tui.render.fit import fit
from gan_tui.render.modes.mode import Mode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


RAMP = " .:-=+*#%@"
"""From paper to ink."""


def draw(images: NDArray[np.uint8], cols: int, rows: int, crop: int | None = None) -> Cells:
    """Cells (T, rows, cols) of ink on paper."""
    level = np.rint(fit(images, cols, rows, crop) * (len(RAMP) - 1)).astype(np.intp)
    return plain(np.array([ord(c) for c in RAMP], np.uint32)[level])


MODE = Mode("ramp", needs_colour=False, ascii=True, draw=draw)
