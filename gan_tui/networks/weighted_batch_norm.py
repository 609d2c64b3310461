"""Batch normalisation and ReLU over distinct pixels that stand for several equal ones."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from gan_tui.networks.base import NetworkError


def weighted_batch_norm_relu(
    maps: Tensor, bias: Tensor | None, weights: Tensor, pixels: int, norm: nn.BatchNorm2d
) -> Tensor:
    """Batch normalisation and ReLU of the full map plus a bias, from the full map's distinct pixels.

    With pixel p standing for w[p] equal pixels of each image and n = N Σ w, the full map's mean is Σ w x / n
    and its biased variance Σ w (x − mean)² / n: the statistics of the map with repeats, exactly. The running
    variance takes the unbiased one, × n / (n − 1), with n counted on the full map, as nn.BatchNorm2d does.
    In training mode the bias moves the running mean alone: batch statistics take it away again.
    Statistics are kept in the dtype of the norm's parameters (float32 under autocast).

    Args:
        maps: (N, H, W, C), distinct pixels.
        bias: (C,), of the convolution before, if it has one.
        weights: (H, W), in the dtype of the norm's parameters: how often each pixel stands in the full map.
        pixels: Σ w, as a Python number so that nothing waits for the device.
        norm: holds weight, bias, running statistics, momentum, eps and mode; its running statistics are
            updated in training mode.

    Returns:
        (N, H, W, C), in the dtype of the maps.

    Raises:
        NetworkError: the norm keeps no running averages.
    """
    if not norm.training:
        running_mean, running_variance, _, _ = _running(norm)
        scale = norm.weight * torch.rsqrt(running_variance + norm.eps)
        offset = -running_mean if bias is None else bias - running_mean
        return functional.relu(maps.to(scale.dtype) * scale + (norm.bias + offset * scale)).to(maps.dtype)
    count = maps.shape[0] * pixels
    with torch.autocast(maps.device.type, enabled=False):
        result: tuple[Tensor, Tensor, Tensor] = _WeightedNormReLU.apply(  # type: ignore[no-untyped-call]
            maps, bias, norm.weight, norm.bias, weights, count, norm.eps
        )
    activated, mean, variance = result
    update_statistics(norm, mean, variance, bias, count)
    return activated


@torch.no_grad()
def update_statistics(
    norm: nn.BatchNorm1d | nn.BatchNorm2d, mean: Tensor, variance: Tensor, bias: Tensor | None, count: int
) -> None:
    """Take a batch's statistics into the running ones, as nn.BatchNorm2d does.

    Args:
        norm: whose running statistics and count of batches are updated.
        mean: (C,), without the bias.
        variance: (C,), biased: the sum of squares by ``count``.
        bias: (C,), of the layer before, if it has one.
        count: values a channel.

    Raises:
        NetworkError: the norm keeps no running averages.
    """
    running_mean, running_variance, steps, momentum = _running(norm)
    steps.add_(1)
    running_mean.lerp_(mean if bias is None else mean + bias, momentum)
    running_variance.lerp_(variance * (count / (count - 1)), momentum)


def _running(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> tuple[Tensor, Tensor, Tensor, float]:
    """Running mean and variance, count of batches and momentum."""
    mean, variance, steps = norm.running_mean, norm.running_var, norm.num_batches_tracked
    if mean is None or variance is None or steps is None or norm.momentum is None:
        raise NetworkError(
            "this batch normalisation keeps no running average: make it with track_running_stats"
        )
    return mean, variance, steps, norm.momentum


class _WeightedNormReLU(torch.autograd.Function):
    """Training mode of ``weighted_batch_norm_relu``: (activated, mean, biased variance).

    With xc = x − mean, s = 1 / sqrt(variance + eps), y = relu(γ s xc + β), and g the gradient of y where
    y > 0 (a distinct pixel's gradient is already the sum over its repeats):

    - dβ = Σ g, dγ = s Σ g xc
    - dx = γ s (g − (w / n) (dβ + s² xc Σ g xc)): a pixel moves the mean and the variance w-fold.

    The bias of the convolution before moves nothing: its gradient is zero. One work space serves each
    direction twice: on a CPU, fresh memory costs more than the sums.
    """

    @staticmethod
    def forward(
        ctx: Any,
        maps: Tensor,
        bias: Tensor | None,  # noqa: ARG004  # an input so that it gets its gradient, of zero
        gamma: Tensor,
        beta: Tensor,
        weights: Tensor,
        count: int,
        eps: float,
    ) -> tuple[Tensor, Tensor, Tensor]:
        share = weights.reshape(1, 1, -1) / count
        x = maps.to(gamma.dtype)
        mean = _weighted_sum(x, share)
        centred = x - mean
        work = centred.square()
        variance = _weighted_sum(work, share)
        inverse = torch.rsqrt(variance + eps)
        activated = torch.addcmul(beta, centred, gamma * inverse, out=work).relu_().to(maps.dtype)
        ctx.save_for_backward(centred, activated, gamma, inverse, weights)
        ctx.count = count
        ctx.mark_non_differentiable(mean, variance)
        return activated, mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        centred, activated, gamma, inverse, weights = ctx.saved_tensors
        gated = torch.ops.aten.threshold_backward(gradient, activated, 0).to(gamma.dtype)
        along = (0, 1, 2)
        d_beta = gated.sum(along)
        work = gated * centred
        d_scale = work.sum(along)
        correction = torch.addcmul(d_beta, centred, d_scale * inverse.square(), out=work)
        correction.mul_((weights / -ctx.count).unsqueeze(-1)).add_(gated).mul_(gamma * inverse)
        d_bias = torch.zeros_like(gamma) if ctx.needs_input_grad[1] else None
        return correction.to(gradient.dtype), d_bias, d_scale * inverse, d_beta, None, None, None


def _weighted_sum(maps: Tensor, share: Tensor) -> Tensor:
    """Σ over images and pixels of share × maps: (N, H, W, C) and (1, 1, H W) → (C,), as matrix products."""
    return torch.matmul(share, maps.flatten(1, 2)).sum(dim=(0, 1))
