"""The folded generator is the literal one: forward, statistics and gradients, to rounding."""

from collections.abc import Callable
from unittest.mock import MagicMock

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from gan_tui.networks import article
from gan_tui.networks.article import ArticleDiscriminator, ArticleGenerator
from gan_tui.networks.folding import (
    distinct_index,
    distinct_side,
    repeats,
    shifts,
    upsample2_conv5_stride2,
    upsample4_conv3,
)
from gan_tui.networks.literal import LiteralDiscriminator, LiteralGenerator
from gan_tui.networks.weighted_batch_norm import weighted_batch_norm_relu

EXACT = {"rtol": 1e-10, "atol": 1e-10}


def channels_last(maps: Tensor) -> Tensor:
    return maps.permute(0, 2, 3, 1)


def expanded(distinct: Tensor, side: int) -> Tensor:
    """(N, 3n + 2, 3n + 2, C) distinct pixels → the full map, (N, C, 4n + 2, 4n + 2)."""
    index = torch.tensor(distinct_index(side))
    return distinct[:, index][:, :, index].permute(0, 3, 1, 2)


sizes = st.tuples(
    st.integers(1, 3), st.integers(1, 8), st.integers(1, 3), st.integers(1, 3), st.integers(0, 999)
)


@settings(deadline=None, max_examples=30)
@given(sizes)
def test_upsampling_by_four_then_convolving_is_one_product_of_small_pixels(size: tuple[int, ...]) -> None:
    batch, side, channels, outputs, seed = size
    torch.manual_seed(seed)
    maps = torch.randn(batch, channels, side, side, dtype=torch.double)
    weight = torch.randn(outputs, channels, 3, 3, dtype=torch.double)

    folded = upsample4_conv3(channels_last(maps), weight)
    literal = functional.conv2d(functional.interpolate(maps, scale_factor=4.0), weight, padding=2)

    assert folded.shape == (batch, distinct_side(side), distinct_side(side), outputs)
    torch.testing.assert_close(expanded(folded, side), literal, **EXACT)


@settings(deadline=None, max_examples=30)
@given(sizes)
def test_upsampling_by_two_then_convolving_is_nine_shifted_sums(size: tuple[int, ...]) -> None:
    batch, side, channels, _, seed = size
    torch.manual_seed(seed)
    distinct = torch.randn(batch, distinct_side(side), distinct_side(side), channels, dtype=torch.double)
    weight = torch.randn(1, channels, 5, 5, dtype=torch.double)
    bias = torch.randn(1, dtype=torch.double)

    folded = upsample2_conv5_stride2(distinct, weight, bias, shifts(side).double())
    full = functional.interpolate(expanded(distinct, side), scale_factor=2.0)

    torch.testing.assert_close(folded, functional.conv2d(full, weight, bias, stride=2), **EXACT)


