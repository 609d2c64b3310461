"""Matrix products in the arithmetic that autocast asks for, between tensors that stay in full precision.

On a CPU bfloat16 is worth its while in products alone: they run at two (AVX512-BF16) to ten times (AMX) the
rate of float32, but to add two maps takes half as long again, for every number is converted there and back.
So the functions written for CPUs take a product's factors to bfloat16 and its result back to float32, and do
everything else in float32.
"""

from typing import Any

import torch
from torch import Tensor


def products_dtype() -> torch.dtype | None:
    """What autocast has products on CPUs computed in; None where it is off."""
    return torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else None


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


def apply_in_full(function: type[torch.autograd.Function], *inputs: Any) -> Any:
    """Apply a function of autograd with autocast off, to floating inputs in float32 where it was on.

    So nothing within it is converted unasked; what is to be coarse it takes by :func:`factor`.
    """
    if products_dtype() is None:
        return function.apply(*inputs)  # type: ignore[no-untyped-call]  # torch leaves apply untyped
    with torch.autocast("cpu", enabled=False):
        full = [
            value.float() if isinstance(value, Tensor) and value.is_floating_point() else value
            for value in inputs
        ]
        return function.apply(*full)  # type: ignore[no-untyped-call]  # torch leaves apply untyped
