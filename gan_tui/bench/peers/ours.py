"""Our engine as a peer."""

import math

import torch

from gan_tui.bench.peers.peer import Losses, Source
from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.link.messages import Moments
from gan_tui.networks import pair_for
from gan_tui.training.engine import Engine
from gan_tui.training.graphs.cuda import recorder_for
from gan_tui.training.precision import Arithmetic, products, settled


class Ours:
    """:class:`gan_tui.training.engine.Engine`, with arithmetic and threads as it would choose them here."""

    name = "ours"
    compiles = False

    def __init__(self) -> None:
        self.block = 1
        self._engine: Engine | None = None
        self._threads = 1
        self._precision: Arithmetic = "fp32"

    def available(self, device: torch.device) -> str | None:  # noqa: ARG002 - the protocol's argument
        """It runs wherever torch does."""
        return None

    def prepare(
        self,
        config: RunConfig,
        dataset: Dataset,
        device: torch.device,
        threads: int,
        source: Source | None = None,  # noqa: ARG002 - it has its own, which EngineSource repeats
    ) -> None:
        """See ``Peer.prepare``."""
        self._threads = threads
        self._precision = settled(config.precision)
        torch.set_num_threads(threads)
        recorder = recorder_for(device, config.graphs)
        pair = pair_for(config, dataset)
        self._engine = Engine(config, dataset, device, self._precision, pair, recorder)
        with products(self._precision):
            self._engine.prepare(every_ratio=False)

    def step(self, count: int) -> Losses:
        """See ``Peer.step``; taking the sums waits for the device."""
        if self._engine is None:
            raise RuntimeError("prepare comes before step")
        torch.set_num_threads(self._threads)
        with products(self._precision):
            for _ in range(count):
                self._engine.train_step()
            sums = self._engine.take_sums()
        return Losses(_mean(sums.d_real), _mean(sums.d_fake), _mean(sums.g))

    def close(self) -> None:
        """See ``Peer.close``."""
        self._engine = None


def _mean(moments: Moments | None) -> float:
    return math.nan if moments is None else moments.mean
