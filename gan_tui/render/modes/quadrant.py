"""Quadrants: 2×2 pixels a cell in the two shades that leave the smallest squared error."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gan_tui.render.cells import SPACE, Cells, quantise
from gan_tui.render.fit import blocks, fit
from gan_tui.render.modes.mode import Mode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


GLYPHS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""Bit 0 is the upper left pixel, 1 the upper right, 2 the lower left, 3 the lower right."""


# A pattern and its complement part the pixels alike, so the seven without the lower right pixel suffice.
@cache
def _patterns() -> tuple[NDArray[np.uint32], NDArray[np.float32], NDArray[np.float32]]:
    """Code points (16,); which pixels a pattern inks (4, 7), and how many (7,)."""
    inked = np.array([[mask >> pixel & 1 for mask in range(1, 8)] for pixel in range(4)], np.float32)
    return np.array([ord(c) for c in GLYPHS], np.uint32), inked, inked.sum(0)


_LEAST_GAIN = 1e-4
"""Squared error that a split must save, of brightness 0 to 1; below it the cell stays plain."""


def draw(images: NDArray[np.uint8], cols: int, rows: int, crop: int | None = None) -> Cells:
    """Cells (T, rows, cols), the glyph always the part with more ink; a space where one shade is best."""
    pixels = blocks(fit(images, cols * 2, rows * 2, crop), 2, 2)
    total = pixels.sum(-1, keepdims=True)
    code_points, inked, count = _patterns()
    on = pixels @ inked
    # Error of a split = sum p² - on²/n - off²/(4 - n); so the largest of what is taken away wins.
    off = total - on
    saved = on * on
    saved /= count
    off *= off
    off /= 4 - count
    saved += off
    best = saved.argmax(-1)
    pick = best[..., None]
    gain = np.take_along_axis(saved, pick, -1) - total * total / 4
    a = np.take_along_axis(on, pick, -1)[..., 0] / count[best]
    b = (total[..., 0] - a * count[best]) / (4 - count[best])
    first, second = quantise(np.clip(a, 0, 1)), quantise(np.clip(b, 0, 1))
    glyphs = code_points[np.where(first > second, best + 1, 14 - best)]
    fg, bg = np.maximum(first, second), np.minimum(first, second)
    plain = (gain[..., 0] <= _LEAST_GAIN) | (first == second)
    glyphs[plain] = SPACE
    mean = quantise(total[..., 0] / 4)
    fg, bg = np.where(plain, mean, fg), np.where(plain, mean, bg)
    return Cells(glyphs, fg, bg)


MODE = Mode("quadrant", needs_colour=True, ascii=False, draw=draw)
