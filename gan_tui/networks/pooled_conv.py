"""A convolution 3×3 from one channel, 2×2 max-pooling and ReLU as one function, for CPUs.

The convolution of one channel is too thin for the libraries' own kernels (its weight gradient ran at a
thirtieth of the processor's rate), and its result is four times the size of what pooling leaves of it. Here
a few images at a time go all the way while they lie in the cache: for each of the four places that pooling
chooses from, one product of the pooled pixels' 4×4 patches with the kernel laid where that place has it.
Patches have the pixels last and a row of ones, so that the bias is one more tap.
"""

from functools import partial
from typing import Any, Final

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from gan_tui.networks.products import apply_in_full, in_full
from gan_tui.networks.threads import at_once, cut

KERNEL: Final = 3
PATCH: Final = 4
"""Side of what a pooled pixel sees: two places beside each other, 3×3 each."""
PIXELS: Final = 5408
"""Pooled pixels that are worked on at once, about: 32 images of 13×13, 700 KB a place of 32 channels."""
LEAST: Final = 4
"""Images for which a thread of their own is worth waking, at least."""
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
    result: Tensor = apply_in_full(_ConvPoolReLU, images, weight, bias, torch.is_grad_enabled())
    return result


class _ConvPoolReLU(torch.autograd.Function):
    """See ``conv_pool_relu``.

    A winner is kept as a difference: of right minus left in the upper pair and in the lower one, and of the
    lower pair minus the upper. Where it is above 0 the second has won, and the gradient passes to it by the
    same operation that ReLU's does.
    """

    @staticmethod
    def forward(ctx: Any, images: Tensor, weight: Tensor, bias: Tensor, back: bool) -> Tensor:
        count, _, height, width = images.shape
        rows, columns, channels = (height - 2) // 2, (width - 2) // 2, len(weight)
        kernels = _kernels(weight, bias)
        out = images.new_empty(count, rows, columns, channels)
        # Which inputs have gradients is told also where none will be asked for.
        keep = back and any(ctx.needs_input_grad)
        margins = images.new_empty(3, count, rows, columns, channels) if keep else None
        parts, step = _parts(count, rows * columns)
        spaces = [_Space(images, step, out.shape[1:]) for _ in parts]

        def work(part: tuple[int, int], space: _Space) -> None:
            for start in range(*part, step):
                here = slice(start, min(start + step, part[1]))
                pooled = out[here].view(-1, channels)
                seen = space.look_at(images[here])
                one, two, three, four = places = space.maps(len(pooled))
                for kernel, place in zip(kernels, places, strict=True):
                    torch.mm(seen.t(), kernel, out=place)
                if margins is not None:
                    upper, lower, both = (kept[here].view(-1, channels) for kept in margins)
                    torch.sub(two, one, out=upper)
                    torch.sub(four, three, out=lower)
                torch.maximum(one, two, out=one)
                torch.maximum(three, four, out=three)
                if margins is not None:
                    torch.sub(three, one, out=both)
                torch.maximum(one, three, out=pooled).relu_()

        at_once([partial(work, *one) for one in zip(parts, spaces, strict=True)])
        result = out.permute(0, 3, 1, 2)
        if margins is not None:
            ctx.save_for_backward(images, weight, bias, result, margins)
        return result

    @staticmethod
    @once_differentiable
    @in_full
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        images, weight, bias, result, margins = ctx.saved_tensors
        for_images, for_weight, for_bias = ctx.needs_input_grad[:3]
        count, rows, columns, channels = margins.shape[1:]
        kernels = _kernels(weight, bias)
        incoming = gradient.permute(0, 2, 3, 1).contiguous()
        outgoing = result.permute(0, 2, 3, 1)
        d_images = torch.zeros_like(images) if for_images else None
        parts, step = _parts(count, rows * columns)
        spaces = [_Space(images, step, margins.shape[2:]) for _ in parts]
        sums = kernels.new_zeros(len(parts), *kernels.shape) if for_weight or for_bias else None

        def work(number: int, part: tuple[int, int], space: _Space) -> None:
            for start in range(*part, step):
                here = slice(start, min(start + step, part[1]))
                upper, lower, both = (kept[here].view(-1, channels) for kept in margins)
                one, two, three, four = places = space.maps(len(both))
                # The fourth is free until the last two places are told apart.
                _pass(incoming[here].view(-1, channels), outgoing[here].view(-1, channels), four)
                _pass(four, both, three)
                torch.sub(four, three, out=one)
                _pass(one, upper, two)
                one.sub_(two)
                _pass(three, lower, four)
                three.sub_(four)
                if sums is not None:
                    seen = space.look_at(images[here])
                    for total, place in zip(sums[number], places, strict=True):
                        total.addmm_(seen, place)
                if d_images is not None:
                    flowing = space.patches(len(both))[:-1]
                    for place, kernel, beta in zip(places, kernels, (0.0, 1.0, 1.0, 1.0), strict=True):
                        torch.addmm(flowing, kernel[:-1], place.t(), beta=beta, out=flowing)
                    _add_patches(flowing, d_images[here])

        at_once([partial(work, number, *one) for number, one in enumerate(zip(parts, spaces, strict=True))])
        d_weight, d_bias = (None, None) if sums is None else _of_kernels(sums.sum(dim=0), weight)
        return d_images, d_weight, d_bias, None


def _parts(count: int, pixels: int) -> tuple[list[tuple[int, int]], int]:
    """The images of each thread, and how many of them go at once."""
    parts = cut(count, least=LEAST)
    longest = max((end - start for start, end in parts), default=1)
    return parts, min(longest, max(1, PIXELS // pixels))


class _Space:
    """What one thread writes to and reads again, for one step after another.

    Args:
        images: of the dtype.
        count: images of a step, at most.
        shape: rows, columns and channels of a pooled map.
    """

    def __init__(self, images: Tensor, count: int, shape: torch.Size) -> None:
        self.rows, self.columns, channels = shape
        pixels = count * self.rows * self.columns
        self._patches = images.new_empty((PATCH**2 + 1) * pixels)
        self._maps = images.new_empty(len(_PLACES), pixels, channels)

    def maps(self, pixels: int) -> tuple[Tensor, ...]:
        """For each place a map (pixels, C)."""
        return self._maps[:, :pixels].unbind(0)

    def patches(self, pixels: int) -> Tensor:
        """Room for the patches and a row for ones: (17, pixels), contiguous."""
        return self._patches[: (PATCH**2 + 1) * pixels].view(-1, pixels)

    def look_at(self, images: Tensor) -> Tensor:
        """The patches of images (n, 1, H, W), pixels last, and the row of ones."""
        shape = (PATCH, PATCH, len(images), self.rows, self.columns)
        batch, _, line, column = images.stride()
        strides = (line, column, batch, 2 * line, 2 * column)
        patches = self.patches(len(images) * self.rows * self.columns)
        patches[:-1].view(shape).copy_(images.as_strided(shape, strides, images.storage_offset()))
        patches[-1].fill_(1)
        return patches


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


def _add_patches(patches: Tensor, images: Tensor) -> None:
    """Add patches (16, pixels) to images (n, 1, H, W): the transpose of looking at them."""
    count, _, height, width = images.shape
    rows, columns = (height - 2) // 2, (width - 2) // 2
    taps = patches.view(PATCH, PATCH, count, 1, rows, columns)
    for i in range(PATCH):
        for j in range(PATCH):
            seen = images[:, :, i : i + 2 * rows : 2, j : j + 2 * columns : 2]
            seen.add_(taps[i, j])
