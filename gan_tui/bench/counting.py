"""The multiply-adds and bytes of a training step, counted from the layers of its networks.

What is counted: the matrix products of the layers that ``multiply_adds()`` names, each in up to three
directions (forward; the gradient to its inputs; the gradient to its weights), as often as a step of the
settings needs them. Each product reads its two factors and writes its result once, and nothing else touches
memory: batch norm, ReLU, pooling, losses, noise and the gathering of a batch are taken to ride along, which
the best of kernels could do. Adam reads parameter, gradient and two moments and writes three of them; the
running average reads two and writes one. So the multiply-adds are a lower bound of what any program must do
that computes a step in this form, and the bytes one for a program that goes layer by layer; one that keeps a
map in the cache from one layer to the next moves less.

Two forms: ``written`` is the networks as their source writes them, layer by layer (``literal.py``);
``computed`` is the form that trains, in which the article's generator works on distinct pixels.
"""

import math
from collections.abc import Iterable
from typing import Final, Literal

import msgspec
import torch
from torch import nn

from gan_tui.bench.errors import BenchError
from gan_tui.config.run_config import RunConfig
from gan_tui.networks import Discriminator, Generator, Pair
from gan_tui.networks.article import ArticleGenerator
from gan_tui.networks.folding import distinct_side
from gan_tui.networks.literal import SEED_SIDE as ARTICLE_SEED_SIDE
from gan_tui.networks.literal import LiteralDiscriminator, LiteralGenerator
from gan_tui.networks.pairs import parameters_count
from gan_tui.networks.projection import Projection
from gan_tui.training.graphs.plan import shares_fakes

Form = Literal["computed", "written"]
Player = Literal["G", "D"]
Direction = Literal["forward", "inputs", "weights"]

PARAMETER_BYTES: Final = 4
"""Parameters, moments and averages are float32 whatever the arithmetic of the products."""
ADAM_PASSES: Final = 7
"""Over all parameters: read p, g, m and v, write p, m and v."""
AVERAGE_PASSES: Final = 3
"""Over all parameters of G: read the average and p, write the average."""


class Layer(msgspec.Struct, frozen=True):
    """One layer, for one image: multiply-adds of its product, and how many numbers it takes and gives.

    Attributes:
        name: as ``multiply_adds()`` has it. weights: numbers in its weight. inputs, outputs: an image.
    """

    name: str
    multiply_adds: int
    weights: int
    inputs: int
    outputs: int


class Product(msgspec.Struct, frozen=True):
    """One layer's product in one direction, as a step makes it ``times`` times over ``images`` images.

    Attributes:
        multiply_adds, bytes: of one of those times.
    """

    player: Player
    layer: str
    direction: Direction
    images: int
    times: int
    multiply_adds: int
    bytes: int


class Pass(msgspec.Struct, frozen=True):
    """Work that only moves memory: ``name`` ("Adam D", "Adam G" or "average"), bytes each time, and times."""

    name: str
    bytes: int
    times: int


class Totals(msgspec.Struct, frozen=True):
    """Sums over a step.

    Attributes:
        multiply_adds: all. forward, inputs, weights: those of each direction. g, d: those in each network.
        bytes: all. product_bytes, update_bytes: of the products, and of Adam and the running average.
    """

    multiply_adds: int
    forward: int
    inputs: int
    weights: int
    g: int
    d: int
    bytes: int
    product_bytes: int
    update_bytes: int


class StepCount(msgspec.Struct, frozen=True):
    """All that one step must do, in one form."""

    form: Form
    products: tuple[Product, ...]
    passes: tuple[Pass, ...]

    def totals(self) -> Totals:
        """The sums."""

        def adds(**wanted: str) -> int:
            return sum(
                product.times * product.multiply_adds
                for product in self.products
                if all(getattr(product, name) == value for name, value in wanted.items())
            )

        moved = sum(product.times * product.bytes for product in self.products)
        updates = sum(one.times * one.bytes for one in self.passes)
        return Totals(
            multiply_adds=adds(),
            forward=adds(direction="forward"),
            inputs=adds(direction="inputs"),
            weights=adds(direction="weights"),
            g=adds(player="G"),
            d=adds(player="D"),
            bytes=moved + updates,
            product_bytes=moved,
            update_bytes=updates,
        )


