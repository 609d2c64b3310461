"""The light pair is its layers as written: outputs, statistics and gradients, to rounding."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_tui.bench.peers.literal_light import LiteralLightDiscriminator, LiteralLightGenerator
from gan_tui.networks.base import NetworkError
from gan_tui.networks.light import LightDiscriminator, LightGenerator

EXACT = {"rtol": 1e-10, "atol": 1e-10}


Networks = tuple[LightGenerator, LightDiscriminator]


def both_forms(classes: int, seed: int = 0) -> dict[str, Networks]:
    """The pair by its passes and as written, with equal weights."""
    torch.manual_seed(seed)
    ours = LightGenerator(classes), LightDiscriminator(classes)
    torch.manual_seed(seed)
    return {"ours": ours, "literal": (LiteralLightGenerator(classes), LiteralLightDiscriminator(classes))}


def gradients(module: nn.Module) -> dict[str, Tensor]:
    found = {name: p.grad.clone() for name, p in module.named_parameters() if p.grad is not None}
    module.zero_grad()
    return found


@pytest.mark.parametrize("classes", [0, 10])
@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("training", [True, False])
def test_both_are_their_layers(classes: int, count: int, layout: torch.memory_format, training: bool) -> None:
    labels = torch.arange(count) % classes if classes else None
    results = []
    for generator, discriminator in both_forms(classes).values():
        for network in (generator, discriminator):
            network.double().to(memory_format=layout)  # type: ignore[call-overload]  # torch's stub lacks it
            network.train(training)
        torch.manual_seed(1)
        z = torch.randn(count, 64, dtype=torch.double, requires_grad=True)
        images = generator(z, labels)
        images.retain_grad()
        logits = discriminator(images, labels)
        functional.softplus(-logits).mean().backward()
        assert z.grad is not None
        assert images.grad is not None
        results.append(
            {"images": images.detach(), "logits": logits.detach(), "dz": z.grad, "dx": images.grad}
            | {f"generator {name}": g for name, g in gradients(generator).items()}
            | {f"discriminator {name}": g for name, g in gradients(discriminator).items()}
            | {f"buffer {name}": b.clone() for name, b in generator.named_buffers()}
        )
    ours, theirs = results
    assert ours.keys() == theirs.keys()
    for name in theirs:
        torch.testing.assert_close(
            ours[name], theirs[name], **EXACT, msg=lambda text, name=name: f"{name}: {text}"
        )


def test_a_frozen_discriminator_gets_no_gradients_and_passes_them_on() -> None:
    discriminator = LightDiscriminator().requires_grad_(False)
    images = torch.rand(2, 1, 28, 28, requires_grad=True)
    discriminator(images).sum().backward()
    assert images.grad is not None
    assert all(parameter.grad is None for parameter in discriminator.parameters())


def test_one_backward_frees_what_was_kept_and_two_are_refused_unless_asked_for() -> None:
    discriminator = LightDiscriminator(3)
    logits = discriminator(torch.rand(4, 1, 28, 28), torch.tensor([0, 1, 2, 0]))
    logits.sum().backward(retain_graph=True)
    once = gradients(discriminator)
    logits.sum().backward()
    for name, gradient in gradients(discriminator).items():
        assert torch.equal(gradient, once[name])
    with pytest.raises(RuntimeError, match="second time"):
        logits.sum().backward()


@pytest.mark.parametrize("batch", [3, 64])
def test_a_training_step_is_that_of_the_layers_in_single_precision(batch: int) -> None:
    forms = both_forms(10, seed=3)
    z, labels = torch.randn(batch, 64), torch.arange(batch) % 10
    mine, written = (generator(z, labels) for generator, _ in forms.values())
    torch.testing.assert_close(mine, written, rtol=1e-4, atol=1e-5)
    images = torch.rand(batch, 1, 28, 28)
    mine, written = (discriminator(images, labels) for _, discriminator in forms.values())
    torch.testing.assert_close(mine, written, rtol=1e-4, atol=1e-3)


def test_the_same_work_twice_gives_the_same_bits() -> None:
    torch.manual_seed(4)
    discriminator = LightDiscriminator(10)
    images, labels = torch.rand(64, 1, 28, 28), torch.arange(64) % 10
    found = []
    for _ in range(2):
        functional.softplus(discriminator(images, labels)).mean().backward()
        found.append(gradients(discriminator))
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_under_autocast_the_layers_compute() -> None:
    generator, discriminator = LightGenerator(10), LightDiscriminator(10)
    labels = torch.arange(4) % 10
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = discriminator(generator(torch.randn(4, 64), labels), labels)
    assert logits.dtype == torch.float32
    logits.sum().backward()
    assert all(parameter.grad is not None for parameter in discriminator.parameters())


def test_gradients_are_the_same_wherever_they_are_asked_for() -> None:
    torch.manual_seed(6)
    generator, discriminator = LightGenerator(10), LightDiscriminator(10)
    labels, z = torch.arange(4) % 10, torch.randn(4, 64)
    trained = [*generator.parameters(), *discriminator.parameters()]
    found = []
    for within in (False, True):
        logits = discriminator(generator(z, labels), labels)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=within):
            found.append(torch.autograd.grad(logits.sum(), trained))
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


def test_labels_that_are_missing_are_missed() -> None:
    with pytest.raises(NetworkError, match="one label an image"):
        LightDiscriminator(10)(torch.rand(2, 1, 28, 28))
    with pytest.raises(NetworkError, match="one label an image"):
        LightGenerator(10)(torch.randn(2, 64))


def test_images_drawn_without_gradients_are_the_same_and_keep_nothing() -> None:
    torch.manual_seed(5)
    generator = LightGenerator().eval()
    z = torch.randn(3, 64)
    expected = generator(z)
    with torch.inference_mode():
        assert torch.equal(generator(z), expected)
    # What is made in inference mode must not be met again by training.
    generator.train()(z).sum().backward()
