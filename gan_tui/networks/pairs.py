"""The table of named pairs: all that the rest of the program knows of networks."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from torch import nn

from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.networks import article, light, literal
from gan_tui.networks.base import Discriminator, Generator, NetworkError


@dataclass(frozen=True)
class Pair:
    """A generator and a discriminator made for each other.

    Attributes:
        name: as recipes call it.
        latent: length of a latent vector.
        labelled: whether both networks take labels.
        image_shape: (C, H, W) of the images.
        classes: number of labels; what a labelled pair is built for, and of no effect on another.
        generator: makes the generator for a number of labels (0 for none).
        discriminator: makes the discriminator for a number of labels (0 for none).
    """

    name: str
    latent: int
    labelled: bool
    image_shape: tuple[int, int, int]
    classes: int
    generator: Callable[[int], Generator]
    discriminator: Callable[[int], Discriminator]

    def make_generator(self) -> Generator:
        """A new generator on the CPU in float32, its weights drawn from torch's global random state."""
        return self.generator(self.classes if self.labelled else 0)

    def make_discriminator(self) -> Discriminator:
        """A new discriminator on the CPU in float32, its weights drawn from torch's global random state."""
        return self.discriminator(self.classes if self.labelled else 0)

    def for_classes(self, classes: int) -> "Pair":
        """The same pair for data of ``classes`` classes; raises NetworkError below 1."""
        if classes < 1:
            raise NetworkError(
                f"a pair of networks needs at least one class, not {classes}: check the data's labels"
            )
        return replace(self, classes=classes)


_ARTICLE = Pair(
    name="article",
    latent=literal.LATENT,
    labelled=False,
    image_shape=literal.IMAGE_SHAPE,
    classes=10,
    generator=article.ArticleGenerator,
    discriminator=article.ArticleDiscriminator,
)
_LIGHT = Pair(
    name="light",
    latent=light.LATENT,
    labelled=False,
    image_shape=light.IMAGE_SHAPE,
    classes=10,
    generator=light.LightGenerator,
    discriminator=light.LightDiscriminator,
)

PAIRS: dict[str, Pair] = {
    pair.name: pair
    for pair in (
        _ARTICLE,
        replace(_ARTICLE, name="article-labelled", labelled=True),
        _LIGHT,
        replace(_LIGHT, name="light-labelled", labelled=True),
    )
}
"""Name → pair. A new pair is one file beside ``article.py`` and one line here."""


def pair_named(name: str) -> Pair:
    """The pair of that name; raises NetworkError, with the names there are, where there is none."""
    if name not in PAIRS:
        raise NetworkError(f"there is no pair of networks named {name!r}: choose one of {', '.join(PAIRS)}")
    return PAIRS[name]


def pair_for(config: RunConfig, dataset: Dataset) -> Pair:
    """The pair of networks that the configuration names, for the data set's classes.

    Raises:
        NetworkError: there is none of that name, or the data have no classes.
    """
    return pair_named(config.networks).for_classes(len(dataset.class_names))


def parameters_count(module: nn.Module) -> int:
    """Number of trainable numbers in a network."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def multiply_adds(pair: Pair) -> dict[str, dict[str, int]]:
    """Multiply-adds of one image's forward pass: ``{"generator": {layer: count}, "discriminator": {…}}``.

    As computed: the article's generator counts its folded form. A backward pass takes about twice as many.
    """
    return {
        "generator": pair.make_generator().multiply_adds(),
        "discriminator": pair.make_discriminator().multiply_adds(),
    }
