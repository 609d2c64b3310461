"""The light generator's way through and back, written out for a CPU in full precision.

As ``light_discriminator_pass``: the same function of the same parameters as its layers, in few operations.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from gan_tui.networks import cells, quarters
from gan_tui.networks.products import in_full

_sigmoid_back = torch.ops.aten.sigmoid_backward.grad_input
_relu_back = torch.ops.aten.threshold_backward.grad_input
_norm_back = torch.ops.aten.native_batch_norm_backward.default


class Parameters(NamedTuple):
    """Of the generator, as its layers have them and in their order.

    Attributes:
        linear, bias: of the linear layer, (M · n · m, K) and (M · n · m,).
        scale1, shift1: of the first batch norm, (M,).
        weight1, bias1: of the first transposed convolution, (M, C, 4, 4) and (C,).
        scale2, shift2: of the second batch norm, (C,).
        weight2, bias2: of the transposed convolution to one channel, (C, 1, 4, 4) and (1,).
    """

    linear: Tensor
    bias: Tensor
    scale1: Tensor
    shift1: Tensor
    weight1: Tensor
    bias1: Tensor
    scale2: Tensor
    shift2: Tensor
    weight2: Tensor
    bias2: Tensor


class Norm(NamedTuple):
    """A batch norm but for its parameters.

    Attributes:
        mean, variance: its running moments, which training moves.
        momentum: by how much of the way.
        epsilon: added to a variance.
        training: whether the batch's own moments are used.
    """

    mean: Tensor
    variance: Tensor
    momentum: float
    epsilon: float
    training: bool

    @classmethod
    def of(cls, layer: nn.BatchNorm2d) -> "Norm":
        """That of the layer, whose batches are counted here as the layer does.

        Raises:
            ValueError: the layer keeps no running moments, or their plain mean.
        """
        if layer.running_mean is None or layer.running_var is None or layer.momentum is None:
            raise ValueError("a batch norm without running moments or a fixed momentum is not for this pass")
        if layer.training and layer.num_batches_tracked is not None:
            layer.num_batches_tracked.add_(1)
        return cls(layer.running_mean, layer.running_var, layer.momentum, layer.eps, layer.training)


def images(z: Tensor, small: tuple[int, int], norms: tuple[Norm, Norm], parameters: Parameters) -> Tensor:
    """Images (N, 1, 4n, 4m) in [0, 1]; once differentiable.

    Args:
        z: (N, K), with the label.
        small: (n, m).
        norms: the two batch norms.
        parameters: of the generator.
    """
    result: Tensor = _Images.apply(  # type: ignore[no-untyped-call]  # torch leaves apply untyped
        z, small, norms, *parameters
    )
    return result


class _Images(torch.autograd.Function):
    """See ``images``."""

    @staticmethod
    def forward(
        ctx: Any, z: Tensor, small: tuple[int, int], norms: tuple[Norm, Norm], *tensors: Tensor
    ) -> Tensor:
        parameters = Parameters(*tensors)
        maps, channels = parameters.weight1.shape[:2]
        count, area = len(z), small[0] * small[1]

        by_pixel = parameters.linear.view(maps, area, -1).permute(1, 2, 0)
        bias = parameters.bias.view(maps, area).t().contiguous().unsqueeze(1)
        first = torch.baddbmm(bias, z.expand(area, -1, -1), by_pixel)
        start, *moments1 = _norm_relu(first, norms[0], parameters.scale1, parameters.shift1)
        kernel = cells.kernel(parameters.weight1)
        spread = cells.spread(start.view(*small, count, maps), kernel, parameters.bias1)
        second = cells.inside(spread).contiguous()
        middle, *moments2 = _norm_relu(second, norms[1], parameters.scale2, parameters.shift2)
        image = quarters.to_image(middle, parameters.weight2.view(channels, -1).t(), parameters.bias2)
        pixels = torch.sigmoid(quarters.core(image))
        if any(ctx.needs_input_grad):
            ctx.norms = norms
            ctx.save_for_backward(
                z, first, start, kernel, second, middle, pixels, *moments1, *moments2, *tensors
            )
        return quarters.batch_first(pixels)

    @staticmethod
    @once_differentiable
    @in_full
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        z, first, start, kernel, second, middle, pixels, *rest = ctx.saved_tensors
        moments1, moments2, parameters = rest[:2], rest[2:4], Parameters(*rest[4:])
        norm1, norm2 = ctx.norms
        _, _, rows, columns, count, channels = middle.shape
        maps = start.shape[-1]

        image = pixels.new_zeros(4 * rows + 2, 4 * columns + 2, count)
        _sigmoid_back(quarters.batch_last(gradient), pixels, grad_input=quarters.core(image))
        seen = quarters.seen(image)
        weight2 = torch.mm(seen, middle.view(-1, channels)).t().reshape(parameters.weight2.shape)
        back = torch.mm(seen.t(), parameters.weight2.view(channels, -1).t()).view(middle.shape)
        back, scale2, shift2 = _norm_relu_backward(back, middle, second, norm2, parameters.scale2, moments2)

        large = cells.new_cells(back, (rows, columns), count, channels)
        cells.inside(large).copy_(back)
        weight1 = cells.weight(
            cells.correlate(large, start.view(rows, columns, count, maps)), parameters.weight1
        )
        # A norm by the batch's own mean takes with it whatever the bias adds.
        bias1 = torch.zeros_like(shift2) if norm2.training else back.sum(dim=(0, 1, 2, 3, 4))
        back = cells.shrink(large, kernel).view(start.shape)
        back, scale1, shift1 = _norm_relu_backward(back, start, first, norm1, parameters.scale1, moments1)
        by_pixel = torch.bmm(z.t().expand(len(back), -1, -1), back)
        for_z = None
        if ctx.needs_input_grad[0]:
            for_z = torch.bmm(back, parameters.linear.view(maps, len(back), -1).transpose(0, 1)).sum(dim=0)
        return (
            for_z,
            None,
            None,
            by_pixel.permute(2, 0, 1).reshape(parameters.linear.shape),
            back.sum(dim=1).t().reshape(-1),
            scale1,
            shift1,
            weight1,
            bias1,
            scale2,
            shift2,
            weight2,
            image.sum().view(1),
        )


def _norm_relu(maps: Tensor, norm: Norm, scale: Tensor, shift: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Maps (…, C) → the same after norm and ReLU; then mean and 1 / √(variance + ε) of the batch, if used."""
    result, mean, inverse = torch.native_batch_norm(
        _channels_last(maps),
        scale,
        shift,
        norm.mean,
        norm.variance,
        norm.training,
        norm.momentum,
        norm.epsilon,
    )
    return result.relu_().permute(0, 2, 3, 1).view(maps.shape), mean, inverse


def _norm_relu_backward(
    gradient: Tensor, result: Tensor, maps: Tensor, norm: Norm, scale: Tensor, moments: list[Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of the maps, of the scale and of the shift; that of the result is overwritten."""
    _relu_back(gradient, result, 0, grad_input=gradient)
    back, for_scale, for_shift = _norm_back(
        _channels_last(gradient),
        _channels_last(maps),
        scale,
        norm.mean,
        norm.variance,
        *moments,
        norm.training,
        norm.epsilon,
        [True, True, True],
    )
    return back.permute(0, 2, 3, 1).view(maps.shape), for_scale, for_shift


def _channels_last(maps: Tensor) -> Tensor:
    """(…, C), contiguous → (1, C, rows, 1), channels-last: a view."""
    channels = maps.shape[-1]
    return maps.as_strided((1, channels, maps.numel() // channels, 1), (maps.numel(), 1, channels, channels))
