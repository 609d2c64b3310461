"""Every pair of the table: it builds, draws, judges and learns; and the article's is the article's."""

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from gan_tui.networks import PAIRS, NetworkError, Pair, multiply_adds, pair_named, parameters_count
from gan_tui.networks.base import one_hot
from gan_tui.networks.literal import LiteralDiscriminator, LiteralGenerator
from gan_tui.networks.projection import Projection, with_labels

ARTICLE_GENERATOR = {
    "linear1.weight": (128, 64),
    "linear2.weight": (1152, 128),
    "linear3.weight": (6272, 1152),
    "conv1.weight": (64, 128, 3, 3),
    "conv2.weight": (1, 64, 5, 5),
}
ARTICLE_DISCRIMINATOR = {
    "conv1.weight": (32, 1, 3, 3),
    "conv2.weight": (64, 32, 3, 3),
    "linear1.weight": (1024, 1600),
    "linear2.weight": (128, 1024),
    "linear3.weight": (1, 128),
}

pairs = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS.keys())


def draw(pair: Pair, count: int) -> tuple[torch.Tensor, torch.Tensor | None]:
    return torch.randn(count, pair.latent), torch.arange(count) % pair.classes if pair.labelled else None


@pairs
def test_a_pair_draws_judges_and_learns(pair: Pair) -> None:
    torch.manual_seed(0)
    generator, discriminator = pair.make_generator(), pair.make_discriminator()
    z, labels = draw(pair, 12)
    images = generator(z, labels)
    assert images.shape == (12, *pair.image_shape)
    assert images.min() >= 0
    assert images.max() <= 1
    logits = discriminator(images, labels)
    assert logits.shape == (12,)
    functional.softplus(-logits).mean().backward()
    for module in (generator, discriminator):
        for name, parameter in module.named_parameters():
            assert parameter.grad is not None, name
            assert torch.isfinite(parameter.grad).all(), name


@pairs
def test_a_discriminator_learns_to_tell_two_images_apart(pair: Pair) -> None:
    torch.manual_seed(1)
    discriminator = pair.make_discriminator()
    optimizer = torch.optim.Adam(discriminator.parameters(), 2e-3)
    images = torch.rand(2, *pair.image_shape).repeat(8, 1, 1, 1)
    truth = torch.tensor([0.0, 1.0]).repeat(8)
    labels = torch.zeros(16, dtype=torch.long) if pair.labelled else None
    for _ in range(40):
        optimizer.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(discriminator(images, labels), truth)
        loss.backward()
        optimizer.step()
    assert loss < 0.3


@pairs
def test_labels_matter_where_they_should(pair: Pair) -> None:
    torch.manual_seed(2)
    generator, discriminator = pair.make_generator().eval(), pair.make_discriminator().eval()
    z = torch.randn(1, pair.latent).repeat(2, 1)
    images = torch.rand(1, *pair.image_shape).repeat(2, 1, 1, 1)
    labels = torch.tensor([0, pair.classes - 1])
    drawn, logits = generator(z, labels), discriminator(images, labels)
    assert pair.labelled != torch.allclose(drawn[0], drawn[1], atol=1e-6)
    assert pair.labelled != torch.allclose(logits[0], logits[1], atol=1e-6)


@pairs
def test_a_labelled_pair_wants_labels(pair: Pair) -> None:
    generator, discriminator = pair.make_generator().eval(), pair.make_discriminator().eval()
    if not pair.labelled:
        generator(torch.randn(2, pair.latent))
        discriminator(torch.rand(2, *pair.image_shape))
        return
    with pytest.raises(NetworkError, match="label"):
        generator(torch.randn(2, pair.latent))
    with pytest.raises(NetworkError, match="label"):
        discriminator(torch.rand(2, *pair.image_shape))


@pairs
def test_a_seed_makes_the_same_pair_again(pair: Pair) -> None:
    def made() -> list[torch.Tensor]:
        torch.manual_seed(7)
        return [
            *pair.make_generator().state_dict().values(),
            *pair.make_discriminator().state_dict().values(),
        ]

    assert all(torch.equal(one, other) for one, other in zip(made(), made(), strict=True))


@pairs
def test_bfloat16_gives_float32_images_and_logits(pair: Pair) -> None:
    torch.manual_seed(3)
    generator, discriminator = pair.make_generator(), pair.make_discriminator()
    z, labels = draw(pair, 4)
    with torch.autocast("cpu", torch.bfloat16):
        images = generator(z, labels)
        logits = discriminator(images, labels)
    assert images.dtype == logits.dtype == torch.float32
    logits.sum().backward()


