"""A convolution 3×3 from one channel, 2×2 max-pooling and ReLU as one function, for CPUs.

The convolution of one channel is too thin for the libraries' own kernels (its weight gradient ran at a
thirtieth of the processor's rate), and its result is four times the size of what pooling leaves of it. Here
a few images at a time go all the way while they lie in the cache: for each of the four places that pooling
chooses from, one product of the pooled pixels' 4×4 patches with the kernel laid where that place has it.
Patches have the pixels last and a row of ones, so that the bias is one more tap.
"""

from typing import Any, Final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

KERNEL: Final = 3
PATCH: Final = 4
"""Side of what a pooled pixel sees: two places beside each other, 3×3 each."""
PIXELS: Final = 5408
"""Pooled pixels that are worked on at once, about: 32 images of 13×13, 700 KB a place of 32 channels."""
_PLACES: Final = ((0, 0), (0, 1), (1, 0), (1, 1))
_aten = torch.ops.aten


def conv_pool_relu(images: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """``relu(max_pool2d(conv2d(images, weight, bias), 2))``; once differentiable.

    ReLU and max-pooling commute exactly, gradients included: ReLU is monotone, and where it cuts a whole
    window off no gradient passes on either way. Of equal values in a window the first takes the gradient, as
    in torch.

    Args:
        images: (N, 1, H, W), H and W at least 4.
        weight: (C, 1, 3, 3).
        bias: (C,).

    Returns:
        (N, C, (H − 2) // 2, (W − 2) // 2), channels-last.
    """
    result: Tensor = _ConvPoolReLU.apply(  # type: ignore[no-untyped-call]  # torch leaves apply untyped
        images, weight, bias
    )
    return result


class _ConvPoolReLU(torch.autograd.Function):
    """See ``conv_pool_relu``.

    A winner is kept as a difference: of right minus left in the upper pair and in the lower one, and of the
    lower pair minus the upper. Where it is above 0 the second has won, and the gradient passes to it by the
    same operation that ReLU's does.
    """

    @staticmethod
    def forward(ctx: Any, images: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        count, _, height, width = images.shape
        rows, columns, channels = (height - 2) // 2, (width - 2) // 2, len(weight)
        kernels = _kernels(weight, bias)
        out = images.new_empty(count, rows, columns, channels)
        margins = images.new_empty(3, count, rows, columns, channels) if any(ctx.needs_input_grad) else None
        step = max(1, PIXELS // (rows * columns))
        taps = images.new_ones(PATCH**2 + 1, min(step, count), rows, columns)
        work = images.new_empty(4, min(step, count) * rows * columns, channels)
        for start in range(0, count, step):
            here = slice(start, min(start + step, count))
            seen = _patches(images[here], taps)
            pixels = seen.shape[1]
            pooled = out[here].view(pixels, channels)
            places = work[:, :pixels].unbind(0)
            for kernel, place in zip(kernels, places, strict=True):
                torch.mm(seen.t(), kernel, out=place)
            one, two, three, four = places
            if margins is not None:
                upper, lower, both = (part[here].view(pixels, channels) for part in margins)
                torch.sub(two, one, out=upper)
                torch.sub(four, three, out=lower)
            torch.maximum(one, two, out=one)
            torch.maximum(three, four, out=three)
            if margins is not None:
                torch.sub(three, one, out=both)
            torch.maximum(one, three, out=pooled).relu_()
        result = out.permute(0, 3, 1, 2)
        if margins is not None:
            ctx.save_for_backward(images, weight, bias, result, margins)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        images, weight, bias, result, margins = ctx.saved_tensors
        for_images, for_weight, for_bias = ctx.needs_input_grad
        for_kernels = for_weight or for_bias
        count, rows, columns, channels = margins.shape[1:]
        kernels = _kernels(weight, bias)
        incoming = gradient.permute(0, 2, 3, 1).contiguous()
        outgoing = result.permute(0, 2, 3, 1)
        d_images = torch.zeros_like(images) if for_images else None
        d_kernels = torch.zeros_like(kernels)
        step = max(1, PIXELS // (rows * columns))
        taps = images.new_ones(PATCH**2 + 1, min(step, count), rows, columns)
        work = images.new_empty(5, min(step, count) * rows * columns, channels)
        for start in range(0, count, step):
            here = slice(start, min(start + step, count))
            pixels = len(outgoing[here]) * rows * columns
            one, two, three, four, passed = work[:, :pixels].unbind(0)
            upper, lower, both = (part[here].view(pixels, channels) for part in margins)
            _pass(incoming[here].view(pixels, channels), outgoing[here].view(pixels, channels), passed)
            _pass(passed, both, three)
            passed.sub_(three)
            _pass(passed, upper, two)
            torch.sub(passed, two, out=one)
            _pass(three, lower, four)
            three.sub_(four)
            places = (one, two, three, four)
            if for_kernels:
                seen = _patches(images[here], taps)
                for d_kernel, place in zip(d_kernels, places, strict=True):
                    d_kernel.addmm_(seen, place)
            if d_images is not None:
                spread = taps.view(-1)[: PATCH**2 * pixels].view(PATCH**2, pixels)
                for number, (kernel, place) in enumerate(zip(kernels, places, strict=True)):
                    torch.addmm(spread, kernel[:-1], place.t(), beta=float(number > 0), out=spread)
                _add_patches(spread, d_images[here])
                taps[-1].fill_(1)
        d_weight, d_bias = _of_kernels(d_kernels, weight) if for_kernels else (None, None)
        return d_images, d_weight, d_bias


def _pass(gradient: Tensor, gate: Tensor, out: Tensor) -> None:
    """The gradient where the gate is above 0, and 0 elsewhere."""
    _aten.threshold_backward.grad_input(gradient, gate, 0, grad_input=out)


def _kernels(weight: Tensor, bias: Tensor) -> Tensor:
    """For each place the kernel within a 4×4 patch, and the bias: (4, 17, C)."""
    kernels = weight.new_zeros(4, PATCH**2 + 1, len(weight))
    kernels[:, -1] = bias
    taps = weight.squeeze(1).permute(1, 2, 0)
    for kernel, (top, left) in zip(kernels, _PLACES, strict=True):
        _placed(kernel, top, left).copy_(taps)
    return kernels


def _of_kernels(kernels: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """The transpose of ``_kernels``: gradients of weight and bias."""
    taps = kernels.new_zeros(KERNEL, KERNEL, kernels.shape[-1])
    for kernel, (top, left) in zip(kernels, _PLACES, strict=True):
        taps.add_(_placed(kernel, top, left))
    return taps.permute(2, 0, 1).reshape(weight.shape), kernels[:, -1].sum(dim=0)


def _placed(kernel: Tensor, top: int, left: int) -> Tensor:
    """The view (3, 3, C) of a place's taps in (17, C)."""
    patch = kernel[:-1].view(PATCH, PATCH, -1)
    return patch[top : top + KERNEL, left : left + KERNEL]


def _patches(images: Tensor, out: Tensor) -> Tensor:
    """The patches of (n, 1, H, W) in the first rows of (17, n or more, rows, columns) → (17, pixels)."""
    count = len(images)
    rows, columns = out.shape[2:]
    pixels = count * rows * columns
    flat = out.view(-1)[: (PATCH**2 + 1) * pixels].view(PATCH**2 + 1, pixels)
    if count < out.shape[1]:
        flat[-1].fill_(1)
    batch, _, line, column = images.stride()
    seen = images.as_strided(
        (PATCH, PATCH, count, rows, columns),
        (line, column, batch, 2 * line, 2 * column),
        images.storage_offset(),
    )
    flat[:-1].view(seen.shape).copy_(seen)
    return flat


def _add_patches(patches: Tensor, images: Tensor) -> None:
    """The transpose of ``_patches``, added: (16, pixels) to (n, 1, H, W)."""
    count, _, height, width = images.shape
    rows, columns = (height - 2) // 2, (width - 2) // 2
    taps = patches.view(PATCH, PATCH, count, 1, rows, columns)
    for i in range(PATCH):
        for j in range(PATCH):
            seen = images[:, :, i : i + 2 * rows : 2, j : j + 2 * columns : 2]
            seen.add_(taps[i, j])
