"""In bfloat16 the functions for CPUs are near themselves in float32, and coarse in their products alone."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from gan_tui.networks import block_space, channels_last_conv, linear_norm
from gan_tui.networks.channels_last_conv import conv3
from gan_tui.networks.linear_norm import linear_norm_relu
from gan_tui.networks.pooled_conv import conv_pool_relu
from gan_tui.networks.products import add_product, factor, multiply, products_dtype
from gan_tui.networks.upsampled_block import upsampled_block

NEAR = 0.008
"""Relative error of a result: bfloat16 rounds a number by up to 2^-8."""
KINKED = 0.2
"""The same of a gradient: rounding takes some of the few pixels here over the kink of a ReLU."""


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


class Case(NamedTuple):
    """A function of its first input, the other inputs that have gradients, and whether it is coarse."""

    function: Callable[[Tensor], Tensor]
    given: Tensor
    others: list[Tensor]
    coarse: bool


def linear() -> Case:
    layer, norm = nn.Linear(40, 24), nn.BatchNorm1d(24)
    others = [layer.weight, norm.weight, norm.bias]
    return Case(lambda x: linear_norm_relu(x, layer, norm), torch.randn(40, 32), others, True)


def block() -> Case:
    # Without a bias, so that what is looked at is what the function draws.
    conv1, norm = nn.Conv2d(16, 6, 3, padding=2), nn.BatchNorm2d(6)
    conv2 = nn.Conv2d(6, 1, 5, stride=2, bias=False)
    others = [conv1.weight, norm.weight, norm.bias, conv2.weight]
    return Case(lambda x: upsampled_block(x, conv1, norm, conv2), torch.randn(16, 3, 3, 8), others, True)


def second_conv() -> Case:
    layer = nn.Conv2d(8, 16, 3)
    assert layer.bias is not None
    bias = layer.bias
    return Case(lambda x: conv3(x, layer.weight, bias), torch.randn(9, 8, 6, 7), [layer.weight, bias], True)


def first_conv() -> Case:
    weight, bias = torch.randn(5, 1, 3, 3, requires_grad=True), torch.randn(5, requires_grad=True)
    return Case(lambda x: conv_pool_relu(x, weight, bias), torch.rand(4, 1, 8, 8), [weight, bias], False)


def measured(case: Case, given: Tensor, bfloat16: bool, within: bool = False) -> tuple[Tensor, ...]:
    """The result and the gradients of a weighted sum of it, taken behind autocast's context or within one."""
    torch.manual_seed(1)
    given = given.clone().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        result = case.function(given)
    with torch.autocast("cpu", torch.bfloat16, enabled=within):
        loss = (result * torch.randn(result.shape)).sum()
        return (result, *torch.autograd.grad(loss, [given, *case.others]))


def error(one: Tensor, other: Tensor) -> float:
    return float((one.detach() - other.detach()).norm() / other.detach().norm())


def assert_near(ours: tuple[Tensor, ...], theirs: tuple[Tensor, ...]) -> None:
    result, *gradients = (error(one, other) for one, other in zip(ours, theirs, strict=True))
    assert result < NEAR
    assert max(gradients) < KINKED


cases = pytest.mark.parametrize("make", [linear, block, second_conv, first_conv])


@cases
def test_only_products_are_coarse(make: Callable[[], Case]) -> None:
    case = make()
    exact, coarse = measured(case, case.given, False), measured(case, case.given, True)
    assert all(tensor.dtype == torch.float32 for tensor in coarse)
    if case.coarse:
        # Each is near, and none is what float32 gives: a bias' gradient is a sum, not a product.
        assert_near(coarse, exact)
        changed = [not torch.equal(one, other) for one, other in zip(coarse, exact, strict=True)]
        assert changed[:3] == [True, True, True]
        # What is no product has more bits than bfloat16: an activation, an image; of conv3 a bias' gradient.
        if make is second_conv:
            assert torch.equal(coarse[-1], exact[-1])
        else:
            assert not torch.equal(coarse[0], coarse[0].bfloat16().float())
    else:
        assert all(torch.equal(one, other) for one, other in zip(coarse, exact, strict=True))


@cases
@pytest.mark.parametrize("bfloat16", [False, True])
def test_gradients_are_the_same_wherever_they_are_asked_for(make: Callable[[], Case], bfloat16: bool) -> None:
    case = make()
    outside, inside = (measured(case, case.given, bfloat16, within) for within in (False, True))
    assert all(torch.equal(one, other) for one, other in zip(outside, inside, strict=True))