def test_the_article_s_parameters_have_the_article_s_shapes() -> None:
    pair = PAIRS["article"]
    generator, discriminator = pair.make_generator(), pair.make_discriminator()
    for module, shapes in ((generator, ARTICLE_GENERATOR), (discriminator, ARTICLE_DISCRIMINATOR)):
        state = module.state_dict()
        for name, shape in shapes.items():
            assert state[name].shape == shape
            assert state[name.replace("weight", "bias")].shape == shape[:1]
    norms = sum(2 * size for size in (128, 1152, 6272, 64))
    weights = sum(torch.Size(shape).numel() + shape[0] for shape in ARTICLE_GENERATOR.values())
    assert parameters_count(generator) == weights + norms == 7_479_169
    weights = sum(torch.Size(shape).numel() + shape[0] for shape in ARTICLE_DISCRIMINATOR.values())
    assert parameters_count(discriminator) == weights == 1_789_569


def test_data_of_other_classes_is_fitted() -> None:
    pair = PAIRS["light-labelled"].for_classes(47)
    labels = torch.tensor([0, 46])
    images = pair.make_generator()(torch.randn(2, pair.latent), labels)
    assert pair.make_discriminator()(images, labels).shape == (2,)
    with pytest.raises(NetworkError, match="at least one class"):
        pair.for_classes(0)


def test_an_unknown_pair_is_named_with_those_there_are() -> None:
    assert pair_named("light") is PAIRS["light"]
    with pytest.raises(NetworkError, match=r"'huge'.*article.*light-labelled"):
        pair_named("huge")


def test_projection_is_the_inner_product_with_the_label_s_embedding() -> None:
    torch.manual_seed(4)
    projection = Projection(features=6, classes=3)
    features, labels = torch.randn(5, 6), torch.tensor([0, 2, 1, 2, 0])
    expected = torch.stack([features[i] @ projection.embedding[label] for i, label in enumerate(labels)])
    torch.testing.assert_close(projection(features, labels), expected)


def test_the_labelled_discriminator_adds_the_projection_to_the_plain_one() -> None:
    torch.manual_seed(5)
    labelled = LiteralDiscriminator(10)
    plain = LiteralDiscriminator()
    plain.load_state_dict({k: v for k, v in labelled.state_dict().items() if not k.startswith("projection")})
    images, labels = torch.rand(4, 1, 28, 28), torch.tensor([3, 1, 9, 0])
    assert labelled.projection is not None
    added = labelled.projection(labelled.features(images), labels)
    torch.testing.assert_close(labelled(images, labels), plain(images) + added)


def test_one_hot_is_torch_s() -> None:
    labels = torch.tensor([4, 0, 3])
    assert torch.equal(one_hot(labels, 5, torch.float32), functional.one_hot(labels, 5).float())
    z = torch.randn(3, 2)
    assert torch.equal(with_labels(z, labels, 5), torch.cat([z, functional.one_hot(labels, 5)], 1))
    assert with_labels(z, None, 0) is z


def counted(module: nn.Module, *inputs: torch.Tensor | None) -> int:
    """Multiply-adds that torch counts in a forward pass for one image."""
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        module.eval()(*inputs)
    return counter.get_total_flops() // 2


@pairs
def test_multiply_adds_are_those_that_torch_counts(pair: Pair) -> None:
    z, labels = draw(pair, 1)
    ours = multiply_adds(pair)
    generated = counted(pair.make_generator(), z, labels)
    if pair.name.startswith("article"):
        # The sums of single-channel maps by a matrix of zeros and ones are torch's count, not ours.
        generated -= 23 * 69 * 28 * 3 + 69 * 28 * 28
    judged = counted(pair.make_discriminator(), torch.rand(1, *pair.image_shape), labels)
    if pair.name.startswith("article"):
        # Zeros around the kernel, where it does not fill a pooled pixel's patch, and the bias as a tap.
        judged -= 4 * (17 - 9) * 32 * 12**2
    else:
        # The bias is a tap. The product with an image's own vector is none of matrices, which torch counts.
        judged -= 16 * 14**2
        judged += ours["discriminator"]["linear"] + ours["discriminator"].get("projection", 0)
    assert sum(ours["generator"].values()) == generated
    assert sum(ours["discriminator"].values()) == judged


def test_folding_saves_what_it_claims() -> None:
    literal, folded = LiteralGenerator().multiply_adds(), multiply_adds(PAIRS["article"])["generator"]
    assert sum(literal.values()) == counted(LiteralGenerator(), torch.randn(1, 64))
    assert 74e6 < sum(literal.values()) < 76e6
    assert sum(folded.values()) < 11.5e6
