"""What the peers share: initial weights, literal networks, and the engine's own order of images and noise."""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor, nn

from gan_tui.bench.peers.literal_light import LiteralLightDiscriminator, LiteralLightGenerator
from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.networks import Pair
from gan_tui.networks.literal import LiteralDiscriminator, LiteralGenerator
from gan_tui.training.latent import Latent
from gan_tui.training.precision import set_products
from gan_tui.training.sampler import Sampler
from gan_tui.training.seeds import Stream, derive

_LITERAL: Final[Mapping[str, tuple[type[nn.Module], type[nn.Module]]]] = {
    "article": (LiteralGenerator, LiteralDiscriminator),
    "light": (LiteralLightGenerator, LiteralLightDiscriminator),
}
"""Family of a pair → its generator and discriminator as written."""


def initial_weights(config: RunConfig, pair: Pair) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """State dictionaries of generator and discriminator as the engine starts with, on the CPU.

    Torch's global random state is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive(config.seed, Stream.WEIGHTS))
        return pair.make_generator().state_dict(), pair.make_discriminator().state_dict()


def literal_networks(config: RunConfig, pair: Pair, device: torch.device) -> tuple[nn.Module, nn.Module]:
    """The pair layer by layer as written, with the engine's initial weights, in train mode on the device.

    CUDA's float32 is exact in this process from now on: what was tried for ours is not to help the others.

    Raises:
        KeyError: a pair that is written in no other way than its own.
    """
    set_products("fp32")
    classes = pair.classes if pair.labelled else 0
    made = [
        network(classes).to(torch.get_default_dtype())
        for network in _LITERAL[pair.name.removesuffix("-labelled")]
    ]
    for network, state in zip(made, initial_weights(config, pair), strict=True):
        network.load_state_dict(state)
    generator, discriminator = (network.to(device).train() for network in made)
    return generator, discriminator


def image_tensor(dataset: Dataset) -> Tensor:
    """The images as uint8 (N, C, H, W), on the CPU."""
    images = torch.tensor(dataset.images)
    return images.unsqueeze(1) if images.dim() == 3 else images


class EngineSource:
    """Images and noise as the engine of this configuration takes them, draw for draw.

    Args:
        config: of the run. pair: its networks. count: number of images. device: where they are wanted.
    """

    def __init__(self, config: RunConfig, pair: Pair, count: int, device: torch.device) -> None:
        self._labelled = pair.labelled
        self._sampler = Sampler(count, config.seed, device)
        self._latent = Latent.of(config, pair, device)

    def indices(self, count: int) -> Tensor:
        """See ``Source.indices``."""
        return self._sampler.take(count)

    def noise(self, count: int) -> tuple[Tensor, Tensor | None]:
        """See ``Source.noise``."""
        z = self._latent.draw(count)
        return z, self._latent.draw_labels(count) if self._labelled else None


class OwnNoise:
    """Noise by torch's global generator, as an author would draw it.

    Args:
        config: of the run. pair: its networks. device: where it is wanted.
    """

    def __init__(self, config: RunConfig, pair: Pair, device: torch.device) -> None:
        self._config, self._pair, self._device = config, pair, device

    def noise(self, count: int) -> tuple[Tensor, Tensor | None]:
        """See ``Source.noise``."""
        draw = torch.rand if self._config.latent_distribution == "uniform" else torch.randn
        z = draw(count, self._pair.latent, device=self._device) * self._config.latent_scale
        if not self._pair.labelled:
            return z, None
        return z, torch.randint(self._pair.classes, (count,), device=self._device)
