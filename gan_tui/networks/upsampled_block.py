"""The generator's two convolutions over upsampled maps, with batch normalisation and ReLU, as one function.

The large map has 64 channels of 23×23 distinct pixels an image, and layer by layer it is read and written
some thirty times in a step: more time than its products take. Batch normalisation knows each channel by
itself, so here a few channels at a time go all the way, from products to statistics to the second
convolution, and back, while they lie in the processor's cache; main memory sees the centred map, once in each
direction. Images are the last axis (see ``batch_last``).
"""

from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from gan_tui.networks.batch_last import SCALE, TAPS, place, unplace
from gan_tui.networks.block_space import Plan, Space, full_pixels, weights
from gan_tui.networks.folding import fold_taps
from gan_tui.networks.products import add_product, apply_in_full, factor, in_full, multiply, products_dtype
from gan_tui.networks.threads import alone, at_once, cut
from gan_tui.networks.weighted_batch_norm import update_statistics


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
    how = _How(norm.eps, products_dtype(maps), torch.is_grad_enabled())
    result: tuple[Tensor, Tensor, Tensor] = apply_in_full(
        _Block, maps, conv1.weight, conv1.bias, norm.weight, norm.bias, taps, how
    )
    drawn, mean, variance = result
    update_statistics(norm, mean, variance, conv1.bias, images * full_pixels(side))
    drawn = drawn.view(SCALE, side, SCALE, side, images).permute(4, 1, 0, 3, 2)
    drawn = drawn.reshape(images, 1, SCALE * side, SCALE * side)
    return drawn if conv2.bias is None else drawn + conv2.bias


class _How(NamedTuple):
    """What is no tensor: the norm's eps, the dtype of coarse factors, and whether there may be a way back.

    A function of autograd is told which of its inputs have gradients, also where none will be asked for.
    """

    eps: float
    dtype: torch.dtype | None
    back: bool


