"""Join neighbouring cells of one style, so that each run costs one escape sequence."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from gan_tui.render.cells import SPACE, Cells, RenderError, text

if TYPE_CHECKING:
    import numpy as np
else:
    from gan_tui.render.deferred import np


Run = tuple[str, int, int]
"""Text, shade of the glyphs, shade of the ground."""


def all_runs(cells: Cells) -> list[list[Run]]:
    """Each row of cells as runs from left to right, whose texts add up to ``cols`` cells.

    A space shows no foreground, so it joins the run to its left where the grounds are equal, and the run to
    its right where it comes first.

    Returns:
        One list a row, from the top down; of many tiles, one tile's rows after the other's.
    """
    cols = cells.cols
    if cells.glyphs.size == 0:
        return [[] for _ in range(math.prod(cells.glyphs.shape[:-1]))]
    glyphs, bg = cells.glyphs.reshape(-1, cols), cells.bg.reshape(-1, cols)
    shown = glyphs != SPACE
    # Each space takes the foreground of the last glyph before it; the first ones, of the first after them.
    last = np.maximum.accumulate(np.where(shown, np.arange(cols), -1), axis=1)
    last = np.where(last < 0, shown.argmax(1)[:, None], last)
    fg = np.take_along_axis(cells.fg.reshape(-1, cols), last, 1)
    begins = np.ones(glyphs.shape, bool)
    begins[:, 1:] = (fg[:, 1:] != fg[:, :-1]) | (bg[:, 1:] != bg[:, :-1])
    starts = np.flatnonzero(begins)
    whole = text(glyphs.ravel())
    inks, papers = fg.ravel()[starts].tolist(), bg.ravel()[starts].tolist()
    ends = pairwise([*starts.tolist(), len(whole)])
    joined = [(whole[a:b], ink, paper) for (a, b), ink, paper in zip(ends, inks, papers, strict=True)]
    borders = [0, *begins.sum(1).cumsum().tolist()]
    return [joined[a:b] for a, b in pairwise(borders)]


def runs(row: Cells) -> list[Run]:
    """One row of cells as runs; see ``all_runs``, which does all rows at once and is far faster.

    Raises:
        RenderError: more than one row was given.
    """
    if row.glyphs.ndim != 2 or row.rows != 1:
        raise RenderError(f"runs are made of one row, not of cells {row.glyphs.shape}")
    return all_runs(row)[0]
