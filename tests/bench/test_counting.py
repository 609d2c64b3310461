"""The work of a step: by hand for the article's pair, and by torch's own counter for every pair."""

import msgspec
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from gan_tui.bench import counting
from gan_tui.bench.counting import Form, Layer, Product, StepCount, layers, of_step
from gan_tui.bench.errors import BenchError
from gan_tui.config.recipes import RECIPES
from gan_tui.config.run_config import RunConfig
from gan_tui.config.sources import combine
from gan_tui.networks import Discriminator, Generator, Pair, pair_named
from gan_tui.networks.literal import LiteralDiscriminator, LiteralGenerator


def named(recipe: str, **changes: object) -> RunConfig:
    return combine({"recipe": recipe, **changes})


def pair_of(config: RunConfig) -> Pair:
    return pair_named(config.networks)


def literal(pair: Pair) -> tuple[Generator, Discriminator]:
    """The networks as written, on no device: shapes alone are computed, by torch's own layers."""
    classes = pair.classes if pair.labelled else 0
    with torch.device("meta"):
        if pair.name.startswith("article"):
            return LiteralGenerator(classes), LiteralDiscriminator(classes)
        return pair.make_generator(), pair.make_discriminator()


def by_name(found: tuple[Layer, ...]) -> dict[str, Layer]:
    return {layer.name: layer for layer in found}


# By hand, from the article's text. Generator: 64 → 128 → 1152 → 6272 = 128·7², upsampled to 28², conv 3×3
# padding 2 to 64·30², upsampled to 60², conv 5×5 stride 2 to 28² (which never reads the 60th row).
WRITTEN_G = (
    Layer("linear1", 8_192, 8_192, 64, 128),
    Layer("linear2", 147_456, 147_456, 128, 1152),
    Layer("linear3", 7_225_344, 7_225_344, 1152, 6272),
    Layer("conv1", 66_355_200, 73_728, 128 * 28 * 28, 64 * 30 * 30),
    Layer("conv2", 1_254_400, 1_600, 64 * 59 * 59, 28 * 28),
)
# Folded: nine products for each of 7² pixels; nine for each of the 23² distinct pixels.
COMPUTED_G = (
    *WRITTEN_G[:3],
    Layer("conv1", 128 * 64 * 9 * 49, 73_728, 128 * 49, 64 * 23 * 23),
    Layer("conv2", 9 * 64 * 529, 1_600, 64 * 23 * 23, 28 * 28),
)
# Discriminator: 28² → conv 3×3 to 32·26² → 13² → conv 3×3 to 64·11² → 5² → 1600 → 1024 → 128 → 1.
WRITTEN_D = (
    Layer("conv1", 288 * 676, 288, 784, 32 * 26 * 26),
    Layer("conv2", 18_432 * 121, 18_432, 32 * 13 * 13, 64 * 11 * 11),
    Layer("linear1", 1_638_400, 1_638_400, 1600, 1024),
    Layer("linear2", 131_072, 131_072, 1024, 128),
    Layer("linear3", 128, 128, 128, 1),
)
# What the second pooling drops is not computed: 26² → 24² → 12² → 10² → 5².
COMPUTED_D = (
    Layer("conv1", 288 * 576, 288, 26 * 26, 32 * 24 * 24),
    Layer("conv2", 18_432 * 100, 18_432, 32 * 12 * 12, 64 * 10 * 10),
    *WRITTEN_D[2:],
)

# Weights, biases, and two numbers a channel or value for each batch norm.
G_PARAMETERS = (8_192 + 128 + 256) + (147_456 + 3 * 1152) + (7_225_344 + 3 * 6272) + (73_728 + 3 * 64) + 1_601
D_PARAMETERS = (288 + 32) + (18_432 + 64) + (1_638_400 + 1024) + (131_072 + 128) + (128 + 1)


def test_the_article_s_layers_by_hand() -> None:
    pair = pair_named("article")
    generator, discriminator = pair.make_generator(), pair.make_discriminator()
    assert layers(generator, "written") == WRITTEN_G
    assert layers(generator, "computed") == COMPUTED_G
    assert layers(discriminator, "written") == WRITTEN_D
    assert layers(discriminator, "computed") == COMPUTED_D
    both = (WRITTEN_G, COMPUTED_G, WRITTEN_D, COMPUTED_D)
    totals = [sum(layer.multiply_adds for layer in one) for one in both]
    assert totals == [74_990_592, 11_298_368, 4_194_560, 3_778_688]


