"""A linear layer, batch normalisation and ReLU as one function, features first and the batch last.

So no product and no gradient needs a transposed operand, statistics are sums over rows, and what is kept for
the way back is one map, not three. For CPUs: fresh memory and passes over it cost more there than the sums.
Each feature is normalised by itself, so forward some go all the way at once, while they lie in the cache, and
each thread takes features of its own: a fifth faster on two threads. Backward that gained nothing.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from gan_tui.networks.products import apply_in_full, factor, in_full, multiply, products_dtype
from gan_tui.networks.threads import alone, at_once, cut
from gan_tui.networks.weighted_batch_norm import update_statistics

FEATURES: Final = 784
"""Features that go at once, at most: 800 KB a map of 256 images, and products of full speed."""
SMALL: Final = 1 << 25
"""Multiply-adds of a layer's product below which one thread is faster than two, measured on two cores."""
SMALL_COARSE: Final = 3 << 25
"""The same for factors in bfloat16, which are multiplied faster."""
LEAST: Final = 256
"""Features for which a thread of their own is worth waking, at least."""


def linear_norm_relu(x: Tensor, linear: nn.Linear, norm: nn.BatchNorm1d) -> Tensor:
    """``relu(norm(linear(x)))`` in training mode, transposed; once differentiable.

    The bias of the linear layer moves the running mean alone: batch statistics take it away again. Its
    gradient is zero.

    Args:
        x: (inputs, N).
        linear: (inputs → features).
        norm: of the features; its running statistics are updated.

    Returns:
        (features, N), contiguous.

    Raises:
        NetworkError: the norm keeps no running averages.
        ValueError: N is 1, of which there is no variance.
    """
    count = x.shape[1]
    if count < 2:
        raise ValueError(f"batch normalisation needs more than one value a feature, and got {count}")
    result: tuple[Tensor, Tensor, Tensor] = apply_in_full(
        _LinearNormReLU, x, linear.weight, linear.bias, norm.weight, norm.bias, norm.eps, products_dtype(x)
    )
    activated, mean, variance = result
    update_statistics(norm, mean, variance, linear.bias, count)
    return activated


class _LinearNormReLU(torch.autograd.Function):
    """See ``linear_norm_relu``: (activated, mean, biased variance).

    With xc = x − mean, s = 1 / sqrt(variance + eps), y = relu(γ s xc + β), and g the gradient of y where
    y > 0: dβ = Σ g, dγ = s Σ g xc, dx = γ s (g − (dβ + s² xc Σ g xc) / N).
    """

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,  # noqa: ARG004  # an input so that it gets its gradient, of zero
        gamma: Tensor,
        beta: Tensor,
        eps: float,
        dtype: torch.dtype | None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        count, features = x.shape[1], len(weight)
        ctx.dtype = dtype
        right = factor(x, dtype)
        left = weight if dtype is None else torch.empty_like(weight, dtype=dtype)
        # Each in memory of its own: what is returned holds nothing else, and may be changed in place.
        centred, activated = (x.new_empty(features, count) for _ in range(2))
        mean, variance, inverse = (x.new_empty(features) for _ in range(3))

        def work(part: tuple[int, int]) -> None:
            for here in _steps(part):
                if dtype is not None:
                    left[here].copy_(weight[here])
                values = multiply(left[here], right, centred[here])
                torch.mean(values, dim=1, out=mean[here])
                values.sub_(mean[here].unsqueeze(1))
                torch.linalg.vector_norm(values, dim=1, out=variance[here]).square_().div_(count)
                torch.rsqrt(variance[here] + eps, out=inverse[here])
                scale = (gamma[here] * inverse[here]).unsqueeze(1)
                torch.mul(values, scale, out=activated[here]).add_(beta[here].unsqueeze(1)).relu_()

        with alone(_is_small(left, right)):
            at_once([partial(work, part) for part in cut(features, LEAST)])
        ctx.save_for_backward(right, left, centred, activated, gamma, inverse)
        ctx.mark_non_differentiable(mean, variance)
        return activated, mean, variance

    @staticmethod
    @once_differentiable
    @in_full
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, centred, activated, gamma, inverse = ctx.saved_tensors
        for_x, for_weight, for_bias = ctx.needs_input_grad[:3]
        with alone(_is_small(weight, x)):
            gated = torch.ops.aten.threshold_backward(gradient, activated, 0)
            d_beta = gated.sum(dim=1)
            work = gated * centred
            d_gamma = work.sum(dim=1).mul_(inverse)
            count = x.shape[1]
            torch.mul(centred, (d_gamma * inverse / -count).unsqueeze(1), out=work)
            gated.add_(work).add_((d_beta / -count).unsqueeze(1)).mul_((gamma * inverse).unsqueeze(1))
            flowing = factor(gated, ctx.dtype)
            d_x = (weight.t() @ flowing).to(gated.dtype) if for_x else None
            d_weight = _weight_gradient(flowing, x, gated.dtype) if for_weight else None
        d_bias = torch.zeros_like(gamma) if for_bias else None
        return d_x, d_weight, d_bias, d_gamma, d_beta, None, None


def _is_small(weight: Tensor, x: Tensor) -> bool:
    """Whether the layer is done before a second thread is awake."""
    return len(weight) * x.numel() < (SMALL if x.dtype.itemsize > 2 else SMALL_COARSE)


def _weight_gradient(gradient: Tensor, x: Tensor, dtype: torch.dtype) -> Tensor:
    """The gradient of the weight, from gradient (features, N) and x (inputs, N)."""
    if gradient.dtype == dtype:
        return gradient @ x.t()
    out = gradient.new_empty(len(gradient), len(x), dtype=dtype)

    def work(part: tuple[int, int]) -> None:
        # By steps, so that what is coarse and larger than the cache goes there and no further.
        for here in _steps(part):
            multiply(gradient[here], x.t(), out[here])

    at_once([partial(work, part) for part in cut(len(out), LEAST)])
    return out


def _steps(part: tuple[int, int]) -> Iterator[slice]:
    """The features of each step of a thread."""
    for start in range(*part, FEATURES):
        yield slice(start, min(start + FEATURES, part[1]))
