"""The light discriminator's way through and back, written out for a CPU in full precision.

The same function of the same parameters as its layers, in layouts in which its convolutions are fast
(``cells`` and ``quarters``), as one node of autograd and in few operations: a third of the time of networks
so small is spent between the operations, not in them.
"""

from typing import Any, Final, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from gan_tui.networks import cells, quarters
from gan_tui.networks.products import in_full

LEAK: Final = 0.2
_leaky = torch.ops.aten.leaky_relu.out
_leaky_back = torch.ops.aten.leaky_relu_backward.grad_input


class Parameters(NamedTuple):
    """Of the discriminator, as its layers have them and in their order.

    Attributes:
        weight1, bias1: of the convolution from one channel, (C, 1, 4, 4) and (C,).
        weight2, bias2: of the other, (M, C, 4, 4) and (M,).
        linear, bias: of the linear layer, (1, M · n · m) and (1,).
        embedding: of the projection, (classes, M · n · m), or None.
    """

    weight1: Tensor
    bias1: Tensor
    weight2: Tensor
    bias2: Tensor
    linear: Tensor
    bias: Tensor
    embedding: Tensor | None = None


def logits(images: Tensor, labels: Tensor | None, parameters: Parameters) -> Tensor:
    """Logits (N,) of images (N, 1, 4n, 4m) in [0, 1]; once differentiable.

    Args:
        images: to be judged.
        labels: (N,), int64; None without an embedding.
        parameters: of the discriminator.
    """
    result: Tensor = _Logits.apply(  # type: ignore[no-untyped-call]  # torch leaves apply untyped
        images, labels, *parameters
    )
    return result


class _Logits(torch.autograd.Function):
    """See ``logits``."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, labels: Tensor | None, *tensors: Tensor) -> Tensor:
        parameters = Parameters(*tensors)
        count, _, height, width = images.shape
        small = height // 4, width // 4
        channels, maps = parameters.weight1.shape[0], parameters.weight2.shape[0]

        pixels = images.new_zeros(height + 2, width + 2, count)
        torch.add(images.new_full((), -1), quarters.batch_last(images), alpha=2, out=quarters.core(pixels))
        seen = quarters.seen(pixels, extra=1)
        weight1 = torch.cat([parameters.weight1.view(channels, -1), parameters.bias1.view(-1, 1)], dim=1)
        middle = torch.mm(seen.t(), weight1.t()).view(2, 2, *small, count, channels)
        large = cells.new_cells(middle, small, count, channels)
        _leaky(middle, LEAK, out=cells.inside(large))
        kernel = cells.kernel(parameters.weight2)
        last = functional.leaky_relu_(cells.shrink(large, kernel, parameters.bias2), LEAK).view(
            -1, count, maps
        )

        # An image's own vector is its label's and the linear layer's.
        vectors = parameters.linear
        if parameters.embedding is not None:
            vectors = vectors + parameters.embedding
        own = vectors.view(-1, maps, small[0] * small[1]).permute(2, 0, 1).contiguous()
        if labels is not None and parameters.embedding is not None:
            own = own.index_select(1, labels)
        if any(ctx.needs_input_grad):
            ctx.save_for_backward(seen, large, kernel, last, own, labels, *tensors)
        result: Tensor = (last * own).sum(dim=(0, 2)).add_(parameters.bias)
        return result

    @staticmethod
    @once_differentiable
    @in_full
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        seen, large, kernel, last, own, labels, *tensors = ctx.saved_tensors
        parameters = Parameters(*tensors)
        for_images, _, *trained = ctx.needs_input_grad
        channels, maps = parameters.weight1.shape[0], parameters.weight2.shape[0]

        # A leaky ReLU keeps the sign, so that its result tells its slope.
        weighted = gradient.unsqueeze(1)
        before = own * weighted  # (n m, N, M)
        _leaky_back(before, last, LEAK, True, grad_input=before)
        small = before.view(large.shape[0] - 1, large.shape[1] - 1, -1, maps)
        spread = cells.inside(cells.spread(small, kernel))
        middle = spread.new_empty(spread.shape)
        _leaky_back(spread, cells.inside(large), LEAK, True, grad_input=middle)

        found: list[Tensor | None] = [None] * len(trained)
        if any(trained):
            first = torch.mm(seen, middle.view(-1, channels)).t()
            # The sum over the images of a label is a product with rows of 0 and 1: deterministic.
            rows = weighted.t()
            if labels is not None and parameters.embedding is not None:
                chosen = torch.eye(len(parameters.embedding), dtype=rows.dtype).index_select(1, labels)
                rows = rows * chosen
            vectors = torch.bmm(rows.expand(len(last), -1, -1), last).permute(1, 2, 0).reshape(len(rows), -1)
            found = [
                first[:, :-1].reshape(parameters.weight1.shape),
                first[:, -1],
                cells.weight(cells.correlate(large, small), parameters.weight2),
                before.sum(dim=(0, 1)),
                vectors.sum(dim=0, keepdim=True),
                gradient.sum().view(1),
                None if parameters.embedding is None else vectors,
            ]
        if not for_images:
            return None, None, *found
        image = quarters.to_image(middle, parameters.weight1.view(channels, -1).t())
        return quarters.batch_first(quarters.core(image) * 2), None, *found
