"""Convolutions over nearest-upsampled maps, computed on the pixels that differ.

Nearest upsampling repeats pixels, so a convolution behind it adds the same pixel several times with different
weights. Adding the weights (or the products) first gives the same function of the same parameters for a
fraction of the multiply-adds. Maps are channels-last here: (N, H, W, C).
"""

import torch
from torch import Tensor
from torch.nn import functional


def distinct_side(side: int) -> int:
    """Distinct rows of a map of ``side`` rows after ×4 upsampling and a 3-tap convolution with padding 2."""
    return 3 * side + 2


def repeats(side: int) -> list[int]:
    """How often each distinct row stands in the full map of 4 side + 2 rows: 1, 1, 2, 1, 1, 2, …, 1, 1."""
    return [1, 1, 2] * side + [1, 1]


def upsample4_conv3(maps: Tensor, weight: Tensor) -> Tensor:
    """Nearest upsampling ×4 and a 3×3 convolution with padding 2 and no bias, on its distinct pixels.

    Along one axis, with the small row x[0 … n−1] and zeros beyond it, the output at p = 4q + r is
    Σ_k w[k] x[q + (r − 2 + k) // 4]. With the products a = w[0] x, b = w[1] x, c = w[2] x this is

    - r = 0: a[q−1] + b[q−1] + c[q]
    - r = 1: a[q−1] + b[q] + c[q]
    - r = 2 and r = 3: a[q] + b[q] + c[q]

    so each small pixel meets each tap once, and three distinct values replace four; q runs from 0 to n, where
    the last q has only r = 0 and r = 1. In two dimensions both axes do this: nine products for each small
    pixel, summed along one axis and then along the other.

    Args:
        maps: (N, n, m, C), the small maps.
        weight: (K, C, 3, 3), as nn.Conv2d keeps it.

    Returns:
        (N, 3n + 2, 3m + 2, K); the full map of (4n + 2, 4m + 2) repeats rows and columns as ``repeats`` says.
    """
    outputs, channels = weight.shape[:2]
    products = maps @ weight.permute(1, 2, 3, 0).reshape(channels, 9 * outputs)
    products = products.view(*maps.shape[:3], 3, 3, outputs)
    rows = _spread(products.unbind(3), axis=1)
    return _spread(rows.unbind(3), axis=2)


def _spread(products: tuple[Tensor, ...], axis: int) -> Tensor:
    """The three products of each pixel along one axis (length n) → the 3n + 2 distinct sums along it."""
    first, second, third = products
    before = _padding(first.dim(), axis, 1, 0)
    after = _padding(first.dim(), axis, 0, 1)
    head = first + second
    phases = [
        functional.pad(head, before) + functional.pad(third, after),
        functional.pad(first, before) + functional.pad(second + third, after),
        functional.pad(head + third, after),
    ]
    joined = torch.stack(phases, dim=axis + 1).flatten(axis, axis + 1)
    return joined.narrow(axis, 0, joined.shape[axis] - 1)


def _padding(dimensions: int, axis: int, before: int, after: int) -> list[int]:
    """Arguments of ``functional.pad`` for one axis (it counts axes from the last)."""
    return [0, 0] * (dimensions - 1 - axis) + [before, after]


def upsample2_conv5_stride2(maps: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Nearest upsampling ×2 and a 5×5 convolution of stride 2, from distinct pixels.

    Along one axis the output at o is Σ_k w[k] x[(2o + k) // 2] = Σ_k w[k] x[o + k // 2]: a 3-tap convolution
    with the taps w[0] + w[1], w[2] + w[3] and w[4]. The products of every distinct pixel with the nine taps
    are one matrix product that reads the map once; what is then repeated, shifted and added has one channel,
    not sixty-four.

    Args:
        maps: (N, 3n + 2, 3m + 2, C), distinct pixels as ``upsample4_conv3`` gives them.
        weight: (1, C, 5, 5), as nn.Conv2d keeps it.
        bias: (1,), the convolution's.

    Returns:
        (N, 1, 4n, 4m), in the dtype of the weight (float32 under autocast).
    """
    height, width = maps.shape[1:3]
    taps = fold_taps(weight)
    products = maps @ taps.permute(1, 2, 3, 0).flatten(1)
    products = products.to(weight.dtype).view(*maps.shape[:3], 3, 3)
    down = _shift_matrix(height, products)
    across = _shift_matrix(width, products)
    images: Tensor = torch.einsum("nyxij,oyi,pxj->nop", products, down, across)
    return (images if bias is None else images + bias).unsqueeze(1)


def fold_taps(weight: Tensor) -> Tensor:
    """(K, C, 5, 5) → (K, C, 3, 3): the taps {0, 1}, {2, 3} and {4} added along each axis."""
    padded = functional.pad(weight, [0, 1, 0, 1])
    return padded.view(*weight.shape[:2], 3, 2, 3, 2).sum(dim=(3, 5))


def _shift_matrix(distinct: int, like: Tensor) -> Tensor:
    """(outputs, distinct, 3): 1 where output o takes distinct pixel y by tap i, for one axis."""
    side = (distinct - 2) // 3
    full = torch.tensor([3 * (p // 4) + min(p % 4, 2) for p in range(4 * side + 2)])
    matrix = torch.zeros(4 * side, distinct, 3)
    for tap in range(3):
        matrix[torch.arange(4 * side), full[tap : tap + 4 * side], tap] = 1
    return matrix.to(like)
