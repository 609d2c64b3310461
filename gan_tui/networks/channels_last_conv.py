"""A 3×3 convolution of channels-last maps whose weight gradient is a matrix product, for CPUs.

Torch's convolution reaches the processor's matrix rate forward and towards its input, and half of it towards
its weight. With channels last a patch is three runs of three pixels, so that a few images' patches are cheap
to lay out, and the gradient is one product of them for as long as they are in the cache.
"""

from functools import partial
from typing import Any, Final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from gan_tui.networks.products import add_product, apply_in_full, factor, in_full, products_dtype
from gan_tui.networks.threads import at_once, cut

KERNEL: Final = 3
IMAGES: Final = 8
"""Images whose patches are laid out at once: 1.1 MB of 11×11 patches of 32 channels."""


def conv3(maps: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """``conv2d(maps, weight, bias)``, channels-last; once differentiable.

    Args:
        maps: (N, C, H, W), fastest if channels-last.
        weight: (K, C, 3, 3).
        bias: (K,).

    Returns:
        (N, K, H − 2, W − 2), channels-last.
    """
    result: Tensor = apply_in_full(_Conv3, maps, weight, bias, products_dtype(maps))
    return result


def weight_gradient(maps: Tensor, gradient: Tensor, dtype: torch.dtype) -> Tensor:
    """The gradient of the weight of a 3×3 convolution without padding.

    Args:
        maps: (N, C, H, W), channels-last: what was convolved.
        gradient: (N, K, H − 2, W − 2), channels-last, in the maps' dtype: of the result.
        dtype: of the sums.

    Returns:
        (K, C, 3, 3), channels-last.
    """
    count, channels, height, width = maps.shape
    outputs = gradient.shape[1]
    strides = (height * width * channels, width * channels, channels, width * channels, 1)
    parts = cut(count, least=4)
    room = min(IMAGES, max((end - start for start, end in parts), default=1))
    patches = maps.new_empty(len(parts), room, height - 2, width - 2, KERNEL, KERNEL * channels)
    sums = torch.zeros(len(parts), outputs, KERNEL**2 * channels, dtype=dtype)
    pixels_last = gradient.permute(0, 2, 3, 1)

    def work(part: tuple[int, int], patches: Tensor, total: Tensor) -> None:
        for start in range(*part, room):
            end = min(start + room, part[1])
            seen, here = patches[: end - start], maps[start:end]
            seen.copy_(here.as_strided(seen.shape, strides, here.storage_offset()))
            flowing = pixels_last[start:end].reshape(-1, outputs)
            add_product(flowing.t(), seen.view(len(flowing), -1), total)

    at_once([partial(work, *one) for one in zip(parts, patches, sums, strict=True)])
    return sums.sum(dim=0).view(outputs, KERNEL, KERNEL, channels).permute(0, 3, 1, 2)


class _Conv3(torch.autograd.Function):
    """See ``conv3``."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor, dtype: torch.dtype | None) -> Tensor:
        ctx.dtype, ctx.full = dtype, maps.dtype
        maps, weight, bias = (factor(one, dtype) for one in (maps, weight, bias))
        maps, weight = _channels_last(maps), _channels_last(weight)
        ctx.save_for_backward(maps, weight)
        return functional.conv2d(maps, weight, bias).to(ctx.full)

    @staticmethod
    @once_differentiable
    @in_full
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        maps, weight = ctx.saved_tensors
        for_maps, for_weight, for_bias = ctx.needs_input_grad[:3]
        gradient = _channels_last(gradient)
        flowing = factor(gradient, ctx.dtype)
        return (
            _maps_gradient(maps, weight, flowing).to(ctx.full) if for_maps else None,
            weight_gradient(maps, flowing, ctx.full) if for_weight else None,
            gradient.sum(dim=(0, 2, 3)) if for_bias else None,
            None,
        )


def _maps_gradient(maps: Tensor, weight: Tensor, gradient: Tensor) -> Tensor:
    once, nothing, mask = [1, 1], [0, 0], [True, False, False]
    result: Tensor = torch.ops.aten.convolution_backward(
        gradient, maps, weight, None, once, nothing, once, False, nothing, 1, mask
    )[0]
    return result


def _channels_last(maps: Tensor) -> Tensor:
    return maps.contiguous(memory_format=torch.channels_last)