def test_what_is_no_product_of_the_block_is_in_full() -> None:
    # The only rounding to bfloat16 is that of the first convolution's factors and of its products: with
    # factors of a few bits, whose products have eight at most, nothing of it is left.
    case = block()
    conv_weight = case.others[0]
    with torch.no_grad():
        conv_weight.zero_()
        # One input channel and one tap each, so that no sum needs more bits.
        conv_weight[:, 0, 1, 1] = torch.tensor([1.0, 2.0, 3.0, -1.0, -2.0, 0.5])
        given = torch.randint(-7, 8, case.given.shape).float()
        exact = case.function(given)
        with torch.autocast("cpu", torch.bfloat16):
            coarse = case.function(given)
    torch.testing.assert_close(coarse, exact)


class _Made(TorchDispatchMode):
    """Counts the numbers of all tensors that are made empty within."""

    numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        del types
        result = func(*args, **(kwargs or {}))
        if "empty" in str(func):
            self.numbers += result.numel()
        return result


@pytest.mark.parametrize(("make", "kept"), [(block, 6 * 11**2 * 8), (first_conv, 3 * 4 * 3 * 3 * 5)])
def test_what_gradients_want_is_kept_for_them_alone(make: Callable[[], Case], kept: int) -> None:
    case = make()
    made = []
    for back in (True, False):
        with torch.set_grad_enabled(back), _Made() as counted:
            case.function(case.given)
        made.append(counted.numbers)
    assert made[0] - made[1] == kept


@cases
@pytest.mark.parametrize("bfloat16", [False, True])
def test_where_no_gradients_will_be_the_result_is_the_same(make: Callable[[], Case], bfloat16: bool) -> None:
    case = make()
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        kept = case.function(case.given)
        with torch.no_grad():
            alone = case.function(case.given)
    assert kept.requires_grad
    assert not alone.requires_grad
    torch.testing.assert_close(alone, kept)


@cases
def test_double_precision_stays_so(make: Callable[[], Case]) -> None:
    torch.set_default_dtype(torch.double)
    try:
        case = make()
        exact, under = (measured(case, case.given, bfloat16) for bfloat16 in (False, True))
    finally:
        torch.set_default_dtype(torch.float)
    assert all(one.dtype == torch.double for one in under)
    assert all(torch.equal(one, other) for one, other in zip(exact, under, strict=True))


@cases
def test_a_coarse_input_gets_a_gradient_like_itself(make: Callable[[], Case]) -> None:
    case = make()
    result, gradient, *_ = measured(case, case.given.bfloat16(), True)
    exact, expected, *_ = measured(case, case.given.bfloat16().float(), True)
    assert result.dtype == torch.float32
    assert gradient.dtype == torch.bfloat16
    assert torch.equal(result, exact)
    assert torch.equal(gradient, expected.bfloat16())


@pytest.mark.parametrize("threads", [1, 2])
def test_pieces_and_threads_change_rounding_alone(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    whole: dict[Callable[[], Case], tuple[Tensor, ...]] = {}
    for make in (linear, block, second_conv):
        torch.manual_seed(0)
        case = make()
        whole[make] = measured(case, case.given, True)
    monkeypatch.setattr(block_space, "CHUNK", 2 * 11**2 * 8)
    monkeypatch.setattr(block_space, "PRODUCTS", 4 * 9 * 9 * 8)
    monkeypatch.setattr(block_space, "SMALL", 0)
    monkeypatch.setattr(linear_norm, "FEATURES", 5)
    monkeypatch.setattr(linear_norm, "LEAST", 4)
    monkeypatch.setattr(linear_norm, "SMALL_COARSE", 0)
    monkeypatch.setattr(channels_last_conv, "IMAGES", 2)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        for make, expected in whole.items():
            torch.manual_seed(0)
            case = make()
            pieces = measured(case, case.given, True)
            assert_near(pieces, expected)
    finally:
        torch.set_num_threads(before)


def test_autocast_is_as_it_was_and_says_what_products_are_in() -> None:
    one = torch.rand(1, 1, 4, 4)
    assert products_dtype(one) is None
    with torch.autocast("cpu", torch.bfloat16):
        assert products_dtype(one) == torch.bfloat16
        conv_pool_relu(one, torch.rand(1, 1, 3, 3), torch.rand(1))
        assert products_dtype(one) == torch.bfloat16
        assert products_dtype(one.double()) is None


@pytest.mark.parametrize("dtype", [None, torch.bfloat16])
def test_products_go_where_they_belong(dtype: torch.dtype | None) -> None:
    # Whole numbers of few bits: bfloat16 has them exactly.
    one, other = (torch.randint(-2, 3, shape).float() for shape in ((3, 4), (4, 5)))
    expected = one @ other
    room: Any = torch.full((3, 10), 7.0)
    left, right = factor(one, dtype), factor(other, dtype)
    assert torch.equal(multiply(left, right, room[:, :5]), expected)
    add_product(left, right, room[:, :5])
    assert torch.equal(room[:, :5], 2 * expected)
    assert torch.equal(room[:, 5:], torch.full((3, 5), 7.0))