class _Block(torch.autograd.Function):
    """See ``upsampled_block``: (images (4n, 4n, N), mean, biased variance), images ordered by phase.

    The mean needs no pass over the large map: each product of a small pixel and a tap stands in SCALE rows
    and columns of the full map, whatever the pixel and the tap. Of the gradient, each channel's factor γ s is
    applied to the weights' rows instead of the map.
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
        how: _How,
    ) -> tuple[Tensor, Tensor, Tensor]:
        eps, dtype, back = how
        plan = Plan(maps.shape[0], len(weight), maps.shape[1], maps.shape[3])
        rows, seeds = factor(_by_tap(weight), dtype), factor(maps.view(plan.channels, -1), dtype)
        mean = rows.sum(dim=1, dtype=maps.dtype) @ seeds.sum(dim=1, dtype=maps.dtype)
        mean *= SCALE**2 / plan.total
        once = weights(plan.side, maps) / plan.total
        variance, inverse = torch.empty_like(mean), torch.empty_like(mean)
        steps, groups = plan.steps(), plan.groups()
        spaces = [Space(plan, maps, backward=False) for _ in groups[0][1]]
        sums = [maps.new_zeros(TAPS**2, plan.pixels) for _ in spaces]
        keep = back and any(ctx.needs_input_grad)
        shape = (plan.large, plan.large, plan.images)
        kept = [maps.new_empty(here.stop - here.start, *shape) for here in steps if keep]
        small = seeds.new_empty(plan.group, *plan.product)

        def work(group: slice, numbers: tuple[int, int], space: Space, products: Tensor) -> None:
            for number in range(*numbers):
                here = steps[number]
                count = here.stop - here.start
                inside = slice(here.start - group.start, here.stop - group.start)
                desk = space.desk(count)
                desk.spread(small[inside])
                centred = kept[number] if keep else desk.map
                torch.sub(desk.map, mean[here].view(-1, 1, 1, 1), out=centred)
                squares = torch.linalg.vector_norm(centred, dim=3).square_()
                torch.mv(squares.flatten(1), once, out=variance[here])
                torch.rsqrt(variance[here] + eps, out=inverse[here])
                active = desk.maps[0]
                _activate(centred.flatten(1), gamma[here] * inverse[here], beta[here], active)
                products.addmm_(taps[here].t(), active)

        for group, parts in groups:
            products = partial(_multiply, rows[group].flatten(0, 1), seeds, _of_group(small, group, seeds))
            at_once([partial(products, slice(*part)) for part in cut(len(seeds[0]))])
            at_once([partial(work, group, *part) for part in zip(parts, spaces, sums, strict=False)])
        for other in sums[1:]:
            sums[0].add_(other)
        with alone(plan.is_small):
            drawn = _draw(sums[0].view(TAPS, TAPS, *shape))
        if keep:
            ctx.plan, ctx.dtype = plan, dtype
            ctx.save_for_backward(seeds, weight, gamma, beta, taps, inverse, *kept)
        ctx.mark_non_differentiable(mean, variance)
        return drawn, mean, variance

    @staticmethod
    @once_differentiable
    @in_full
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        plan: Plan = ctx.plan
        seeds, weight, gamma, beta, taps, inverse, *kept = ctx.saved_tensors
        rows = _by_tap(weight)
        scale = gamma * inverse
        with alone(plan.is_small):
            products = _undraw(gradient, plan.large).view(TAPS**2, -1)
        # One product of long rows leaves little to a processor's blocks; one a line of the map leaves more.
        by_line = products.view(TAPS**2, plan.large, -1).transpose(0, 1)
        d_gamma, d_beta, d_rows = torch.empty_like(gamma), torch.empty_like(beta), torch.empty_like(rows)
        d_taps, d_seeds = torch.empty_like(taps.t()), weight.new_empty(seeds.shape)
        steps, groups = plan.steps(), plan.groups()
        spaces = [Space(plan, weight, backward=True) for _ in groups[0][1]]
        small = seeds.new_empty(plan.group, *plan.product)

        def work(group: slice, numbers: tuple[int, int], space: Space) -> None:
            for number in range(*numbers):
                here, centred = steps[number], kept[number]
                count = len(centred)
                inside = slice(here.start - group.start, here.stop - group.start)
                flat = centred.flatten(1)
                desk = space.desk(count)
                active, flowing = desk.maps
                _activate(flat, scale[here], beta[here], active)
                by_pixel = active.view(count, plan.large, -1).permute(1, 2, 0)
                torch.sum(by_line @ by_pixel, dim=0, out=d_taps[:, here])
                torch.mm(taps[here], products, out=flowing)
                torch.ops.aten.threshold_backward.grad_input(flowing, active, 0, grad_input=flowing)
                torch.sum(flowing, dim=1, out=d_beta[here])
                term = torch.mul(flowing, flat, out=active)
                torch.sum(term, dim=1, out=d_gamma[here])
                d_gamma[here].mul_(inverse[here])
                torch.mul(flat, (d_gamma[here] * inverse[here] / -plan.total).unsqueeze(1), out=term)
                term.add_((d_beta[here] / -plan.total).unsqueeze(1))
                desk.add_weighted()
                desk.gather(small[inside])

        def flow(group: slice, scaled: Tensor, d_products: Tensor, pixels: slice) -> None:
            into = add_product if group.start > 0 else multiply
            into(scaled.t(), d_products[:, pixels], d_seeds[:, pixels])

        for group, parts in groups:
            at_once([partial(work, group, *part) for part in zip(parts, spaces, strict=False)])
            d_products = _of_group(small, group, seeds)
            multiply(d_products, seeds.t(), d_rows[group].view(-1, plan.channels))
            scaled = factor((rows[group] * scale[group].view(-1, 1, 1)).flatten(0, 1), ctx.dtype)
            at_once([partial(flow, group, scaled, d_products, slice(*part)) for part in cut(len(seeds[0]))])
        d_rows.mul_(scale.view(-1, 1, 1))
        d_weight = d_rows.view(-1, TAPS, TAPS, plan.channels).permute(0, 3, 1, 2)
        d_bias = torch.zeros_like(gamma) if ctx.needs_input_grad[2] else None
        d_maps = d_seeds.view(plan.channels, plan.side, plan.side, plan.images)
        return d_maps, d_weight, d_bias, d_gamma, d_beta, d_taps.t(), None


def _of_group(small: Tensor, group: slice, seeds: Tensor) -> Tensor:
    """The group's products as a matrix (9 channels, pixels)."""
    return small[: group.stop - group.start].view(-1, seeds.shape[1])


def _multiply(rows: Tensor, seeds: Tensor, out: Tensor, pixels: slice) -> None:
    """The products of these pixels: two threads with half of them each are faster than both with all."""
    multiply(rows, seeds[:, pixels], out[:, pixels])


def _by_tap(weight: Tensor) -> Tensor:
    """(K, C, 3, 3) → (K, 9, C), contiguous: a view of what is channels-last."""
    return weight.permute(0, 2, 3, 1).contiguous().flatten(1, 2)


def _activate(centred: Tensor, scale: Tensor, beta: Tensor, out: Tensor) -> None:
    """relu(scale · centred + beta), scale and beta by rows."""
    torch.mul(centred, scale.unsqueeze(1), out=out).add_(beta.unsqueeze(1)).relu_()


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