@pytest.mark.parametrize("side", [1, 2, 7])
def test_gradients_of_the_hand_written_sums_match_finite_differences(side: int) -> None:
    torch.manual_seed(side)
    maps = torch.randn(2, side, side, 2, dtype=torch.double, requires_grad=True)
    weight = torch.randn(2, 2, 3, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(upsample4_conv3, (maps, weight))


@pytest.mark.parametrize("with_bias", [True, False])
def test_weighted_batch_norm_is_that_of_the_map_with_repeats(with_bias: bool) -> None:
    torch.manual_seed(0)
    side, channels = 3, 4
    once = repeats(side).double()
    weights = torch.outer(once, once)
    ours, theirs = nn.BatchNorm2d(channels).double(), nn.BatchNorm2d(channels).double()
    for norm in (ours, theirs):
        nn.init.uniform_(norm.weight, -1, 2, generator=torch.Generator().manual_seed(1))
        nn.init.normal_(norm.bias, generator=torch.Generator().manual_seed(2))
    bias = torch.randn(channels, dtype=torch.double) if with_bias else None
    for training in (True, True, False, True):
        ours.train(training)
        theirs.train(training)
        # A mean far from zero would show a variance taken by differences of large squares.
        maps = (
            torch.randn(5, distinct_side(side), distinct_side(side), channels, dtype=torch.double) * 2 + 100
        )
        mine, copy = maps.clone().requires_grad_(), maps.clone().requires_grad_()
        folded = weighted_batch_norm_relu(mine, bias, weights, (4 * side + 2) ** 2, ours)
        full = expanded(copy, side) + (0 if bias is None else bias.view(-1, 1, 1))
        literal = functional.relu(theirs(full))
        torch.testing.assert_close(expanded(folded, side), literal, **EXACT)
        probe = torch.randn_like(literal)
        (expanded(folded, side) * probe).sum().backward()
        (literal * probe).sum().backward()
        torch.testing.assert_close(mine.grad, copy.grad, **EXACT)
    for (name, mine), theirs_buffer in zip(
        ours.state_dict().items(), theirs.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(mine, theirs_buffer, **EXACT, msg=name)
    torch.testing.assert_close(ours.weight.grad, theirs.weight.grad, **EXACT)
    torch.testing.assert_close(ours.bias.grad, theirs.bias.grad, **EXACT)


Twins = tuple[ArticleGenerator, LiteralGenerator, ArticleDiscriminator, LiteralDiscriminator]


@pytest.fixture(params=["by torch's layers", "by the functions for CPUs"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways through the fast pair: the one that CUDA takes, and the one of CPUs."""
    if request.param == "by torch's layers":
        monkeypatch.setattr(article, "by_hand", lambda _: False)
    else:
        monkeypatch.setattr(article, "FEW", 1)
    return str(request.param)


@pytest.fixture
def twins(request: pytest.FixtureRequest, way: str) -> Twins:  # noqa: ARG001  # set for the fast pair
    """The fast and the literal pair with equal parameters, float64; labelled with a parameter above 0."""
    classes = getattr(request, "param", 0)
    torch.manual_seed(3)
    networks: Twins = (
        ArticleGenerator(classes).double(),
        LiteralGenerator(classes).double(),
        ArticleDiscriminator(classes).double(),
        LiteralDiscriminator(classes).double(),
    )
    networks[0].load_state_dict(networks[1].state_dict())
    networks[2].load_state_dict(networks[3].state_dict())
    return networks


def assert_same_gradients(ours: nn.Module, theirs: nn.Module) -> None:
    for (name, mine), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert mine.grad is not None, name
        torch.testing.assert_close(mine.grad, other.grad, **EXACT, msg=name)


def assert_same_state(ours: nn.Module, theirs: nn.Module) -> None:
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value, **EXACT, msg=name)


@pytest.mark.parametrize("twins", [0, 10], indirect=True)
def test_the_article_s_pair_trains_as_the_literal_one(twins: Twins) -> None:
    fast_g, literal_g, fast_d, literal_d = twins
    optimizers = [torch.optim.SGD(network.parameters(), lr=1e-3) for network in twins]
    for step in range(3):
        for optimizer in optimizers:
            optimizer.zero_grad()
        z = torch.rand(4, 64, dtype=torch.double) * (100 if step % 2 else 1)
        labels = torch.randint(0, fast_g.classes, (4,)) if fast_g.classes else None
        z_fast, z_literal = z.clone().requires_grad_(), z.clone().requires_grad_()
        images, reference = fast_g(z_fast, labels), literal_g(z_literal, labels)
        torch.testing.assert_close(images, reference, **EXACT)
        logits, expected = fast_d(images, labels), literal_d(reference, labels)
        torch.testing.assert_close(logits, expected, **EXACT)
        functional.softplus(-logits).mean().backward()
        functional.softplus(-expected).mean().backward()
        torch.testing.assert_close(z_fast.grad, z_literal.grad, **EXACT)
        assert_same_gradients(fast_g, literal_g)
        assert_same_gradients(fast_d, literal_d)
        for optimizer in optimizers:
            optimizer.step()
        assert_same_state(fast_g, literal_g)
    for network in twins:
        network.eval()
    z = torch.randn(6, 64, dtype=torch.double, requires_grad=True)
    labels = torch.arange(6) if fast_g.classes else None
    images, reference = fast_g(z, labels), literal_g(z, labels)
    torch.testing.assert_close(images, reference, **EXACT)
    before = [buffer.clone() for buffer in fast_g.buffers()]
    (mine,) = torch.autograd.grad(images.square().sum(), z)
    (theirs,) = torch.autograd.grad(reference.square().sum(), z)
    torch.testing.assert_close(mine, theirs, **EXACT)
    assert all(torch.equal(old, new) for old, new in zip(before, fast_g.buffers(), strict=True))


@pytest.mark.parametrize(("images", "calls"), [(article.FEW - 1, 0), (article.FEW, 1)])
def test_a_few_images_take_torch_s_layers(images: int, calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    written = MagicMock(wraps=article.upsampled_block)
    monkeypatch.setattr(article, "upsampled_block", written)
    drawn = ArticleGenerator()(torch.randn(images, 64))
    assert drawn.shape == (images, 1, 28, 28)
    assert written.call_count == calls


def test_state_dictionaries_are_exchangeable_both_ways(twins: Twins) -> None:
    fast_g, literal_g, fast_d, literal_d = twins
    fast_g(torch.randn(4, 64, dtype=torch.double))
    literal_g.load_state_dict(fast_g.state_dict(), strict=True)
    literal_d.load_state_dict(fast_d.state_dict(), strict=True)
    assert_same_state(fast_g, literal_g)
    assert_same_state(fast_d, literal_d)


Pass = tuple[Tensor, Tensor, dict[str, Tensor]]

# Biases before a batch normalisation have no effect: their gradient is rounding noise.
WITHOUT_EFFECT = {"linear1.bias", "linear2.bias", "linear3.bias", "conv1.bias"}


def one_pass(generator: LiteralGenerator, discriminator: LiteralDiscriminator, z: Tensor) -> Pass:
    """Images, logits and the generator's gradients."""
    images = generator(z)
    logits = discriminator(images)
    functional.softplus(-logits).mean().backward()
    gradients = {
        name: parameter.grad
        for name, parameter in generator.named_parameters()
        if parameter.grad is not None and name not in WITHOUT_EFFECT
    }
    return images.detach(), logits.detach(), gradients


def errors(measured: Pass, exact: Pass) -> dict[str, float]:
    """Relative errors by name, in the Euclidean norm."""
    pairs = {"images": (measured[0], exact[0]), "logits": (measured[1], exact[1])}
    pairs |= {name: (gradient, exact[2][name]) for name, gradient in measured[2].items()}
    return {name: float((one - other).norm() / other.norm()) for name, (one, other) in pairs.items()}


@pytest.mark.parametrize("bfloat16", [False, True])
def test_lower_precision_errs_no_more_than_the_literal_layers(bfloat16: bool) -> None:
    torch.manual_seed(4)
    networks = LiteralGenerator().double(), LiteralDiscriminator().double()
    z = torch.randn(16, 64)
    lower = []
    for classes in ((ArticleGenerator, ArticleDiscriminator), (LiteralGenerator, LiteralDiscriminator)):
        generator, discriminator = classes[0](), classes[1]()
        generator.load_state_dict(networks[0].state_dict())
        discriminator.load_state_dict(networks[1].state_dict())
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            lower.append(one_pass(generator, discriminator, z))
        assert all(gradient.dtype == torch.float32 for gradient in lower[-1][2].values())
        assert generator.norm4.running_var is not None
        assert generator.norm4.running_var.dtype == torch.float32
    exact = one_pass(*networks, z.double())
    ours, theirs = errors(lower[0], exact), errors(lower[1], exact)
    assert ours.keys() == theirs.keys()
    unit, kink = (2**-8, 0.05) if bfloat16 else (2**-23, 0.01)
    assert ours["images"] < 1.5 * theirs["images"] + unit
    assert ours["logits"] < 1.5 * theirs["logits"] + unit
    for name, error in ours.items():
        # Rounding may move a pixel over the kink of a ReLU or change the winner of a pooling, in both forms.
        assert error < 1.5 * theirs[name] + kink, name


def test_a_pass_is_deterministic(twins: Twins) -> None:
    fast_g, _, fast_d, _ = twins

    def gradients() -> list[Tensor]:
        fast_g.zero_grad()
        torch.manual_seed(5)
        fast_d(fast_g(torch.randn(8, 64, dtype=torch.double))).sum().backward()
        return [parameter.grad.clone() for parameter in fast_g.parameters() if parameter.grad is not None]

    first, second = gradients(), gradients()
    assert first
    assert all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_any_memory_format_of_the_parameters_gives_the_same(twins: Twins) -> None:
    fast_g, literal_g, fast_d, literal_d = twins
    for network in (fast_g, fast_d):
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks it
    z = torch.randn(5, 64, dtype=torch.double)
    images, reference = fast_g(z), literal_g(z)
    torch.testing.assert_close(images, reference, **EXACT)
    last = images.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(fast_d(last), literal_d(reference), **EXACT)
    fast_d(fast_g(z)).sum().backward()
    literal_d(literal_g(z)).sum().backward()
    assert_same_gradients(fast_g, literal_g)
    assert_same_gradients(fast_d, literal_d)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("make", [ArticleGenerator, LiteralGenerator])
def test_the_same_code_runs_on_cuda_and_is_captured(make: Callable[[], nn.Module]) -> None:
    torch.manual_seed(6)
    generator, discriminator = make().cuda(), ArticleDiscriminator().cuda()
    z = torch.randn(8, 64, device="cuda")
    on_cpu = make()
    on_cpu.load_state_dict(generator.state_dict())
    torch.testing.assert_close(generator(z).cpu(), on_cpu(z.cpu()), rtol=2e-3, atol=2e-3)
    side_stream = torch.cuda.Stream()
    with torch.cuda.stream(side_stream):
        for _ in range(3):
            discriminator(generator(z)).sum().backward()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        discriminator(generator(z)).sum().backward()
    graph.replay()
    torch.cuda.synchronize()
