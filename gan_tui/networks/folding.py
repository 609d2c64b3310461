"""Convolutions over nearest-upsampled maps, computed on the pixels that differ.

Nearest upsampling repeats pixels, so a convolution behind it adds the same pixel several times with different
weights. Adding the weights (or the products) first gives the same function of the same parameters for a
fraction of the multiply-adds. Maps are channels-last here: (N, H, W, C).
"""

import torch
from torch import Tensor
from torch.nn import functional

from gan_tui.networks.spreading import spread


def distinct_side(side: int) -> int:
    """Distinct rows of a map of ``side`` rows after ×4 upsampling and a 3-tap convolution with padding 2."""
    return 3 * side + 2


def distinct_index(side: int) -> list[int]:
    """For each of the full map's 4 side + 2 rows, its distinct row: 0, 1, 2, 2, 3, 4, 5, 5, …, 3 side + 1."""
    return [3 * (row // 4) + min(row % 4, 2) for row in range(4 * side + 2)]


def repeats(side: int) -> Tensor:
    """How often each distinct row stands in the full map, 1, 1, 2, 1, 1, 2, …, 1, 1: (3 side + 2,)."""
    return torch.bincount(torch.tensor(distinct_index(side))).float()


def shifts(side: int) -> Tensor:
    """The matrix that places and adds products behind ``upsample2_conv5_stride2``, for one axis.

    Returns:
        float32 (4 side, 3 side + 2, 3): 1 where output o takes distinct row y by tap i, which is where y is
        the distinct row of o + i.
    """
    index = torch.tensor(distinct_index(side))
    windows = index.unfold(0, 3, 1)
    return functional.one_hot(windows, distinct_side(side)).transpose(1, 2).float().contiguous()


def upsample4_conv3(maps: Tensor, weight: Tensor) -> Tensor:
    """Nearest upsampling ×4 and a 3×3 convolution with padding 2 and no bias, on its distinct pixels.

    Along one axis, with the small row x[0 … n−1] and zeros beyond it, the output at p = 4q + r is
    Σ_k w[k] x[q + (r − 2 + k) // 4]. With the products a = w[0] x, b = w[1] x, c = w[2] x this is

    - r = 0: a[q−1] + b[q−1] + c[q]
    - r = 1: a[q−1] + b[q] + c[q]
    - r = 2 and r = 3: a[q] + b[q] + c[q]

    so each small pixel meets each tap once, and three distinct values replace four; q runs from 0 to n, where
    the last q has only r = 0 and r = 1. In two dimensions both axes do this: nine products for each small
    pixel, summed along one axis and then along the other. For 7×7 pixels that is a twentieth of the
    multiply-adds as written, and a fifth of those of a product over patches of 2×2 pixels and nine phases.

    Args:
        maps: (N, n, m, C), the small maps.
        weight: (K, C, 3, 3), as nn.Conv2d keeps it.

    Returns:
        (N, 3n + 2, 3m + 2, K); the full map of (4n + 2, 4m + 2) repeats rows and columns as ``repeats`` says.
    """
    outputs, channels = weight.shape[:2]
    products = maps @ weight.permute(1, 2, 3, 0).reshape(channels, 9 * outputs)
    return spread(spread(products.view(*maps.shape[:3], 3, 3, outputs), axis=1), axis=2)


def upsample2_conv5_stride2(maps: Tensor, weight: Tensor, bias: Tensor | None, shifts: Tensor) -> Tensor:
    """Nearest upsampling ×2 and a 5×5 convolution of stride 2, from the distinct pixels of its input.

    Along one axis the output at o is Σ_k w[k] x[(2o + k) // 2] = Σ_k w[k] x[o + k // 2]: a 3-tap convolution
    with the taps w[0] + w[1], w[2] + w[3] and w[4]. The products of every distinct pixel with the nine taps
    are one matrix product that reads the map once; what is then repeated, shifted and added has one channel,
    not sixty-four.

    Args:
        maps: (N, 3n + 2, 3n + 2, C), distinct pixels as ``upsample4_conv3`` gives them.
        weight: (1, C, 5, 5), as nn.Conv2d keeps it.
        bias: (1,), the convolution's.
        shifts: what the function of that name gives for n, in the dtype of the weight.

    Returns:
        (N, 1, 4n, 4n), in the dtype of the weight (float32 under autocast).
    """
    count, height, width, channels = maps.shape
    # Contiguous and from the left, so that autograd takes the gradients, too, in the order that is fast.
    products = fold_taps(weight).reshape(channels, 9).t().contiguous() @ maps.reshape(-1, channels).t()
    with torch.autocast(maps.device.type, enabled=False):
        products = products.to(weight.dtype).view(3, 3, count, height, width)
        images: Tensor = torch.einsum("ijnyx,oyi,pxj->nop", products, shifts, shifts)
        return (images if bias is None else images + bias).unsqueeze(1)


def fold_taps(weight: Tensor) -> Tensor:
    """(K, C, 5, 5) → (K, C, 3, 3): the taps {0, 1}, {2, 3} and {4} added along each axis."""
    padded = functional.pad(weight, [0, 1, 0, 1])
    return padded.reshape(*weight.shape[:2], 3, 2, 3, 2).sum(dim=(3, 5))
