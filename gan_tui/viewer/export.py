"""Samples as a PNG file."""

import os
from pathlib import Path
from typing import Final

from gan_tui.config.errors import GanTuiError
from gan_tui.link.messages import Samples

SCALE: Final = 4
"""Pixels of the file for each pixel of a digit, in each direction."""
GAP: Final = 2
"""Pixels between digits, before scaling."""


def write_png(samples: Samples, folder: Path, name: str) -> Path:
    """Write a grid of samples to ``exports/NAME.png`` in the run's folder; here, where that is not writable.

    Args:
        samples: what to draw, (count, height, width, channels) bytes.
        folder: the run's.
        name: the file's, without ending.

    Returns:
        The file; an existing one of that name is replaced.

    Raises:
        GanTuiError: neither folder can be written to.
    """
    import numpy as np  # noqa: PLC0415 - only when asked for
    from PIL import Image  # noqa: PLC0415 - only when asked for

    shape = (samples.count, samples.height, samples.width, samples.channels)
    pixels = np.frombuffer(samples.pixels, np.uint8).reshape(shape)
    columns = min(samples.count, 10)
    rows = -(-samples.count // columns)
    high, wide = samples.height + GAP, samples.width + GAP
    sheet = np.full((rows * high + GAP, columns * wide + GAP, samples.channels), 32, np.uint8)
    for index, tile in enumerate(pixels):
        y, x = GAP + index // columns * high, GAP + index % columns * wide
        sheet[y : y + samples.height, x : x + samples.width] = tile
    picture = Image.fromarray(sheet[:, :, 0] if samples.channels == 1 else sheet[:, :, :3])
    picture = picture.resize((picture.width * SCALE, picture.height * SCALE), Image.Resampling.NEAREST)
    trouble: OSError | None = None
    for place in (folder / "exports", Path.cwd()):
        target = place / f"{name}.png"
        temporary = place / f".{name}.{os.getpid()}.png"
        try:
            place.mkdir(exist_ok=True)
            picture.save(temporary)
            temporary.replace(target)
        except OSError as error:
            trouble = error
        else:
            return target
    raise GanTuiError(f"{name}.png could not be written ({trouble}); the run is not touched") from trouble


def told(path: Path, folder: Path) -> Path:
    """A file's path as a narrow pane tells it: from the run's folder on, where it lies there."""
    return path.relative_to(folder) if path.is_relative_to(folder) else path
