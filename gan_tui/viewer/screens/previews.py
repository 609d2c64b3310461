"""Small pictures of digits for the checkpoint list."""

from __future__ import annotations

import math

from rich.style import Style

from gan_tui.viewer.layout import PREVIEW_TILE
from gan_tui.viewer.view_options import ViewOptions
from gan_tui.viewer.widgets.rows import Row, row


def preview_rows(
    pixels: bytes, shape: tuple[int, ...], view: ViewOptions, width: int, blank: Style
) -> list[Row]:
    """As many digits as fit side by side, with a blank column after each.

    Args:
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
    import numpy as np  # noqa: PLC0415 - after the first paint

    from gan_tui.render import MODES, all_runs, crop_for  # noqa: PLC0415 - with numpy
    from gan_tui.viewer.modes import best_mode  # noqa: PLC0415 - with numpy

    images = np.frombuffer(pixels, np.uint8).reshape(shape)[:many]
    mode = best_mode(view.mode, view.look, PREVIEW_TILE)
    lines = all_runs(MODES[mode].draw(images, columns, rows, crop_for(images.shape[1], columns)))
    out: list[Row] = []
    for y in range(rows):
        line: Row = []
        for tile in range(many):
            runs = lines[tile * rows + y]
            line += row(*((text, view.look.shade(ink, paper)) for text, ink, paper in runs), (" ", blank))
        out.append(line)
    return out