def of_step(config: RunConfig, pair: Pair, form: Form = "computed", value_bytes: int = 4) -> StepCount:
    """Count a step: ``d_steps`` updates of D and ``g_steps`` of G, as the engine makes them.

    D learns from ``d_batch`` real and as many generated images and passes no gradient on to them; G learns
    through D, whose own weights get no gradient then; no network's first layer passes a gradient on to noise
    or, where D learns, to images. Where ``share_fakes`` lets the last D update and the first G update share
    their images, these are drawn once. ``split_d_update`` makes two of each pass and Adam of a D update.

    Args:
        config: batches, counts, ``share_fakes``, ``split_d_update`` and ``ema``.
        pair: the networks.
        form: of the networks.
        value_bytes: of one number in a product: 4 in float32, 2 in bfloat16.

    Raises:
        BenchError: a layer is of a kind that is not known here.
    """
    generator, discriminator = _networks(pair)
    g_layers, d_layers = layers(generator, form), layers(discriminator, form)
    d_steps, g_steps, d_batch, g_batch = config.d_steps, config.g_steps, config.d_batch, config.g_batch
    shared = int(shares_fakes(config))
    halves, seen = (2, d_batch) if config.split_d_update else (1, 2 * d_batch)
    g_inner, d_inner = g_layers[1:], d_layers[1:]
    products = [
        *_products("G", "forward", g_layers, d_batch, d_steps - shared, value_bytes),
        *_products("D", "forward", d_layers, seen, d_steps * halves, value_bytes),
        *_products("D", "inputs", d_inner, seen, d_steps * halves, value_bytes),
        *_products("D", "weights", d_layers, seen, d_steps * halves, value_bytes),
        *_products("G", "forward", g_layers, g_batch, g_steps, value_bytes),
        *_products("D", "forward", d_layers, g_batch, g_steps, value_bytes),
        *_products("D", "inputs", d_layers, g_batch, g_steps, value_bytes),
        *_products("G", "inputs", g_inner, g_batch, g_steps, value_bytes),
        *_products("G", "weights", g_layers, g_batch, g_steps, value_bytes),
    ]
    g_bytes, d_bytes = (parameters_count(one) * PARAMETER_BYTES for one in (generator, discriminator))
    passes = [
        Pass("Adam D", ADAM_PASSES * d_bytes, d_steps * halves),
        Pass("Adam G", ADAM_PASSES * g_bytes, g_steps),
        Pass("average", AVERAGE_PASSES * g_bytes, g_steps if config.ema > 0 else 0),
    ]
    return StepCount(form, tuple(products), tuple(one for one in passes if one.times))


def layers(network: Generator | Discriminator, form: Form) -> tuple[Layer, ...]:
    """The layers of a network, in the order in which an image passes them.

    Raises:
        BenchError: a layer is of a kind that is not known here.
    """
    folded = form == "computed" and isinstance(network, ArticleGenerator)
    sizes = _distinct(network) if folded else {}
    return tuple(
        _layer(network, name, count, sizes.get(name)) for name, count in _multiply_adds(network, form).items()
    )


def _multiply_adds(network: Generator | Discriminator, form: Form) -> dict[str, int]:
    """Those of the article's networks as written are told by the literal classes that they come from."""
    if form == "written" and isinstance(network, LiteralGenerator):
        return LiteralGenerator.multiply_adds(network)
    if form == "written" and isinstance(network, LiteralDiscriminator):
        return LiteralDiscriminator.multiply_adds(network)
    return network.multiply_adds()


def _distinct(network: nn.Module) -> dict[str, tuple[int, int]]:
    """What the article's folded convolutions take and give: numbers of the small and of the distinct map."""
    conv1, conv2 = (_of_type(network, name, nn.Conv2d) for name in ("conv1", "conv2"))
    distinct = conv1.out_channels * distinct_side(ARTICLE_SEED_SIDE) ** 2
    image = conv2.out_channels * (4 * ARTICLE_SEED_SIDE) ** 2
    return {"conv1": (conv1.in_channels * ARTICLE_SEED_SIDE**2, distinct), "conv2": (distinct, image)}


def _of_type(network: nn.Module, name: str, kind: type[nn.Conv2d]) -> nn.Conv2d:
    part = network.get_submodule(name)
    if not isinstance(part, kind):
        raise BenchError(f"the layer {name!r} is no {kind.__name__}; its work cannot be counted")
    return part


def _layer(network: nn.Module, name: str, multiply_adds: int, sizes: tuple[int, int] | None) -> Layer:
    part = network.get_submodule(name)
    weight = part.embedding if isinstance(part, Projection) else getattr(part, "weight", None)
    if not isinstance(weight, torch.Tensor):
        raise BenchError(f"the layer {name!r} has no weight; its work cannot be counted")
    inputs, outputs = sizes or _sizes(part, name, multiply_adds, weight.numel())
    return Layer(name, multiply_adds, weight.numel(), inputs, outputs)


def _sizes(part: nn.Module, name: str, multiply_adds: int, weights: int) -> tuple[int, int]:
    """Numbers that a layer takes and gives, an image, from its geometry and its count; maps are square."""
    if isinstance(part, nn.Linear):
        return part.in_features, part.out_features
    if isinstance(part, Projection):
        return part.embedding.shape[1], part.embedding.shape[0]
    side = math.isqrt(multiply_adds // weights)
    if not isinstance(part, nn.Conv2d | nn.ConvTranspose2d) or side * side * weights != multiply_adds:
        raise BenchError(f"the layer {name!r} is of a kind whose work cannot be counted")
    (kernel, _), (stride, _), (padding, *_) = part.kernel_size, part.stride, _pair(part.padding)
    other = (side - 1) * stride - 2 * padding + kernel
    if isinstance(part, nn.Conv2d):  # its count goes by the pixels that it gives
        return part.in_channels * other**2, part.out_channels * side**2
    return part.in_channels * side**2, part.out_channels * other**2


def _pair(padding: str | tuple[int, ...]) -> tuple[int, ...]:
    if isinstance(padding, str):
        raise BenchError("a convolution whose padding is a word cannot be counted")
    return padding


def _products(
    player: Player, direction: Direction, of: Iterable[Layer], images: int, times: int, value_bytes: int
) -> list[Product]:
    """A layer's three products take and give the same three things: its inputs, its weights, its outputs."""
    if times == 0:
        return []
    return [
        Product(
            player,
            layer.name,
            direction,
            images,
            times,
            layer.multiply_adds * images,
            value_bytes * (layer.weights + images * (layer.inputs + layer.outputs)),
        )
        for layer in of
    ]


def _networks(pair: Pair) -> tuple[Generator, Discriminator]:
    with torch.random.fork_rng(devices=[]):
        return pair.make_generator(), pair.make_discriminator()
