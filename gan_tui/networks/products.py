"""Matrix products in the arithmetic that autocast asks for, between tensors that stay in full precision.

On a CPU bfloat16 is worth its while in large products alone: they run at two (AVX512-BF16) to ten times (AMX)
the rate of float32, but to add two maps takes half as long again, for every number is converted there and
back. So the functions written for CPUs take the factors of linear layers, of the generator's first
convolution and of the discriminator's second to bfloat16 and their results back to float32; the generator's
last convolution and the discriminator's first, which have one channel on one side, sums, statistics and
activations are in float32.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import torch
from torch import Tensor

_Backward = TypeVar("_Backward", bound=Callable[..., Any])


def products_dtype(inputs: Tensor) -> torch.dtype | None:
    """What autocast has these inputs' products on CPUs computed in; None where it is off or leaves them."""
    if inputs.dtype == torch.float64 or not torch.is_autocast_enabled("cpu"):
        return None
    return torch.get_autocast_dtype("cpu")


def factor(tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
    """The tensor as a product takes it: in this dtype, or itself where that is None."""
    return tensor if dtype is None else tensor.to(dtype)


def multiply(one: Tensor, other: Tensor, out: Tensor) -> Tensor:
    """The product of two factors, (n, k) and (k, m), written to ``out`` (n, m) in its own dtype."""
    if one.dtype == out.dtype:
        return torch.mm(one, other, out=out)
    return out.copy_(torch.mm(one, other))


def add_product(one: Tensor, other: Tensor, out: Tensor) -> Tensor:
    """:func:`multiply`, added to what stands in ``out``."""
    return out.addmm_(one, other) if one.dtype == out.dtype else out.add_(torch.mm(one, other))


def apply_in_full(function: type[torch.autograd.Function], inputs: Tensor, *others: Any) -> Any:
    """Apply a function of autograd with autocast off, to floating inputs in float32 where it was on.

    So nothing within it is converted unasked; what is to be coarse it takes by :func:`factor`. Its backward
    wants :func:`in_full`, for it runs wherever gradients are asked for.
    """
    if products_dtype(inputs) is None:
        return function.apply(inputs, *others)  # type: ignore[no-untyped-call]  # torch leaves apply untyped
    with torch.autocast("cpu", enabled=False):
        full = [
            value.float() if isinstance(value, Tensor) and value.is_floating_point() else value
            for value in (inputs, *others)
        ]
        return function.apply(*full)  # type: ignore[no-untyped-call]  # torch leaves apply untyped


def in_full(backward: _Backward) -> _Backward:
    """The same function with autocast off, which may be on where gradients are asked for."""

    @wraps(backward)
    def run(ctx: Any, *gradients: Tensor) -> Any:
        with torch.autocast("cpu", enabled=False):
            return backward(ctx, *gradients)

    return cast("_Backward", run)
