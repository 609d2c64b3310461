"""A peer that trains nothing: the protocol, for tests to say what its steps cost or how they fail."""

# ruff: noqa: ARG002 - peers have the protocol's arguments

import torch

from gan_tui.bench.peers import Losses, Source
from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset


class Pretended:
    """Takes part, and does nothing.

    Attributes:
        config, threads: that it was prepared with; None and 0 before. closed: how many times.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.block = 1
        self.compiles = False
        self.config: RunConfig | None = None
        self.threads = 0
        self.closed = 0

    def available(self, device: torch.device) -> str | None:
        return None

    def prepare(
        self,
        config: RunConfig,
        dataset: Dataset,
        device: torch.device,
        threads: int,
        source: Source | None = None,
    ) -> None:
        self.config, self.threads = config, threads
        self.prepared(config)

    def prepared(self, config: RunConfig) -> None:
        """For what preparing costs."""

    def step(self, count: int) -> Losses:
        return Losses(1, 1, 1)

    def close(self) -> None:
        self.closed += 1
