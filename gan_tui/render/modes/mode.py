"""What a way of drawing is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gan_tui.render.cells import Cells

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    from gan_tui.render.deferred import np


class Draw(Protocol):
    """Draws all tiles at once."""

    def __call__(self, images: NDArray[np.uint8], cols: int, rows: int, crop: int | None = None) -> Cells:
        """Cells (T, rows, cols) of images uint8 (T, H, W) or (T, H, W, 3).

        ``crop`` is the side of the central square to draw; None draws the whole image.
        Raises RenderError where the images or sizes cannot be drawn.
        """


@dataclass(frozen=True)
class Mode:
    """A way of drawing.

    Attributes:
        name: as the user sees and chooses it.
        needs_colour: it says nothing on a terminal without colours.
        ascii: it draws with printable ASCII alone.
        draw: draws all tiles at once.
    """

    name: str
    needs_colour: bool
    ascii: bool
    draw: Draw
