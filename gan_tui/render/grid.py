"""Compose tiles into one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan_tui.render.cells import PAPER, SPACE, Cells, RenderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


def grid(cells: Cells, columns: int, gap: int = 1, row_gap: int | None = None) -> Cells:
    """Tiles (T, rows, cols) as one picture, ``columns`` tiles a row, in reading order.

    Args:
        cells: tiles; a single picture counts as one tile.
        columns: tiles across, at least 1; the last row may be short.
        gap: blank columns between tiles.
        row_gap: blank rows between rows of tiles; None: as many as ``gap``.

    Raises:
        RenderError: fewer than 1 column, or a negative gap.
    """
    row_gap = gap if row_gap is None else row_gap
    if columns < 1 or gap < 0 or row_gap < 0:
        raise RenderError(
            f"a grid has at least 1 column and no negative gap, not {columns}, {gap}, {row_gap}"
        )
    tiles = len(cells)
    columns = max(1, min(columns, tiles))
    bands = -(-tiles // columns)

    def compose(values: NDArray[np.generic], blank: int) -> NDArray[np.generic]:
        down, across = cells.rows + row_gap, cells.cols + gap
        picture = np.full((bands * columns, down, across), blank, values.dtype)
        picture[:tiles, : cells.rows, : cells.cols] = values
        bands_of_rows = picture.reshape(bands, columns, down, across).transpose(0, 2, 1, 3)
        joined = bands_of_rows.reshape(bands * down, columns * across)
        return joined[: max(0, bands * down - row_gap), : columns * across - gap]

    return Cells(
        compose(cells.glyphs, SPACE).astype(np.uint32, copy=False),
        compose(cells.fg, PAPER).astype(np.uint8, copy=False),
        compose(cells.bg, PAPER).astype(np.uint8, copy=False),
    )
