"""The functions for CPUs are the layers that they stand for: values, gradients, statistics, in any pieces."""

from collections.abc import Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from gan_tui.networks import NetworkError, block_space, pooled_conv
from gan_tui.networks.batch_last import Axis, place, unplace
from gan_tui.networks.channels_last_conv import IMAGES, conv3
from gan_tui.networks.linear_norm import linear_norm_relu
from gan_tui.networks.pooled_conv import conv_pool_relu
from gan_tui.networks.upsampled_block import upsampled_block as block

EXACT = {"rtol": 1e-10, "atol": 1e-10}


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def gradients(result: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
    """Of a random weighted sum of the result; the same weights for the same shape."""
    torch.manual_seed(1)
    return torch.autograd.grad((result * torch.randn(result.shape, dtype=result.dtype)).sum(), inputs)


def assert_same(ours: tuple[Tensor, ...], theirs: tuple[Tensor, ...]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, **EXACT)


def literal_block(maps: Tensor, conv1: nn.Conv2d, norm: nn.BatchNorm2d, conv2: nn.Conv2d) -> Tensor:
    x = functional.interpolate(maps.permute(3, 0, 1, 2), scale_factor=4.0)
    x = functional.relu(norm(conv1(x)))
    images: Tensor = conv2(functional.interpolate(x, scale_factor=2.0))
    return images


def block_parts(channels: int, outputs: int) -> tuple[nn.Conv2d, nn.BatchNorm2d, nn.Conv2d]:
    parts = (
        nn.Conv2d(channels, outputs, 3, padding=2).double(),
        nn.BatchNorm2d(outputs).double(),
        nn.Conv2d(outputs, 1, 5, stride=2).double(),
    )
    nn.init.normal_(parts[1].weight)
    nn.init.normal_(parts[1].bias)
    return parts


@pytest.mark.parametrize("channels_at_once", [1, 2, 4, 6])
@pytest.mark.parametrize("channels_a_product", [1, 4, 6])
@pytest.mark.parametrize("side", [1, 2, 7])
def test_the_block_is_the_layers_it_stands_for_whatever_goes_at_once(
    monkeypatch: pytest.MonkeyPatch, channels_at_once: int, channels_a_product: int, side: int
) -> None:
    images, channels, outputs = 3, 5, 6
    large = (3 * side + 2) ** 2
    monkeypatch.setattr(block_space, "CHUNK", channels_at_once * large * images)
    monkeypatch.setattr(block_space, "PRODUCTS", channels_a_product * 9 * side**2 * images)
    parts = block_parts(channels, outputs)
    # A gamma of 0 shows any division by it.
    with torch.no_grad():
        parts[1].weight[2] = 0
    twins = block_parts(channels, outputs)
    for mine, theirs in zip(parts, twins, strict=True):
        theirs.load_state_dict(mine.state_dict())
    # A mean far from 0 would show a variance taken by differences of large squares.
    maps = (torch.randn(channels, side, side, images, dtype=torch.double) + 30).requires_grad_()
    trained = [parameter for part in parts for parameter in part.parameters()]
    literal = [parameter for part in twins for parameter in part.parameters()]
    ours, theirs = block(maps, *parts), literal_block(maps, *twins)
    torch.testing.assert_close(ours, theirs, **EXACT)
    assert_same(gradients(ours, maps, *trained), gradients(theirs, maps, *literal))
    for one, other in zip(parts[1].buffers(), twins[1].buffers(), strict=True):
        torch.testing.assert_close(one, other, **EXACT)
    with torch.no_grad():
        torch.testing.assert_close(block(maps, *parts), ours, **EXACT)


def test_the_block_takes_its_weight_in_any_memory_format() -> None:
    parts = block_parts(3, 4)
    maps = torch.randn(3, 2, 2, 2, dtype=torch.double)
    before = block(maps, *parts)
    parts[0].to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
    torch.testing.assert_close(block(maps, *parts), before, **EXACT)


def test_two_forward_passes_do_not_share_what_they_keep() -> None:
    parts = block_parts(3, 4)
    one, other = (torch.randn(3, 2, 2, 2, dtype=torch.double, requires_grad=True) for _ in range(2))
    alone = gradients(block(one, *parts), one)
    first = block(one, *parts)
    block(other, *parts)
    assert_same(gradients(first, one), alone)


axes = st.tuples(st.integers(1, 8), st.integers(1, 3), st.integers(0, 99))


@settings(deadline=None, max_examples=30)
@given(axes)
def test_each_sum_s_way_back_is_its_transpose(size: tuple[int, int, int]) -> None:
    n, last, seed = size
    torch.manual_seed(seed)
    for small, large, there, back in (
        (
            (3, n, last),
            (3 * n + 2, last),
            lambda taps, out: Axis(taps, out).spread(),
            lambda maps, taps: Axis(taps, maps).gather(),
        ),
        ((3, 3 * n + 2, last), (4 * n, last), place, unplace),
    ):
        taps, maps = torch.randn(small, dtype=torch.double), torch.randn(large, dtype=torch.double)
        forth, returned = torch.empty_like(maps), torch.empty_like(taps)
        there(taps.clone().unbind(0), forth)
        back(maps, returned.unbind(0))
        torch.testing.assert_close((forth * maps).sum(), (taps * returned).sum(), **EXACT)


def test_linear_norm_relu_is_the_layers_transposed() -> None:
    linear, twin = (nn.Linear(5, 7).double() for _ in range(2))
    norm, other = (nn.BatchNorm1d(7).double() for _ in range(2))
    nn.init.normal_(norm.weight)
    nn.init.normal_(norm.bias)
    twin.load_state_dict(linear.state_dict())
    other.load_state_dict(norm.state_dict())
    x = (torch.randn(6, 5, dtype=torch.double) + 50).requires_grad_()
    for _ in range(2):
        ours = linear_norm_relu(x.t(), linear, norm).t()
        theirs = functional.relu(other(twin(x)))
        torch.testing.assert_close(ours, theirs, **EXACT)
        assert_same(
            gradients(ours, x, *linear.parameters(), *norm.parameters()),
            gradients(theirs, x, *twin.parameters(), *other.parameters()),
        )
    for one, two in zip(norm.buffers(), other.buffers(), strict=True):
        torch.testing.assert_close(one, two, **EXACT)


def test_one_value_has_no_variance_and_a_norm_needs_running_averages() -> None:
    linear = nn.Linear(2, 3)
    with pytest.raises(ValueError, match="more than one value"):
        linear_norm_relu(torch.randn(2, 1), linear, nn.BatchNorm1d(3))
    with pytest.raises(NetworkError, match="running average"):
        linear_norm_relu(torch.randn(2, 4), linear, nn.BatchNorm1d(3, track_running_stats=False))


def literal_pool(images: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return functional.relu(functional.max_pool2d(functional.conv2d(images, weight, bias), 2))


pictures = st.tuples(
    st.integers(1, 5), st.integers(4, 9), st.integers(4, 9), st.integers(1, 4), st.integers(1, 40)
)


@settings(deadline=None, max_examples=40)
@given(pictures, st.integers(0, 999))
def test_conv_pool_relu_is_the_layers_it_stands_for(size: tuple[int, ...], seed: int) -> None:
    count, height, width, channels, at_once = size
    torch.manual_seed(seed)
    # Whole numbers: windows have equal values, and then the first must take the gradient.
    images = torch.randint(0, 2, (count, 1, height, width)).double().requires_grad_()
    weight = torch.randint(-1, 2, (channels, 1, 3, 3)).double().requires_grad_()
    bias = torch.randint(-1, 2, (channels,)).double().requires_grad_()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pooled_conv, "PIXELS", at_once)
        ours = conv_pool_relu(images, weight, bias)
        theirs = literal_pool(images, weight, bias)
        torch.testing.assert_close(ours, theirs, **EXACT)
        assert ours.is_contiguous(memory_format=torch.channels_last)
        expected = gradients(theirs, images, weight, bias)
        assert_same(gradients(ours, images, weight, bias), expected)
        frozen = conv_pool_relu(images, weight.detach(), bias.detach())
        assert_same(gradients(frozen, images), expected[:1])
        seen = conv_pool_relu(images.detach(), weight, bias)
        assert_same(gradients(seen, weight, bias), expected[1:])


@pytest.mark.parametrize("count", [1, IMAGES, IMAGES + 1, 2 * IMAGES + 3])
@pytest.mark.parametrize("last", [False, True])
def test_conv3_is_torch_s_convolution(count: int, last: bool) -> None:
    layout = torch.channels_last if last else torch.contiguous_format
    maps = torch.randn(count, 3, 6, 7, dtype=torch.double).contiguous(memory_format=layout).requires_grad_()
    layer = nn.Conv2d(3, 5, 3).double()
    assert layer.bias is not None
    ours, theirs = conv3(maps, layer.weight, layer.bias), layer(maps)
    torch.testing.assert_close(ours, theirs, **EXACT)
    assert_same(
        gradients(ours, maps, layer.weight, layer.bias), gradients(theirs, maps, layer.weight, layer.bias)
    )
