"""Batch normalisation over distinct pixels that stand for several equal ones."""

import torch
from torch import Tensor, nn

from gan_tui.networks.base import NetworkError


def weighted_batch_norm(
    maps: Tensor, bias: Tensor | None, weights: Tensor, pixels: int, norm: nn.BatchNorm2d
) -> Tensor:
    """Batch normalisation of the full map (with the convolution's bias added), from its distinct pixels.

    With pixel p standing for w[p] equal pixels of each image and n = N Σ w, the full map's mean is Σ w x / n and
    its biased variance Σ w (x − mean)² / n: the statistics of the map with repeats, exactly. The running
    variance takes the unbiased one, × n / (n − 1), with n counted on the full map, as nn.BatchNorm2d does.
    Statistics are kept in the dtype of the norm's parameters (float32 under autocast).

    Args:
        maps: (N, H, W, C), distinct pixels.
        bias: (C,), of the convolution before.
        weights: (H, W), how often each distinct pixel stands in the full map.
        pixels: Σ w, a Python number so that nothing waits for the device.
        norm: holds weight, bias, running statistics, momentum, eps and mode; its running statistics are
            updated in training mode.

    Returns:
        (N, H, W, C), normalised.

    Raises:
        NetworkError: the norm keeps no running statistics.
    """
    x = maps.to(norm.weight.dtype)
    if bias is not None:
        x = x + bias
    running_mean, running_variance, steps = norm.running_mean, norm.running_var, norm.num_batches_tracked
    if running_mean is None or running_variance is None or steps is None or norm.momentum is None:
        raise NetworkError(
            "this batch normalisation keeps no running average: make it with track_running_stats"
        )
    if norm.training:
        count = maps.shape[0] * pixels
        share = weights.to(x).unsqueeze(-1) / count
        mean = (x * share).sum(dim=(0, 1, 2))
        variance = ((x - mean).square() * share).sum(dim=(0, 1, 2))
        with torch.no_grad():
            steps.add_(1)
            running_mean.lerp_(mean, norm.momentum)
            running_variance.lerp_(variance * (count / (count - 1)), norm.momentum)
    else:
        mean, variance = running_mean, running_variance
    return (x - mean) * (norm.weight * torch.rsqrt(variance + norm.eps)) + norm.bias