def test_the_light_pair_s_layers_by_hand() -> None:
    pair = pair_named("light-labelled")
    assert layers(pair.make_generator(), "computed") == (
        Layer("linear", 74 * 1568, 74 * 1568, 74, 1568),
        Layer("conv1", 32 * 16 * 16 * 49, 8192, 1568, 16 * 196),
        Layer("conv2", 16 * 16 * 196, 256, 16 * 196, 784),
    )
    assert layers(pair.make_discriminator(), "written") == (
        Layer("conv1", 256 * 196, 256, 784, 16 * 196),
        Layer("conv2", 8192 * 49, 8192, 16 * 196, 1568),
        Layer("linear", 1568, 1568, 1568, 1),
        Layer("projection", 15_680, 15_680, 1568, 10),
    )


@pytest.mark.parametrize("name", ["article-labelled", "light-labelled"])
def test_sizes_are_those_that_pass_through_the_layers(name: str) -> None:
    """A look at each layer while an image passes; the row that a strided convolution never reads is cut."""
    pair = pair_named(name)
    seen: dict[str, tuple[int, int]] = {}

    def watch(prefix: str, network: nn.Module) -> None:
        for part_name, part in network.named_modules():
            if isinstance(part, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):

                def hook(_: nn.Module, given: tuple[Tensor], out: Tensor, key: str = part_name) -> None:
                    seen[f"{prefix}.{key}"] = (given[0][0].numel(), out[0].numel())

                part.register_forward_hook(hook)

    generator, discriminator = literal(pair)
    watch("G", generator)
    watch("D", discriminator)
    labels = torch.zeros(2, dtype=torch.long, device="meta")
    discriminator(generator(torch.empty(2, pair.latent, device="meta"), labels), labels)
    counted = {
        f"{player}.{layer.name}": (layer.inputs, layer.outputs)
        for player, network in (("G", generator), ("D", discriminator))
        for layer in layers(network, "written")
    }
    convolutions = {name for name in counted if "conv" in name}
    assert convolutions <= set(seen), "a convolution was not seen"
    for layer, sizes in seen.items():
        expected = (64 * 60 * 60, 784) if layer == "G.conv2" and "article" in name else counted[layer]
        assert sizes == expected, layer


def torch_counts(config: RunConfig) -> int:
    """Multiply-adds of a step of the literal networks, by torch's counter of the operations it runs."""
    pair = pair_of(config)
    generator, discriminator = literal(pair)
    d_batch, g_batch = config.d_batch, config.g_batch

    def labels(count: int) -> Tensor:
        return torch.zeros(count, dtype=torch.long, device="meta")

    def fakes(count: int) -> Tensor:
        drawn: Tensor = generator(torch.empty(count, pair.latent, device="meta"), labels(count))
        return drawn

    def learn(images: Tensor) -> None:
        functional.softplus(discriminator(images, labels(len(images)))).mean().backward()

    def freeze(frozen: bool) -> None:
        for parameter in discriminator.parameters():
            parameter.requires_grad_(not frozen)

    shared = config.share_fakes and g_batch >= d_batch and config.d_steps > 0 and config.g_steps > 0
    kept: Tensor | None = None
    with FlopCounterMode(display=False) as counter:
        for number in range(config.d_steps):
            reals = torch.empty(d_batch, *pair.image_shape, device="meta")
            if shared and number == config.d_steps - 1:
                kept = fakes(g_batch)
                drawn = kept[:d_batch].detach()
            else:
                with torch.no_grad():
                    drawn = fakes(d_batch)
            if config.split_d_update:
                learn(reals)
                learn(drawn)
            else:
                learn(torch.cat([reals, drawn]))
        for _ in range(config.g_steps):
            freeze(True)
            learn(fakes(g_batch) if kept is None else kept)
            freeze(False)
            kept = None
    flops = counter.get_total_flops()
    assert flops % 2 == 0
    return flops // 2


@pytest.mark.parametrize("ratio", [(1, 1), (1, 5), (5, 1), (2, 0), (0, 2)])
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_step_as_written_is_what_torch_counts(recipe: str, ratio: tuple[int, int]) -> None:
    config = named(recipe, d_steps=ratio[0], g_steps=ratio[1], d_batch=6, g_batch=10)
    count = of_step(config, pair_of(config), "written")
    assert count.totals().multiply_adds == torch_counts(config)


