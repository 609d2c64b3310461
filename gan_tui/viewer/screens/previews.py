"""Small pictures of digits for the checkpoint list."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.style import Style

from gan_tui.viewer.layout import PREVIEW_TILE
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.rows import Row, row
from gan_tui.viewer.widgets.tile_art import TileArt

if TYPE_CHECKING:
    import numpy as np
else:
    from gan_tui.render.deferred import np


def preview_rows(
    art: TileArt, pixels: bytes, shape: tuple[int, ...], view: ViewOptions, width: int, blank: Style
) -> list[Row]:
    """As many digits as fit side by side, with a blank column after each.

    Args:
        art: draws them.
        pixels: uint8 (K,H,W) or (K,H,W,C) in row order.
        shape: of the pixels.
        view: look and way of drawing.
        width: columns that there are.
        blank: style of the columns between.

    Returns:
        Five rows; empty ones where there are no pixels.
    """
    columns, rows = PREVIEW_TILE
    many = min(shape[0], (width + 1) // (columns + 1)) if pixels else 0
    if many < 1 or len(pixels) != math.prod(shape):
        return [[] for _ in range(rows)]
    pictures = np.frombuffer(pixels, np.uint8).reshape(shape)[:many]
    tiles = art.tiles(pictures, PREVIEW_TILE, view.look, view.mode)
    gap = row((" ", blank))
    return [[segment for tile in tiles for segment in (*tile[y], *gap)] for y in range(rows)]
