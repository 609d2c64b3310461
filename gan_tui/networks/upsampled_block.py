"""The generator's two convolutions over upsampled maps, with batch normalisation and ReLU, as one function.

The large map has 64 channels of 23×23 distinct pixels an image, and layer by layer it is read and written
some thirty times in a step: more time than its products take. Batch normalisation knows each channel by
itself, so here a few channels at a time go all the way, from products to statistics to the second
convolution, and back, while they lie in the processor's cache; main memory sees the centred map, once in each
direction. Images are the last axis (see ``batch_last``).
"""

from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from gan_tui.networks.batch_last import SCALE, TAPS, gather, place, spread, unplace
from gan_tui.networks.folding import distinct_side, fold_taps
from gan_tui.networks.weighted_batch_norm import update_statistics

CHUNK: Final = 5 << 17
"""Numbers of the large map that are worked on at once, at most: 2.5 MiB in float32; three such work."""
PRODUCTS: Final = 1 << 23
"""Numbers that the first convolution's products may take: 32 MiB, above which glibc hands memory back."""
_DOUBLED: Final = 2
"""How often the full map repeats a distinct row of the third phase; those of the others stand once."""


def upsampled_block(maps: Tensor, conv1: nn.Conv2d, norm: nn.BatchNorm2d, conv2: nn.Conv2d) -> Tensor:
    """Upsample ×4, ``conv1`` (3×3, padding 2), ``norm`` in training mode, ReLU, upsample ×2, ``conv2``.

    Once differentiable. The bias of conv1 moves the running mean alone; its gradient is zero.

    Args:
        maps: (C, n, n, N).
        conv1: C → K, 3×3, padding 2.
        norm: of K channels; its running statistics are updated.
        conv2: K → 1, 5×5, stride 2.

    Returns:
        (N, 1, 4n, 4n).

    Raises:
        NetworkError: the norm keeps no running averages.
    """
    side, images = maps.shape[1], maps.shape[3]
    taps = fold_taps(conv2.weight).reshape(-1, TAPS**2)
    result: tuple[Tensor, Tensor, Tensor] = _Block.apply(  # type: ignore[no-untyped-call]
        maps, conv1.weight, conv1.bias, norm.weight, norm.bias, taps, norm.eps
    )
    drawn, mean, variance = result
    update_statistics(norm, mean, variance, conv1.bias, images * full_pixels(side))
    drawn = drawn.view(SCALE, side, SCALE, side, images).permute(4, 1, 0, 3, 2)
    drawn = drawn.reshape(images, 1, SCALE * side, SCALE * side)
    return drawn if conv2.bias is None else drawn + conv2.bias


def full_pixels(side: int) -> int:
    """Pixels of the full map of a small map of ``side`` rows."""
    return (SCALE * side + 2) ** 2


