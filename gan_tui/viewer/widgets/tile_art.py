"""Digits as rows of segments: all new ones drawn at once, the known ones taken from memory."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from rich.segment import Segment

from gan_tui.link.messages import Samples
from gan_tui.render import MODES, SHADES, Cells, crop_for
from gan_tui.viewer.look import Look
from gan_tui.viewer.widgets.rows import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


_KEPT: Final = 1000
"""How many drawn tiles are remembered, the ones used last."""

Tile = list[Row]
"""A digit: its rows from the top down, each as wide as the tile."""


def images(samples: Samples) -> NDArray[np.uint8]:
    """The pictures of a message, (T, H, W) or (T, H, W, 3); a view, not to be written."""
    pixels = np.frombuffer(samples.pixels, np.uint8)
    shape = (samples.count, samples.height, samples.width)
    return pixels.reshape(shape if samples.channels == 1 else (*shape, samples.channels))


def ways(look: Look) -> tuple[str, ...]:
    """Names of the ways of drawing that this terminal can show."""
    return tuple(
        name
        for name, mode in MODES.items()
        if (mode.ascii or look.glyphs.blocks) and not (mode.needs_colour and look.mono)
    )


def way(wanted: str | None, look: Look, cells: int, image_width: int) -> str:
    """The way to draw tiles ``cells`` wide: the wanted one where it can be shown, else the best.

    Half blocks where they lose nothing, quadrants below; glyph matching without blocks or colours.
    """
    possible = ways(look)
    if wanted in possible:
        return wanted
    if look.mono or not look.glyphs.blocks:
        return "ascii"
    return "half" if cells >= (crop_for(cells, image_width) or image_width) else "quadrant"


class TileArt:
    """Draws digits and remembers them, so that a tile that stays costs nothing."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept = kept
        self._tiles: OrderedDict[tuple[object, ...], Tile] = OrderedDict()
        self.drawn = 0

    def tiles(
        self,
        pictures: NDArray[np.uint8],
        size: tuple[int, int],
        look: Look,
        mode: str | None = None,
        real: bool = False,
    ) -> list[Tile]:
        """Each picture as a tile.

        Args:
            pictures: uint8 (T, H, W) or (T, H, W, 3).
            size: cells across and down of a tile.
            look: theme, colours and marks.
            mode: way of drawing; None, or one that cannot be shown: the best here.
            real: neutral ink instead of G's.
        """
        if not len(pictures):
            return []
        cols, rows = size
        name = way(mode, look, cols, pictures.shape[2])
        common = (cols, rows, name, real, look.palette.name, look.colours, look.marks)
        keys = [(picture.tobytes(), picture.shape, *common) for picture in pictures]
        new = [i for i, key in enumerate(keys) if key not in self._tiles]
        if new:
            cells = MODES[name].draw(pictures[new], cols, rows, crop_for(cols, pictures.shape[1]))
            for i, tile in zip(new, _segments(cells, look, real), strict=True):
                self._tiles[keys[i]] = tile
            self.drawn += len(new)
        out = []
        for key in keys:
            self._tiles.move_to_end(key)
            out.append(self._tiles[key])
        while len(self._tiles) > max(self._kept, len(keys)):
            self._tiles.popitem(last=False)
        return out


def _segments(cells: Cells, look: Look, real: bool) -> list[Tile]:
    """All tiles with their shades as styles; neighbours that look alike are joined: one code for them."""
    alike = _alike(look, real)
    fg, bg = alike[cells.fg], alike[cells.bg]
    shown = cells.glyphs != ord(" ")
    # A space shows no foreground: it takes that of the glyph before it, or in front of all the first one's.
    columns = np.arange(cells.cols)
    last = np.maximum.accumulate(np.where(shown, columns, -1), axis=2)
    last = np.where(last < 0, shown.argmax(axis=2)[..., None], last)
    fg = np.take_along_axis(fg, last, axis=2)
    kind = fg.astype(np.intp) * SHADES + bg
    starts = np.ones(kind.shape, bool)
    starts[..., 1:] = kind[..., 1:] != kind[..., :-1]
    text = np.ascontiguousarray(cells.glyphs, dtype="<u4").tobytes().decode("utf-32-le")
    at = np.flatnonzero(starts)
    styles = {k: look.shade(k // SHADES, k % SHADES, real) for k in np.unique(kind).tolist()}
    ends = [*at[1:].tolist(), kind.size]
    pieces = [
        Segment(text[a:b], styles[k])
        for a, b, k in zip(at.tolist(), ends, kind.ravel()[at].tolist(), strict=True)
    ]
    count = starts.sum(axis=2)
    bounds = np.concatenate(([0], np.cumsum(count))).tolist()
    rows = [pieces[a:b] for a, b in pairwise(bounds)]
    return [rows[t * cells.rows : (t + 1) * cells.rows] for t in range(len(cells))]


@lru_cache(32)
def _alike(look: Look, real: bool) -> NDArray[np.uint8]:
    """Shade → the lowest shade of the same colour: with few colours many look alike."""
    shades = look.palette.shades_real if real else look.palette.shades_g
    return np.array([shades.index(colour) for colour in shades], np.uint8)
