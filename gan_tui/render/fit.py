"""Crop and resample images to the pixels that cells can show."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from gan_tui.render.cells import RenderError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
else:
    from gan_tui.render.deferred import np


LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in grey (ITU-R BT.601)."""

DIGIT_SIDE = 28
DIGIT_CROP = 24
"""Side of the middle that is drawn of a 28×28 digit; 0.2 % of MNIST's ink lies outside it."""


def crop_for(cols: int, height: int) -> int | None:
    """Side of the central square to draw in tiles ``cols`` wide of images ``height`` pixels high.

    None means the whole image. Of 28-pixel digits, tiles narrower than 28 columns show the central 24×24:
    without loss at 24×12 cells, and with larger strokes below. Images of other sizes have no known margin and
    are drawn whole.
    """
    return DIGIT_CROP if height == DIGIT_SIDE and cols < DIGIT_SIDE else None


def size_of(images: NDArray[np.uint8]) -> tuple[int, int]:
    """Height and width of uint8 images (T, H, W), (T, H, W, 1) or (T, H, W, 3).

    Raises:
        RenderError: the images have another dtype or shape, or no pixels.
    """
    if images.dtype != np.uint8:
        raise RenderError(f"images to draw are uint8, not {images.dtype}")
    if images.ndim != 3 and not (images.ndim == 4 and images.shape[3] in (1, 3)):
        raise RenderError(f"images to draw are (T, H, W) or (T, H, W, 3), not {images.shape}")
    height, width = images.shape[1:3]
    if 0 in (height, width):
        raise RenderError(f"images of {height}×{width} pixels cannot be drawn")
    return height, width


def grey(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Brightness 0 to 1, float32 (T, H, W), of images as ``size_of`` takes them; colours by their luma."""
    flat = images.astype(np.float32)
    if images.ndim == 4:
        flat = flat @ np.array(LUMA, np.float32) if images.shape[3] == 3 else flat[..., 0]
    flat *= np.float32(1 / 255)
    return flat


def fit(images: NDArray[np.uint8], width: int, height: int, crop: int | None = None) -> NDArray[np.float32]:
    """Crop and resample to float32 (T, height, width), 0 to 1.

    Each axis is averaged over exact areas where it shrinks, which keeps the mean, and interpolated by cubics
    (Keys 1981, a = -1/2) where it grows; where nothing changes, nothing is computed.

    Args:
        images: uint8 (T, H, W), (T, H, W, 1) or (T, H, W, 3), the last by its luma.
        width: pixels across of the result, at least 1.
        height: pixels down of the result, at least 1.
        crop: side in pixels of the central square to keep; None keeps all, and so does a side beyond the
            image's.

    Raises:
        RenderError: wrong dtype or shape, or a size below 1.
    """
    if width < 1 or height < 1:
        raise RenderError(f"digits cannot be drawn in {width}×{height} pixels")
    if crop is not None and crop < 1:
        raise RenderError(f"a crop keeps at least 1 pixel, not {crop}")
    old_height, old_width = size_of(images)
    if crop is not None:
        images = images[:, _middle(old_height, crop), _middle(old_width, crop)]
    flat = grey(images)
    tiles, rows, cols = flat.shape
    if cols != width:
        flat = (flat.reshape(tiles * rows, cols) @ _weights(cols, width).T).reshape(tiles, rows, width)
    if rows != height:
        flat = np.matmul(_weights(rows, height), flat)
    return np.clip(flat, 0, 1, out=flat)


def _middle(length: int, crop: int) -> slice:
    start = max(0, length - crop) // 2
    return slice(start, start + min(crop, length))


@lru_cache(64)
def _weights(old: int, new: int) -> NDArray[np.float32]:
    """Matrix (new, old) that resamples one axis; each row sums to 1."""
    return _area(old, new) if new < old else _cubic(old, new)


def _area(old: int, new: int) -> NDArray[np.float32]:
    edges = np.linspace(0, old, new + 1)
    pixels = np.arange(old)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    overlap = np.clip(overlap, 0, None)
    return _rows_to_one(overlap)


def _cubic(old: int, new: int) -> NDArray[np.float32]:
    centre = (np.arange(new) + 0.5) * old / new - 0.5
    first = np.floor(centre).astype(int)
    matrix = np.zeros((new, old))
    for tap in (-1, 0, 1, 2):
        at = first + tap
        d = np.abs(centre - at)
        near = 1.5 * d**3 - 2.5 * d**2 + 1
        far = -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
        weight = np.where(d <= 1, near, np.where(d < 2, far, 0.0))
        # Beyond the border the edge pixel is repeated.
        np.add.at(matrix, (np.arange(new), np.clip(at, 0, old - 1)), weight)
    return _rows_to_one(matrix)


def _rows_to_one(matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    result = np.asarray(matrix / matrix.sum(1, keepdims=True), dtype=np.float32)
    result.setflags(write=False)
    return result


def blocks(pixels: ArrayLike, down: int, across: int) -> NDArray[np.float32]:
    """Pixels (T, rows·down, cols·across) by cells: (T, rows, cols, down·across)."""
    p = np.asarray(pixels, np.float32)
    tiles, height, width = p.shape
    rows, cols = height // down, width // across
    p = p.reshape(tiles, rows, down, cols, across).transpose(0, 1, 3, 2, 4)
    return np.ascontiguousarray(p).reshape(tiles, rows, cols, down * across)