@pytest.mark.parametrize("d_batch", [4, 8])
def test_fakes_are_drawn_once_where_both_may_use_them(d_batch: int) -> None:
    together = named("balanced", d_batch=d_batch, g_batch=6)
    apart = msgspec.structs.replace(together, share_fakes=False)
    pair = pair_of(together)
    saved = of_step(apart, pair).totals().forward - of_step(together, pair).totals().forward
    # Six are enough for D's four, not for its eight.
    assert saved == (4 * 11_298_368 if d_batch == 4 else 0)


def product(count: StepCount, player: str, layer: str, direction: str) -> list[Product]:
    return [
        one for one in count.products if (one.player, one.layer, one.direction) == (player, layer, direction)
    ]


def test_the_article_s_step_by_hand() -> None:
    config = named("article")
    count = of_step(config, pair_of(config))
    g, d, g_first, d_first = 11_298_368, 3_778_688, 8_192, 288 * 576
    totals = count.totals()
    d_update = 16 * g + 32 * (3 * d - d_first)
    g_update = 256 * (3 * g - g_first + 2 * d)
    assert totals.multiply_adds == d_update + 2 * g_update
    assert totals.multiply_adds == totals.forward + totals.inputs + totals.weights == totals.g + totals.d
    assert totals.forward == 16 * g + 32 * d + 512 * (g + d)
    assert totals.weights == 32 * d + 512 * g, "D's weights get no gradient while G learns"
    assert not product(count, "G", "linear1", "inputs"), "noise needs no gradient"
    assert [one.images * one.times for one in product(count, "D", "conv1", "inputs")] == [512], (
        "images get a gradient where G learns, not where D does"
    )
    # Two Adams an update of D, for it goes in two halves; no running average.
    assert {one.name: one.bytes * one.times for one in count.passes} == {
        "Adam D": 2 * 28 * D_PARAMETERS,
        "Adam G": 2 * 28 * G_PARAMETERS,
    }
    assert totals.bytes == totals.product_bytes + totals.update_bytes
    assert totals.update_bytes == sum(one.bytes * one.times for one in count.passes)


def test_bytes_of_a_product_by_hand() -> None:
    config = named("balanced")
    count = of_step(config, pair_of(config))
    conv1 = 4 * (73_728 + 64 * (128 * 49 + 64 * 529))
    for direction in ("forward", "inputs", "weights"):
        assert [one.bytes for one in product(count, "G", "conv1", direction)] == [conv1]
    half = of_step(config, pair_of(config), "computed", 2)
    assert half.totals().product_bytes * 2 == count.totals().product_bytes
    assert half.totals().update_bytes == count.totals().update_bytes
    assert {one.name for one in count.passes} == {"Adam D", "Adam G", "average"}
    average = next(one for one in count.passes if one.name == "average")
    assert average.bytes == 12 * G_PARAMETERS


def test_folding_saves_six_of_seven_in_the_article_s_generator() -> None:
    config = named("article")
    forms: tuple[Form, Form] = ("written", "computed")
    written, computed = (of_step(config, pair_of(config), form).totals() for form in forms)
    assert written.d / computed.d == pytest.approx(4_194_560 / 3_778_688, rel=0.01)
    assert written.g / computed.g == pytest.approx(74_990_592 / 11_298_368, rel=0.01)


def test_a_count_is_json() -> None:
    config = named("swift")
    count = of_step(config, pair_of(config))
    back = msgspec.json.decode(msgspec.json.encode(count), type=StepCount)
    assert back == count
    assert msgspec.to_builtins(count.totals())["multiply_adds"] > 0


def test_counting_leaves_the_random_state_alone() -> None:
    config = named("swift")
    before = torch.get_rng_state()
    of_step(config, pair_of(config))
    assert torch.equal(torch.get_rng_state(), before)


class Odd(nn.Module):
    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part


@pytest.mark.parametrize(
    ("part", "count"),
    [
        (nn.Conv2d(2, 3, 3), 54 * 7),  # seven pixels are no square
        (nn.Conv2d(2, 3, 3, padding="same"), 54 * 9),
        (nn.Conv1d(2, 3, 3), 18 * 4),
        (nn.ReLU(), 5),
    ],
)
def test_a_layer_that_cannot_be_counted_is_told(part: nn.Module, count: int) -> None:
    with pytest.raises(BenchError, match="counted"):
        counting._layer(Odd(part), "part", count, None)
