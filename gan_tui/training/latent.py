"""The noise that the generator draws from, and the labels that it is asked for."""

from typing import NamedTuple, Self

import torch
from torch import Tensor

from gan_tui.config.run_config import RunConfig
from gan_tui.networks import Pair
from gan_tui.training.seeds import Stream, derive


class Noise(NamedTuple):
    """What the generator draws a batch from.

    Attributes:
        z: latent vectors, float32 (N, length). labels: int64 (N,); None for a pair without labels.
    """

    z: Tensor
    labels: Tensor | None


class Latent:
    """Draws latent vectors and labels; owns its random state.

    Args:
        length: of one latent vector.
        classes: number of labels.
        distribution: ``normal`` (mean 0) or ``uniform`` (from 0).
        scale: standard deviation of the normal, upper end of the uniform.
        seed: of the run.
        device: where the vectors are wanted.

    Attributes:
        generator: the random state, on the device; saved with a checkpoint.
    """

    def __init__(
        self, *, length: int, classes: int, distribution: str, scale: float, seed: int, device: torch.device
    ) -> None:
        self.length = length
        self.classes = classes
        self.distribution = distribution
        self.scale = scale
        self.device = device
        self.generator = torch.Generator(device).manual_seed(derive(seed, Stream.NOISE))

    @classmethod
    def of(cls, config: RunConfig, pair: Pair, device: torch.device) -> Self:
        """As a run of this configuration draws for its pair of networks."""
        return cls(
            length=pair.latent,
            classes=pair.classes,
            distribution=config.latent_distribution,
            scale=config.latent_scale,
            seed=config.seed,
            device=device,
        )

    def draw(self, count: int, out: Tensor | None = None) -> Tensor:
        """New noise: float32 (count, length), written to ``out`` if there is one."""
        return self._noise(count, self.generator, self.device, out)

    def draw_labels(self, count: int, out: Tensor | None = None) -> Tensor:
        """New labels, all classes equally likely: int64 (count,), written to ``out`` if there is one."""
        return torch.randint(self.classes, (count,), generator=self.generator, device=self.device, out=out)

    def fixed(self, count: int, seed: int) -> tuple[Tensor, Tensor]:
        """The same noise for the same seed on every device, and labels 0, 1, 2, … over and over.

        Nothing is taken from the random state. The first n of more are the same as n alone would be.

        Returns:
            z float32 (count, length) and labels int64 (count,), on the device.
        """
        generator = torch.Generator().manual_seed(derive(seed, Stream.FIXED))
        rows = [self._noise(1, generator, torch.device("cpu")) for _ in range(count)]
        z = torch.cat(rows) if rows else torch.empty(0, self.length)
        labels = torch.arange(count) % self.classes
        return z.to(self.device), labels.to(self.device)

    def _noise(
        self, count: int, generator: torch.Generator, device: torch.device, out: Tensor | None = None
    ) -> Tensor:
        z = torch.empty(count, self.length, device=device) if out is None else out
        if self.distribution == "uniform":
            return z.uniform_(0.0, self.scale, generator=generator)
        return z.normal_(0.0, self.scale, generator=generator)
