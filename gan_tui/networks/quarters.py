"""Convolutions 4×4 of stride 2 and padding 1 between one channel and many, as matrix products.

The maps are in quarters (see ``cells``): (2, 2, n, m, N, C), the pixel 2i + s, 2j + t at [s, t, i, j]. Images
lie with the batch last and a border of one pixel, (4n + 2, 4m + 2, N), so that shifted parts of them are
copied and added by long runs. Torch's convolutions compute blocks of channels at once, and one channel at a
small part of their speed.
"""

from typing import Final

import torch
from torch import Tensor

TAPS: Final = 16


def batch_last(images: Tensor) -> Tensor:
    """(N, 1, H, W) → (H, W, N), contiguous; free where they lie so already."""
    count, _, height, width = images.shape
    # As a matrix, for torch copies a transposed one by blocks, and in more dimensions number by number.
    return images.reshape(count, -1).t().contiguous().view(height, width, count)


def batch_first(images: Tensor) -> Tensor:
    """(H, W, N), contiguous → (N, 1, H, W): a view, from which ``batch_last`` is free."""
    return images.permute(2, 0, 1).unsqueeze(1)


def core(images: Tensor) -> Tensor:
    """Bordered images without their border: a view."""
    height, width, count = images.shape
    row = width * count
    return images.as_strided((height - 2, width - 2, count), (row, count, 1), row + count)


def seen(images: Tensor, extra: int = 0) -> Tensor:
    """What the sixteen taps see at each pixel of the maps.

    Args:
        images: (4n + 2, 4m + 2, N).
        extra: rows of ones after them, whose weights are biases.

    Returns:
        (16 + extra, 4 n m N): by tap, then as quarters.
    """
    height, width, count = images.shape
    rows, columns = height // 4, width // 4
    row = width * count
    result = images.new_empty(TAPS + extra, 4 * rows * columns * count)
    if extra:
        result[TAPS:].fill_(1)
    size = (4, 4, 2, 2, rows, columns, count)
    quarters = 4 * rows * columns * count
    taps = result.as_strided(
        size,
        (4 * quarters, quarters, quarters // 2, quarters // 4, columns * count, count, 1),
    )
    taps.copy_(images.as_strided(size, (row, count, 2 * row, 2 * count, 4 * row, 4 * count, 1)))
    return result


def to_image(quarters: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """The transposed convolution to one channel.

    Args:
        quarters: (2, 2, n, m, N, C).
        weight: (16, C).
        bias: (1,).

    Returns:
        Images (4n + 2, 4m + 2, N); what came to lie on the border is still there.
    """
    _, _, rows, columns, count, channels = quarters.shape
    products = torch.mm(weight, quarters.view(-1, channels).t())
    tap = products.shape[1]
    images = products.new_empty(4 * rows + 2, 4 * columns + 2, count)
    images.copy_(bias) if bias is not None else images.zero_()
    row = images.stride(0)
    # Tap 2a + r of pixel 2i + s lies in row 2 (2i + s + a) + r: a sum of all (i, s, r) for each (a, b).
    size = (rows, 2, 2, columns, 2, 2, count)
    there = (4 * row, 2 * row, row, 4 * count, 2 * count, count, 1)
    here = (columns * count, tap // 2, 4 * tap, count, tap // 4, tap, 1)
    for a in (0, 1):
        for b in (0, 1):
            part = images.as_strided(size, there, 2 * (a * row + b * count))
            part.add_(products.as_strided(size, here, (8 * a + 2 * b) * tap))
    return images
