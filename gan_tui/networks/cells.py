"""Convolutions 4×4 of stride 2 and padding 1, and their transposes, as convolutions of stride 1 over cells.

Along one axis the small pixel i meets the large pixels 2i − 1 … 2i + 2. Cut the large map, after a border of
one pixel, into cells of 2×2 pixels, so that cell i holds the pixels 2i and 2i − 1: the small pixel i meets
just the cells i and i + 1. So the convolution is one of 2×2 taps and stride 1, of four times the channels.

The batch lies between the cells and their numbers. To a convolution all of it is one very wide image whose
taps are N columns apart (a dilation): no border between images, rows as long as could be. Torch's own strided
transposed convolutions, and gradients of inputs, run at half the speed of this on a CPU.

Three layouts, of maps of 2n×2m pixels and C channels, and of small maps of n×m pixels and M channels:
    cells (n + 1, m + 1, N, 4 C): by row and column of cells, image, then pixel 2i − s, 2j − t and channel.
    quarters (2, 2, n, m, N, C): the pixel 2i + s, 2j + t is at [s, t, i, j]; nothing but the map.
    small maps (n, m, N, M).
All are contiguous.
"""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

_SHIFTS: Final = ((0, 0), (0, 1), (1, 0), (1, 1))


def inside(cells: Tensor) -> Tensor:
    """Where a map lies in its cells, (2, 2, n, m, N, C) as quarters: a view, to read from or to write to."""
    rows, columns, count, numbers = cells.shape
    row, column, image, _ = cells.stride()
    half, quarter = numbers // 2, numbers // 4
    return cells.as_strided(
        (2, 2, rows - 1, columns - 1, count, quarter), (row + half, column + quarter, row, column, image, 1)
    )


def new_cells(like: Tensor, small: tuple[int, int], count: int, channels: int) -> Tensor:
    """Room for maps that shrink to ``small`` (n, m): a border of zeros, and nothing defined inside of it."""
    cells = like.new_empty(small[0] + 1, small[1] + 1, count, 4 * channels)
    row, column, image, _ = cells.stride()
    # First and last row, first and last column.
    cells.as_strided((2, small[1] + 1, count, 4 * channels), (small[0] * row, column, image, 1)).zero_()
    cells.as_strided((small[0] + 1, 2, count, 4 * channels), (row, small[1] * column, image, 1)).zero_()
    return cells


def kernel(weight: Tensor) -> Tensor:
    """A kernel (M, C, 4, 4), as nn.Conv2d(C, M) and nn.ConvTranspose2d(M, C) keep it, for cells.

    Returns:
        (M, 4 C, 2, 2), channels-last.
    """
    small, channels = weight.shape[:2]
    # Tap k meets the pixel 2i − 1 + k = 2 (i + a) − s, so that k = 2a + 1 − s.
    taps = weight.view(small, channels, 2, 2, 2, 2).flip(3, 5).permute(0, 2, 4, 3, 5, 1)
    return taps.reshape(small, 2, 2, 4 * channels).permute(0, 3, 1, 2)


def weight(taps: Tensor, like: Tensor) -> Tensor:
    """Back from (2, 2, M, 4 C), by tap, to (M, C, 4, 4) in the memory format of ``like``."""
    small, channels = like.shape[:2]
    result = torch.empty_like(like)
    pairs = taps.view(2, 2, small, 2, 2, channels).flip(3, 4).permute(2, 5, 0, 3, 1, 4)
    result.view(small, channels, 2, 2, 2, 2).copy_(pairs)
    return result


def shrink(cells: Tensor, kernel: Tensor, bias: Tensor | None = None) -> Tensor:
    """The convolution: cells → small maps; the kernel is for cells, the bias (M,)."""
    rows, columns, count, _ = cells.shape
    result = functional.conv2d(_image(cells), kernel, bias, dilation=(1, count))
    return _maps(result, (rows - 1, columns - 1, count))


def spread(maps: Tensor, kernel: Tensor, bias: Tensor | None = None) -> Tensor:
    """The transposed convolution: small maps → cells, on whose border something is left.

    Args:
        maps: small maps.
        kernel: for cells, as for ``shrink``.
        bias: (C,).
    """
    rows, columns, count, _ = maps.shape
    if bias is not None:
        bias = bias.repeat(4)
    result = functional.conv_transpose2d(_image(maps), kernel, bias, dilation=(1, count))
    return _maps(result, (rows + 1, columns + 1, count))


def correlate(cells: Tensor, maps: Tensor) -> Tensor:
    """The gradient of the kernel from that of the small maps, (2, 2, M, 4 C), as ``weight`` takes it."""
    rows, columns, count, small = maps.shape
    row, column, image, _ = cells.stride()
    numbers = cells.shape[-1]
    lines = maps.view(rows, -1, small).transpose(1, 2)
    products = cells.new_empty(4, rows, small, numbers)
    for (a, b), product in zip(_SHIFTS, products, strict=True):
        met = cells.as_strided((rows, columns * count, numbers), (row, image, 1), a * row + b * column)
        torch.bmm(lines, met, out=product)
    return products.sum(dim=1).view(2, 2, small, numbers)


def _image(maps: Tensor) -> Tensor:
    """(H, W, N, K) → the one wide image (1, K, H, W N), channels-last: a view."""
    rows, columns, count, numbers = maps.shape
    width = columns * count
    return maps.as_strided((1, numbers, rows, width), (maps.numel(), 1, width * numbers, numbers))


def _maps(image: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """Back, to (H, W, N, K), contiguous."""
    return image.permute(0, 2, 3, 1).contiguous().view(*shape, image.shape[1])
