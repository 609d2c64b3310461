"""Quadrants: 2×2 pixels a cell in the two shades that leave the smallest squared error."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gan_tui.render.cells import SPACE, Cells, quantise
from gan_tui.render.fit import blocks, fit
from gan_tui.render.modes.mode import Mode

GLYPHS = np.array([ord(c) for c in " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"], np.uint32)
"""Bit 0 is the upper left pixel, 1 the upper right, 2 the lower left, 3 the lower right."""

# A pattern and its complement part the pixels alike, so the seven without the lower right pixel suffice.
_ON = np.array([[mask >> pixel & 1 for mask in range(1, 8)] for pixel in range(4)], np.float32)
_COUNT = _ON.sum(0)
_LEAST_GAIN = 1e-4
"""Squared error that a split must save, of brightness 0 to 1; below it the cell stays plain."""


def draw(images: NDArray[np.uint8], cols: int, rows: int, crop: int | None = None) -> Cells:
    """Cells (T, rows, cols), the glyph always the part with more ink; a space where one shade is best."""
    pixels = blocks(fit(images, cols * 2, rows * 2, crop), 2, 2)
    total = pixels.sum(-1, keepdims=True)
    on = pixels @ _ON
    # Error of a split = sum p² - on²/n - off²/(4 - n); so the largest of what is taken away wins.
    off = total - on
    saved = on * on
    saved /= _COUNT
    off *= off
    off /= 4 - _COUNT
    saved += off
    best = saved.argmax(-1)
    pick = best[..., None]
    gain = np.take_along_axis(saved, pick, -1) - total * total / 4
    a = np.take_along_axis(on, pick, -1)[..., 0] / _COUNT[best]
    b = (total[..., 0] - a * _COUNT[best]) / (4 - _COUNT[best])
    first, second = quantise(np.clip(a, 0, 1)), quantise(np.clip(b, 0, 1))
    glyphs = GLYPHS[np.where(first > second, best + 1, 14 - best)]
    fg, bg = np.maximum(first, second), np.minimum(first, second)
    plain = (gain[..., 0] <= _LEAST_GAIN) | (first == second)
    glyphs[plain] = SPACE
    mean = quantise(total[..., 0] / 4)
    fg, bg = np.where(plain, mean, fg), np.where(plain, mean, bg)
    return Cells(glyphs, fg, bg)


MODE = Mode("quadrant", needs_colour=True, ascii=False, draw=draw)
