"""The sums that make the distinct pixels of an upsampled convolution from the products of small pixels.

A linear map along one axis and its transpose, written out for both directions of differentiation: every sum
goes straight to its place, where slicing and padding under autograd would fill and add whole maps of zeros.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

TAPS_AXIS = 3
"""The axis of the three taps in what is summed."""


def spread(products: Tensor, axis: int) -> Tensor:
    """Sum the products a, b, c of each small pixel and three taps to the distinct pixels along one axis.

    Distinct pixel 3q + r is a[q−1] + b[q−1] + c[q] for r = 0, a[q−1] + b[q] + c[q] for r = 1, and
    a[q] + b[q] + c[q] for r = 2, with zeros outside (see ``folding.upsample4_conv3``).

    Args:
        products: (N, H, W, 3, …), the taps on the fourth axis.
        axis: 1 or 2, whose length n becomes 3n + 2.

    Returns:
        (N, 3H + 2, W, …) or (N, H, 3W + 2, …): without the taps' axis.
    """
    result: Tensor = _Spread.apply(products, axis)  # type: ignore[no-untyped-call]  # torch leaves apply untyped
    return result


class _Spread(torch.autograd.Function):
    """See ``spread``; the backward is its transpose."""

    @staticmethod
    def forward(ctx: Any, products: Tensor, axis: int) -> Tensor:
        ctx.axis = axis
        a, b, c = products.unbind(TAPS_AXIS)
        n = a.shape[axis]
        shape = list(a.shape)
        shape[axis] = 3 * n + 2
        out = a.new_empty(shape)
        first, second, third = (_every_third(out, axis, phase) for phase in range(3))
        head, tail = a + b, b + c
        first.narrow(axis, 0, 1).copy_(c.narrow(axis, 0, 1))
        torch.add(head.narrow(axis, 0, n - 1), c.narrow(axis, 1, n - 1), out=first.narrow(axis, 1, n - 1))
        first.narrow(axis, n, 1).copy_(head.narrow(axis, n - 1, 1))
        second.narrow(axis, 0, 1).copy_(tail.narrow(axis, 0, 1))
        torch.add(a.narrow(axis, 0, n - 1), tail.narrow(axis, 1, n - 1), out=second.narrow(axis, 1, n - 1))
        second.narrow(axis, n, 1).copy_(a.narrow(axis, n - 1, 1))
        torch.add(head, c, out=third)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        axis: int = ctx.axis
        first, second, third = (_every_third(gradient, axis, phase) for phase in range(3))
        n = third.shape[axis]
        shape = list(third.shape)
        shape.insert(TAPS_AXIS, 3)
        out = gradient.new_empty(shape)
        a, b, c = out.unbind(TAPS_AXIS)
        first_next, second_next = first.narrow(axis, 1, n), second.narrow(axis, 1, n)
        first_here, second_here = first.narrow(axis, 0, n), second.narrow(axis, 0, n)
        shared = first_next + third
        torch.add(shared, second_next, out=a)
        torch.add(shared, second_here, out=b)
        torch.add(first_here, second_here, out=c).add_(third)
        return out, None


def _every_third(maps: Tensor, axis: int, start: int) -> Tensor:
    """A view of every third slice along an axis, from ``start``."""
    return maps[(slice(None),) * axis + (slice(start, None, 3),)]