class _Block(torch.autograd.Function):
    """See ``upsampled_block``: (images (4n, 4n, N), mean, biased variance), images ordered by phase.

    The mean needs no pass over the large map: each product of a small pixel and a tap stands in SCALE rows
    and columns of the full map, whatever the pixel and the tap. Centring goes with the sums. Of the gradient,
    the factor γ s of each channel is applied to the weights' rows instead of the map.
    """

    @staticmethod
    def forward(
        ctx: Any,
        maps: Tensor,
        weight: Tensor,
        bias: Tensor | None,  # noqa: ARG004  # an input so that it gets its gradient, of zero
        gamma: Tensor,
        beta: Tensor,
        taps: Tensor,
        eps: float,
    ) -> tuple[Tensor, Tensor, Tensor]:
        channels, side, _, images = maps.shape
        outputs, large = len(weight), distinct_side(side)
        seeds = maps.view(channels, -1)
        rows = _by_tap(weight)
        mean = rows.sum(dim=1) @ seeds.sum(dim=1) * (SCALE**2 / (images * full_pixels(side)))
        once = _weights(side, maps) / (images * full_pixels(side))
        variance, inverse = torch.empty_like(mean), torch.empty_like(mean)
        products = maps.new_zeros(TAPS**2, large**2 * images)
        keep = any(ctx.needs_input_grad)
        kept: list[Tensor] = []
        step = _channels_at_once(outputs, large**2 * images)
        group = _channels_a_product(outputs, side**2 * images, step)
        small = maps.new_empty(group, TAPS, TAPS, side, side * images)
        middle = maps.new_empty(min(step, outputs), TAPS, large, side * images)
        active = maps.new_empty(min(step, outputs), large**2 * images)
        for start in range(0, outputs, step):
            end = min(start + step, outputs)
            count = end - start
            here = slice(start, end)
            first = start % group
            if first == 0:
                part = rows[start : start + group].flatten(0, 1)
                torch.mm(part, seeds, out=small.view(-1, len(seeds[0]))[: len(part)])
            spread(small[first : first + count].unbind(1), middle[:count])
            centred = maps.new_empty(count, large, large, images) if keep or not kept else kept[0][:count]
            by_tap = middle[:count].view(count, TAPS, large, side, images)
            spread(by_tap.unbind(1), centred, -mean[here].view(-1, 1, 1, 1))
            if keep or not kept:
                kept.append(centred)
            squares = torch.linalg.vector_norm(centred, dim=3).square_()
            torch.mv(squares.flatten(1), once, out=variance[here])
            torch.rsqrt(variance[here] + eps, out=inverse[here])
            scale = (gamma[here] * inverse[here]).unsqueeze(1)
            _activate(centred.flatten(1), scale, beta[here].unsqueeze(1), active[:count])
            products.addmm_(taps[here].t(), active[:count])
        drawn = _draw(products.view(TAPS, TAPS, large, large, images))
        if keep:
            ctx.save_for_backward(maps, weight, gamma, beta, taps, inverse, *kept)
        ctx.mark_non_differentiable(mean, variance)
        return drawn, mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        maps, weight, gamma, beta, taps, inverse, *kept = ctx.saved_tensors
        channels, side, _, images = maps.shape
        outputs, large = len(weight), distinct_side(side)
        seeds = maps.view(channels, -1)
        rows = _by_tap(weight)
        scale = gamma * inverse
        total = images * full_pixels(side)
        products = _undraw(gradient, large).view(TAPS**2, -1)
        d_gamma, d_beta = torch.empty_like(gamma), torch.empty_like(beta)
        d_taps, d_rows = torch.empty_like(taps.t()), torch.empty_like(rows)
        # One product of long rows leaves little to a processor's blocks; one a line of the map leaves more.
        by_line = products.view(TAPS**2, large, -1).transpose(0, 1)
        d_seeds = torch.empty_like(seeds)
        step = len(kept[0])
        active = maps.new_empty(step, large**2 * images)
        flowing = torch.empty_like(active)
        middle = maps.new_empty(step, TAPS, large, side * images)
        group = _channels_a_product(outputs, side**2 * images, step)
        small = maps.new_empty(group, TAPS, TAPS, side, side * images)
        for number, centred in enumerate(kept):
            count = len(centred)
            start = number * step
            here = slice(start, start + count)
            flat, y, g = centred.flatten(1), active[:count], flowing[:count]
            _activate(flat, scale[here].unsqueeze(1), beta[here].unsqueeze(1), y)
            torch.sum(by_line @ y.view(count, large, -1).permute(1, 2, 0), dim=0, out=d_taps[:, here])
            torch.mm(taps[here], products, out=g)
            torch.ops.aten.threshold_backward.grad_input(g, y, 0, grad_input=g)
            torch.sum(g, dim=1, out=d_beta[here])
            for row in range(count):
                torch.dot(g[row], flat[row], out=d_gamma[start + row])
            d_gamma[here].mul_(inverse[here])
            torch.mul(flat, (d_gamma[here] * inverse[here] / -total).unsqueeze(1), out=y)
            y.add_((d_beta[here] / -total).unsqueeze(1))
            _add_weighted(g.view(centred.shape), y.view(centred.shape), side)
            by_tap = middle[:count].view(count, TAPS, large, side, images)
            gather(g.view(centred.shape), by_tap.unbind(1))
            first = start % group
            gather(middle[:count], small[first : first + count].unbind(1))
            if first + count == group or start + count == outputs:
                part = slice(start - first, start + count)
                d_products = small.view(-1, len(seeds[0]))[: (first + count) * TAPS**2]
                torch.mm(d_products, seeds.t(), out=d_rows[part].view(-1, channels))
                scaled = (rows[part] * scale[part].view(-1, 1, 1)).flatten(0, 1)
                torch.addmm(d_seeds, scaled.t(), d_products, beta=float(part.start > 0), out=d_seeds)
        d_rows.mul_(scale.view(-1, 1, 1))
        d_weight = d_rows.view(outputs, TAPS, TAPS, channels).permute(0, 3, 1, 2)
        d_bias = torch.zeros_like(gamma) if ctx.needs_input_grad[2] else None
        return d_seeds.view_as(maps), d_weight, d_bias, d_gamma, d_beta, d_taps.t(), None


