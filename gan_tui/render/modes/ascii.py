"""Glyph matching: in each cell the ASCII glyph whose ink lies most like the image's."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from gan_tui.render.cells import SPACE, Cells, plain
from gan_tui.render.fit import blocks, fit, size_of
from gan_tui.render.modes.mode import Mode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


TABLE = Path(__file__).with_name("glyphs.npz")
"""Made by ``benchmarks/make_glyph_table.py``: ``glyphs`` uint32 (85,) and ``coverage`` uint8 (85, 24, 12)."""

GAIN = 0.36
"""Ink that a full pixel asks of a cell. The densest glyph covers 0.27 of it; asking for more makes thin
strokes count. Of 0.17 to 0.6, nearest neighbours and a small network read digits best from 0.36 to 0.5."""

_FINEST = 12
_SPLITS = (2, 3, 4, 6)
"""Ways to part a cell's width into features, its height into twice as many; they divide the table's 12."""


def draw(images: NDArray[np.uint8], cols: int, rows: int, crop: int | None = None) -> Cells:
    """Cells (T, rows, cols) of ink on paper: printable ASCII without digits.

    Image and glyphs are compared at about the image's own resolution, by squared error.
    """
    _, width = size_of(images)
    across = split_for(cols, width if crop is None else min(width, crop))
    codes, weights, bias = _templates(across)
    features = blocks(fit(images, cols * across, rows * across * 2, crop), across * 2, across)
    flat = features.reshape(-1, features.shape[-1])
    glyphs = np.full(len(flat), SPACE, np.uint32)
    # Most of a digit's cells are blank.
    inked = np.flatnonzero(flat.max(1) > 0)
    score = flat[inked] @ weights
    score -= bias
    glyphs[inked] = codes[score.argmax(1)]
    return plain(glyphs.reshape(features.shape[:3]))


def split_for(cols: int, width: int) -> int:
    """Features across a cell: so that ``cols`` cells have about ``width`` of them; at least 2."""
    return min(_SPLITS, key=lambda s: abs(s * cols - width))


@lru_cache(8)
def _templates(across: int) -> tuple[NDArray[np.uint32], NDArray[np.float32], NDArray[np.float32]]:
    """Code points (n,); weights (features, n) and bias (n,): the largest ``p @ weights - bias`` fits best."""
    with np.load(TABLE, allow_pickle=False) as table:
        codes = table["glyphs"].astype(np.uint32)
        fine = table["coverage"].astype(np.float32) / 255
    side = _FINEST // across
    pooled = fine.reshape(len(codes), across * 2, side, across, side).mean((2, 4)).reshape(len(codes), -1)
    return codes, np.ascontiguousarray(pooled.T * (2 * GAIN)), (pooled**2).sum(1)


MODE = Mode("ascii", needs_colour=False, ascii=True, draw=draw)
