"""Convolutions 4×4 of stride 2 and padding 1 between one channel and many, as matrix products.

Torch's convolutions on CPUs compute blocks of channels at once, and one channel at a small part of their
speed in three cases: the gradient of one input channel, the gradient of its weight, and a transposed
convolution to one channel. These are written here as one product for each pixel of the small map, and a
shifted sum or copy in which the batch comes last, so that it goes by long runs. The other directions are
left to torch.

The small maps are (N, C, n, m), channels-last; the images (N, 1, 2n, 2m); the weights (C, 1, 4, 4), as
nn.Conv2d(1, C, …) and nn.ConvTranspose2d(C, 1, …) both keep them.
"""

from typing import Any, Final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

TAPS: Final = 16
_aten = torch.ops.aten


def conv_leaky_relu(images: Tensor, weight: Tensor, bias: Tensor, leak: float) -> Tensor:
    """A strided convolution from one channel, and a leaky ReLU; once differentiable.

    Args:
        images: (N, 1, 2n, 2m).
        weight: (C, 1, 4, 4).
        bias: (C,).
        leak: slope below 0; above 0 itself.

    Returns:
        (N, C, n, m), channels-last.
    """
    result: Tensor = _ConvLeakyReLU.apply(  # type: ignore[no-untyped-call]  # torch leaves apply untyped
        images, weight, bias, leak
    )
    return result


def conv_transpose(maps: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A transposed convolution to one channel; once differentiable.

    Args:
        maps: (N, C, n, m).
        weight: (C, 1, 4, 4).
        bias: (1,).

    Returns:
        (N, 1, 2n, 2m).
    """
    result: Tensor = _ConvTranspose.apply(maps, weight, bias)  # type: ignore[no-untyped-call]  # as above
    return result


def spread_taps(maps: Tensor, weight: Tensor) -> Tensor:
    """Add each small pixel's products with the sixteen taps where the taps lie in the image.

    Along one axis, tap k of small pixel y lies at 2y + k − 1. With k = 2a + p, that is pixel y + a of the
    image's phase p (after a border of one pixel): four sums, of all phases at once, by (a, b).

    Args:
        maps: (N, C, n, m).
        weight: (C, 1, 4, 4).

    Returns:
        (N, 1, 2n, 2m), contiguous.
    """
    count, _, height, width = maps.shape
    taps = weight.reshape(-1, TAPS).t().expand(height * width, -1, -1)
    products = torch.bmm(taps, _by_pixel(maps).transpose(1, 2))
    products = products.view(height, width, 2, 2, 2, 2, count)
    canvas = maps.new_zeros(height + 1, 2, width + 1, 2, count)
    for a in (0, 1):
        for b in (0, 1):
            target = canvas[a : a + height, :, b : b + width]
            target.add_(products[:, :, a, :, b].transpose(1, 2))
    image = canvas.view(2 * height + 2, 2 * width + 2, count)[1:-1, 1:-1]
    return image.reshape(-1, count).t().contiguous().view(count, 1, 2 * height, 2 * width)


def gather_taps(images: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
    """The gradient of the weight, and the maps' sum, which is a bias's gradient.

    Args:
        images: (N, 1, 2n, 2m).
        maps: (N, C, n, m).

    Returns:
        (C, 1, 4, 4): for each channel and tap the sum of the small pixels' products with what the tap sees;
        and (C,).
    """
    count, channels, height, width = maps.shape
    row = (2 * width + 2) * count
    canvas = images.new_zeros(2 * height + 2, 2 * width + 2, count)
    canvas[1:-1, 1:-1].copy_(images.reshape(count, -1).t().contiguous().view(2 * height, 2 * width, count))
    seen = canvas.as_strided((4, 4, height, width, count), (row, count, 2 * row, 2 * count, 1))
    # The ones make the sum of the maps one more tap.
    taps = canvas.new_empty(TAPS + 1, height * width, count)
    taps[:TAPS].view(seen.shape).copy_(seen)
    taps[TAPS].fill_(1)
    products = torch.bmm(taps.transpose(0, 1), _by_pixel(maps)).sum(dim=0)
    return products[:TAPS].t().reshape(channels, 1, 4, 4), products[TAPS]


def _by_pixel(maps: Tensor) -> Tensor:
    """(N, C, n, m) → (n m, N, C): a view where the maps are channels-last."""
    count, channels = maps.shape[:2]
    return maps.permute(2, 3, 0, 1).reshape(-1, count, channels)


class _ConvLeakyReLU(torch.autograd.Function):
    """See ``conv_leaky_relu``."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, weight: Tensor, bias: Tensor, leak: float) -> Tensor:
        maps = functional.conv2d(images, _channels_last(weight), bias, stride=2, padding=1)
        maps = functional.leaky_relu_(_channels_last(maps), leak)
        ctx.leak = leak
        ctx.save_for_backward(images, weight, maps)
        return maps

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        images, weight, maps = ctx.saved_tensors
        for_images, for_weight, for_bias, _ = ctx.needs_input_grad
        # A leaky ReLU keeps the sign, so that its output tells its slope.
        before = _aten.leaky_relu_backward(_channels_last(gradient), maps, ctx.leak, True)
        weights = biases = None
        if for_weight or for_bias:
            weights, biases = gather_taps(images, before)
        return spread_taps(before, weight) if for_images else None, weights, biases, None


class _ConvTranspose(torch.autograd.Function):
    """See ``conv_transpose``."""

    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(maps, weight)
        return spread_taps(maps, weight).add_(bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        maps, weight = ctx.saved_tensors
        for_maps, for_weight, for_bias = ctx.needs_input_grad
        return (
            functional.conv2d(gradient, _channels_last(weight), stride=2, padding=1) if for_maps else None,
            gather_taps(gradient, maps)[0] if for_weight else None,
            gradient.sum().view(1) if for_bias else None,
        )


def _channels_last(maps: Tensor) -> Tensor:
    return maps.contiguous(memory_format=torch.channels_last)
