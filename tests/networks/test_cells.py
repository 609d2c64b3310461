"""Cells and quarters are torch's strided convolutions in another layout: results, gradients, transposes."""

from itertools import product

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from gan_tui.networks import cells, quarters

EXACT = {"rtol": 1e-12, "atol": 1e-12}
SIZES = list(product((1, 3), (2, 1), (1, 4)))
"""n, m and N."""


def random(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.double)


def in_quarters(maps: Tensor) -> Tensor:
    count, channels, height, width = maps.shape
    split = maps.view(count, channels, height // 2, 2, width // 2, 2)
    return split.permute(3, 5, 2, 4, 0, 1).contiguous()


def in_cells(maps: Tensor) -> Tensor:
    count, channels, height, width = maps.shape
    result = cells.new_cells(maps, (height // 2, width // 2), count, channels)
    cells.inside(result).copy_(in_quarters(maps))
    return result


def bordered(images: Tensor) -> Tensor:
    return quarters.batch_last(functional.pad(images, (1, 1, 1, 1)))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(("n", "m", "count"), SIZES)
def test_cells_convolve_as_strided_convolutions_do(
    n: int, m: int, count: int, layout: torch.memory_format
) -> None:
    torch.manual_seed(n * 100 + m * 10 + count)
    maps = random(count, 2, 2 * n, 2 * m).requires_grad_()
    weight = random(3, 2, 4, 4).contiguous(memory_format=layout).requires_grad_()
    bias = random(3)
    expected = functional.conv2d(maps, weight, bias, stride=2, padding=1)
    gradient = random(*expected.shape)
    expected.backward(gradient)
    assert maps.grad is not None
    assert weight.grad is not None

    large, kernel = in_cells(maps.detach()), cells.kernel(weight.detach())
    small = gradient.permute(2, 3, 0, 1).contiguous()
    result = cells.shrink(large, kernel, bias)
    torch.testing.assert_close(result.permute(2, 3, 0, 1), expected.detach(), **EXACT)
    back = cells.inside(cells.spread(small, kernel))
    torch.testing.assert_close(back.contiguous(), in_quarters(maps.grad), **EXACT)
    taps = cells.weight(cells.correlate(large, small), weight)
    torch.testing.assert_close(taps, weight.grad, **EXACT)
    assert taps.stride() == weight.stride()


def test_a_bias_of_a_transposed_convolution_is_added_to_each_pixel() -> None:
    maps, weight, bias = random(2, 3, 2, 2), random(3, 2, 4, 4), random(2)
    expected = functional.conv_transpose2d(maps, weight, bias, stride=2, padding=1)
    result = cells.spread(maps.permute(2, 3, 0, 1).contiguous(), cells.kernel(weight), bias)
    torch.testing.assert_close(cells.inside(result).contiguous(), in_quarters(expected), **EXACT)


def test_new_cells_have_a_border_of_zeros() -> None:
    large = cells.new_cells(torch.full((1,), 7.0), (2, 3), 2, 1)
    cells.inside(large).fill_(1)
    assert int(large.sum()) == 4 * 2 * 3 * 2
    assert int(large.max()) == 1
    assert int(large.min()) == 0


@pytest.mark.parametrize(("n", "m", "count"), SIZES)
def test_one_channel_convolves_as_torch_does(n: int, m: int, count: int) -> None:
    torch.manual_seed(n * 100 + m * 10 + count)
    images, weight = random(count, 1, 4 * n, 4 * m), random(3, 1, 4, 4)
    seen = quarters.seen(bordered(images), extra=1)
    rows = torch.cat([weight.view(3, 16).t(), torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.double)])
    expected = functional.conv2d(images, weight, torch.tensor([1.0, 2.0, 3.0]).double(), stride=2, padding=1)
    torch.testing.assert_close(torch.mm(seen.t(), rows), in_quarters(expected).view(-1, 3), **EXACT)

    maps, bias = random(count, 3, 2 * n, 2 * m), random(1)
    drawn = quarters.to_image(in_quarters(maps), weight.view(3, 16).t(), bias)
    expected = functional.conv_transpose2d(maps, weight, bias, stride=2, padding=1)
    torch.testing.assert_close(quarters.batch_first(quarters.core(drawn).contiguous()), expected, **EXACT)


def test_batch_first_undoes_batch_last() -> None:
    images = random(3, 1, 8, 4)
    assert torch.equal(quarters.batch_first(quarters.batch_last(images)), images)
    assert quarters.batch_last(images).shape == (8, 4, 3)
