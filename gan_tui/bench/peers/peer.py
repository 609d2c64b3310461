"""What a peer is: one way to train a recipe's networks, measured side by side with the others."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset


class Losses(NamedTuple):
    """Mean losses over the updates of some steps: D on real and on generated images, and G."""

    d_real: float
    d_fake: float
    g: float


class Source(Protocol):
    """Where a test lets a peer take images and noise from, so that all peers see the same."""

    def indices(self, count: int) -> Tensor:
        """The next real images' places in the data set: int64 (count,)."""

    def noise(self, count: int) -> tuple[Tensor, Tensor | None]:
        """The next latent vectors (count, latent), and labels int64 (count,); None for a pair without."""


class Peer(Protocol):
    """One way to train.

    Attributes:
        name: key of :data:`gan_tui.bench.peers.PEERS`.
        compiles: whether its first step compiles, so that it is none like the others.
        block: steps that it does at once; callers ask for multiples of it. Known after ``prepare``.
    """

    name: str
    compiles: bool
    block: int

    def available(self, device: torch.device) -> str | None:
        """Why it cannot run on this device of this machine, in a few words; None where it can."""

    def prepare(
        self,
        config: RunConfig,
        dataset: Dataset,
        device: torch.device,
        threads: int,
        source: Source | None = None,
    ) -> None:
        """Build networks, optimisers and data; compile what can be without a step, for none is made.

        Args:
            config: of the recipe, with ``auto`` resolved; its seed gives all peers the same initial weights.
            dataset: to learn from.
            device: where to train.
            threads: processor threads, for those that torch or XLA lets choose.
            source: of images and noise; None: the peer's own, as its author would write it.
        """

    def step(self, count: int) -> Losses:
        """Do ``count`` whole steps and wait until they are done.

        Returns:
            The means over all updates of these steps; nan where there was no such update.
        """

    def close(self) -> None:
        """Let go of networks, data and files; the peer may be prepared again."""
