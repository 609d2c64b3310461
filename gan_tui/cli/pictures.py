"""Images as text on a plain terminal, and as a PNG file."""

import io
import os
import shutil
import sys
from pathlib import Path
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray

from gan_tui.config.errors import GanTuiError
from gan_tui.render import MODES, Colour, grid, to_ansi
from gan_tui.runs.atomic import atomic_write

TILE: Final = (14, 7)
"""Cells of one image."""
PNG_SCALE: Final = 4
"""Pixels of the file for one pixel of an image."""


def print_images(images: NDArray[np.uint8], ascii_only: bool = False) -> None:
    """Print uint8 images (N, H, W) side by side, as many as the terminal is wide, as it can show them."""
    across = max(1, (shutil.get_terminal_size().columns + 1) // (TILE[0] + 1))
    colour = _colour()
    unicode = not ascii_only and (sys.stdout.encoding or "").lower().startswith("utf")
    mode = MODES["quadrant" if unicode and colour != "none" else "ascii"]
    cells = mode.draw(images, *TILE, None)
    for line in to_ansi(grid(cells, min(across, len(images))), colour if mode.needs_colour else "none"):
        click.echo(line)


def write_png(path: Path, images: NDArray[np.uint8]) -> None:
    """Write uint8 images (N, H, W) as one picture, near a square, white on black.

    Raises:
        GanTuiError: the file cannot be written.
    """
    from PIL import Image  # noqa: PLC0415 - only where a PNG is wanted

    count, height, width = images.shape
    across = max(1, round(count**0.5))
    down = -(-count // across)
    sheet = np.zeros((down * (height + 2), across * (width + 2)), np.uint8)
    for place, image in enumerate(images):
        y, x = divmod(place, across)
        sheet[y * (height + 2) + 1 :, x * (width + 2) + 1 :][:height, :width] = image
    buffer = io.BytesIO()
    Image.fromarray(sheet.repeat(PNG_SCALE, 0).repeat(PNG_SCALE, 1)).save(buffer, "PNG")
    try:
        atomic_write(path, lambda file: file.write(buffer.getvalue()))
    except OSError as error:
        raise GanTuiError(f"{path} cannot be written: {error.strerror}; nothing else was changed") from error


def _colour() -> Colour:
    if "NO_COLOR" in os.environ or not sys.stdout.isatty() or os.environ.get("TERM") in {None, "", "dumb"}:
        return "none"
    if os.environ.get("COLORTERM") in {"truecolor", "24bit"}:
        return "truecolor"
    return "256" if "256" in os.environ["TERM"] else "16"
