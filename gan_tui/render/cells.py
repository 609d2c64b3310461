"""Text cells: what every way of drawing returns and every way of showing takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


SHADES = 16
"""Number of shades of a digit: 0 is paper, ``SHADES - 1`` is ink. Few, so that few cells change."""

PAPER = 0
INK = SHADES - 1
SPACE = ord(" ")


class RenderError(ValueError):
    """Something cannot be drawn; the message is one sentence that says what and why."""


@dataclass(frozen=True)
class Cells:
    """Glyphs and their shades, for one picture (rows, cols) or for many tiles (T, rows, cols).

    Attributes:
        glyphs: uint32 Unicode code points, each one cell wide.
        fg: uint8 shade of the glyph, 0 (paper) to 15 (ink).
        bg: uint8 shade of the ground behind it, 0 (paper) to 15 (ink).

    Where a way of drawing needs no colour, ``fg`` is 15 and ``bg`` 0 everywhere.

    Raises:
        RenderError: the three arrays differ in shape, or are neither 2- nor 3-dimensional.
    """

    glyphs: NDArray[np.uint32]
    fg: NDArray[np.uint8]
    bg: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if not self.glyphs.shape == self.fg.shape == self.bg.shape:
            raise RenderError(
                f"glyphs {self.glyphs.shape}, fg {self.fg.shape} and bg {self.bg.shape} differ in shape"
            )
        if self.glyphs.ndim not in (2, 3):
            raise RenderError(f"cells are (rows, cols) or (tiles, rows, cols), not {self.glyphs.shape}")

    @property
    def rows(self) -> int:
        """Rows of a tile."""
        return int(self.glyphs.shape[-2])

    @property
    def cols(self) -> int:
        """Columns of a tile."""
        return int(self.glyphs.shape[-1])

    def __len__(self) -> int:
        """Number of tiles; 1 for a single picture."""
        return self.glyphs.shape[0] if self.glyphs.ndim == 3 else 1

    def tile(self, index: int) -> Cells:
        """One tile as cells of its own (rows, cols); a view, no copy."""
        if self.glyphs.ndim == 2:
            return Cells(self.glyphs[None][index], self.fg[None][index], self.bg[None][index])
        return Cells(self.glyphs[index], self.fg[index], self.bg[index])

    def row(self, index: int) -> Cells:
        """One row of a single picture, as cells (1, cols); a view, no copy."""
        if self.glyphs.ndim != 2:
            raise RenderError("a row is taken from one tile: call tile() first")
        at = slice(index, index + 1) if index != -1 else slice(-1, None)
        return Cells(self.glyphs[at], self.fg[at], self.bg[at])

    def lines(self) -> list[str]:
        """The glyphs alone of a single picture, one string a row, each ``cols`` long."""
        if self.glyphs.ndim != 2:
            raise RenderError("lines are taken from one tile: call tile() first")
        return [text(row) for row in self.glyphs]


def text(glyphs: NDArray[np.uint32]) -> str:
    """Code points (n,) as a string of length n."""
    return np.ascontiguousarray(glyphs, dtype="<u4").tobytes().decode("utf-32-le")


def quantise(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Brightness 0 to 1 (any shape) as the nearest of the 16 shades, uint8."""
    return np.rint(values * INK).astype(np.uint8)


def plain(glyphs: NDArray[np.uint32]) -> Cells:
    """Cells of a way of drawing that needs no colour: ink on paper."""
    return Cells(glyphs, np.full(glyphs.shape, INK, np.uint8), np.full(glyphs.shape, PAPER, np.uint8))