def _by_tap(weight: Tensor) -> Tensor:
    """(K, C, 3, 3) → (K, 9, C), contiguous: a view of what is channels-last."""
    return weight.permute(0, 2, 3, 1).contiguous().flatten(1, 2)


def _channels_at_once(channels: int, pixels: int) -> int:
    """A power of 2, so that products have whole blocks of rows."""
    return min(channels, 1 << max(0, (CHUNK // pixels).bit_length() - 1))


def _channels_a_product(channels: int, pixels: int, step: int) -> int:
    """Channels that the first convolution takes at once, a multiple of the step: large products are fast."""
    return min(channels, max(1, PRODUCTS // (TAPS**2 * pixels * step)) * step)


def _weights(side: int, like: Tensor) -> Tensor:
    """How often each distinct pixel stands in the full map, in the order by phase: (large²,)."""
    once = like.new_ones(distinct_side(side))
    once[-side:] = _DOUBLED
    return torch.outer(once, once).flatten()


def _activate(centred: Tensor, scale: Tensor, beta: Tensor, out: Tensor) -> None:
    """relu(scale · centred + beta)."""
    torch.mul(centred, scale, out=out).add_(beta).relu_()


def _add_weighted(maps: Tensor, term: Tensor, side: int) -> None:
    """Add the term times the pixels' weights, in place: maps and term (K, large, large, N), by phase."""
    once = maps.shape[1] - side
    for rows, high in ((slice(None, once), 1), (slice(once, None), _DOUBLED)):
        for columns, wide in ((slice(None, once), 1), (slice(once, None), _DOUBLED)):
            maps[:, rows, columns].add_(term[:, rows, columns], alpha=high * wide)


def _draw(products: Tensor) -> Tensor:
    """(3, 3, large, large, N), ordered by phase → (4n, 4n, N), ordered by phase."""
    _, _, large, _, images = products.shape
    length = SCALE * ((large - 2) // 3)
    lines = products.new_empty(TAPS, large, length, images)
    place(products.unbind(1), lines)
    drawn = products.new_empty(length, length * images)
    place(lines.flatten(2).unbind(0), drawn)
    return drawn.view(length, length, images)


def _undraw(gradient: Tensor, large: int) -> Tensor:
    """The transpose of ``_draw``."""
    length, _, images = gradient.shape
    lines = gradient.new_empty(TAPS, large, length * images)
    unplace(gradient.contiguous().flatten(1), lines.unbind(0))
    products = gradient.new_empty(TAPS, TAPS, large, large, images)
    unplace(lines.view(TAPS, large, length, images), products.unbind(1))
    return products
