"""The light pair is its layers as written: outputs, statistics and gradients, to rounding."""

from functools import partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_tui.networks.light import LightDiscriminator, LightGenerator
from gan_tui.networks.one_channel import conv_leaky_relu, conv_transpose, gather_taps, spread_taps

EXACT = {"rtol": 1e-10, "atol": 1e-10}


def literal_images(generator: LightGenerator, z: Tensor, labels: Tensor | None) -> Tensor:
    if labels is not None:
        z = torch.cat([z, functional.one_hot(labels, generator.classes).to(z.dtype)], dim=1)
    x = functional.relu(generator.norm1(generator.linear(z).view(-1, 32, 7, 7)))
    x = functional.relu(generator.norm2(generator.conv1(x)))
    return torch.sigmoid(generator.conv2(x))


def literal_logits(discriminator: LightDiscriminator, images: Tensor, labels: Tensor | None) -> Tensor:
    x = functional.leaky_relu(discriminator.conv1(2 * images - 1), 0.2)
    x = functional.leaky_relu(discriminator.conv2(x), 0.2).flatten(1)
    logits: Tensor = discriminator.linear(x).squeeze(1)
    if discriminator.projection is not None:
        logits = logits + discriminator.projection(x, labels)
    return logits


def gradients(module: nn.Module) -> dict[str, Tensor]:
    found = {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
    module.zero_grad()
    return found


@pytest.mark.parametrize("classes", [0, 10])
@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("training", [True, False])
def test_both_are_their_layers(classes: int, count: int, layout: torch.memory_format, training: bool) -> None:
    torch.manual_seed(0)
    generator, discriminator = LightGenerator(classes).double(), LightDiscriminator(classes).double()
    for network in (generator, discriminator):
        network.to(memory_format=layout)  # type: ignore[call-overload]  # torch's stub lacks it
        network.train(training)
    labels = torch.arange(count) % classes if classes else None
    z = torch.randn(count, 64, dtype=torch.double, requires_grad=True)
    results = []
    before = {name: buffer.clone() for name, buffer in generator.named_buffers()}
    for literal in (False, True):
        generator.load_state_dict(before, strict=False)
        images = literal_images(generator, z, labels) if literal else generator(z, labels)
        images.retain_grad()
        judge = partial(literal_logits, discriminator) if literal else discriminator
        logits = judge(images, labels)
        functional.softplus(-logits).mean().backward()
        assert z.grad is not None
        assert images.grad is not None
        results.append(
            {"images": images.detach(), "logits": logits.detach(), "dz": z.grad, "dx": images.grad}
            | {f"generator {name}": g for name, g in gradients(generator).items()}
            | {f"discriminator {name}": g for name, g in gradients(discriminator).items()}
            | {f"buffer {name}": b.clone() for name, b in generator.named_buffers()}
        )
        z.grad = None
    ours, theirs = results
    assert ours.keys() == theirs.keys()
    for name in theirs:
        torch.testing.assert_close(
            ours[name], theirs[name], **EXACT, msg=lambda text, name=name: f"{name}: {text}"
        )


def test_torch_confirms_the_gradients_of_one_channel() -> None:
    torch.manual_seed(1)
    images = torch.randn(2, 1, 6, 4, dtype=torch.double, requires_grad=True)
    maps = torch.randn(2, 3, 3, 2, dtype=torch.double, requires_grad=True)
    weight = torch.randn(3, 1, 4, 4, dtype=torch.double, requires_grad=True)
    many, one = (torch.randn(size, dtype=torch.double, requires_grad=True) for size in (3, 1))
    assert torch.autograd.gradcheck(lambda *args: conv_leaky_relu(*args, 0.2), (images, weight, many))
    assert torch.autograd.gradcheck(conv_transpose, (maps, weight, one))


def test_spreading_and_gathering_are_transposes() -> None:
    torch.manual_seed(2)
    maps, weight = torch.randn(3, 4, 5, 2, dtype=torch.double), torch.randn(4, 1, 4, 4, dtype=torch.double)
    images = torch.randn(3, 1, 10, 4, dtype=torch.double)
    taps, sums = gather_taps(images, maps)
    torch.testing.assert_close((spread_taps(maps, weight) * images).sum(), (taps * weight).sum(), **EXACT)
    torch.testing.assert_close(sums, maps.sum(dim=(0, 2, 3)), **EXACT)


def test_a_frozen_discriminator_gets_no_gradients_and_passes_them_on() -> None:
    discriminator = LightDiscriminator().requires_grad_(False)
    images = torch.rand(2, 1, 28, 28, requires_grad=True)
    discriminator(images).sum().backward()
    assert images.grad is not None
    assert all(parameter.grad is None for parameter in discriminator.parameters())
