"""The same networks and losses in JAX: steps in one ``lax.scan``, all of it on the device.

On GPUs many, and float32 as XLA takes it by default, which may be TF32; on processors as many as keep a turn
short, for scans are unrolled there.
"""

import importlib.util
import math
import os
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from gan_tui.bench.counting import of_step
from gan_tui.bench.peers.peer import Losses, Source
from gan_tui.bench.peers.shared import initial_weights
from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.networks import pair_for
from gan_tui.training.graphs.plan import shares_fakes

BLOCK_WORK: Final = 6e10
"""Multiply-adds of one scan at most on processors: three seconds on two slow cores. A step may be more."""
MOST_STEPS: Final = 64
"""Steps in one scan."""
MOST_UNROLLED: Final = 4
"""The same at most on processors, where scans are unrolled: more compile longer and run no faster."""


class JaxScan:
    """See the module; what it computes is in ``jax_step.py``."""

    name = "jax_scan"
    compiles = False

    def __init__(self) -> None:
        self.block = 1
        self._program: Any = None

    def available(self, device: torch.device) -> str | None:
        """JAX must be installed, with a back end for this device."""
        if importlib.util.find_spec("jax") is None or importlib.util.find_spec("jaxlib") is None:
            return "JAX is not installed: pip install 'gan-tui[bench]'"
        if device.type == "cpu":
            return None
        import jax  # noqa: PLC0415 - takes a second, and need not be there

        try:
            jax.devices("gpu" if device.type == "cuda" else device.type)
        except RuntimeError:
            return f"this JAX has no back end for {device.type}"
        return None

    def prepare(
        self,
        config: RunConfig,
        dataset: Dataset,
        device: torch.device,
        threads: int,
        source: Source | None = None,
    ) -> None:
        """See ``Peer.prepare``; it compiles. XLA takes all processors; one if asked before its first use."""
        if threads == 1 and device.type == "cpu":
            os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
        import jax  # noqa: PLC0415 - need not be there

        from gan_tui.bench.peers.jax_step import Program  # noqa: PLC0415 - as above

        if device.type == "cpu":
            jax.config.update("jax_platforms", "cpu")  # type: ignore[no-untyped-call]  # JAX leaves it so
        self._config, self._source = config, source
        self._pair = pair_for(config, dataset)
        self._count = len(dataset.images)
        self._random = np.random.default_rng(config.seed)
        self._order: NDArray[np.int64] = np.empty(0, np.int64)
        self.block = 1 if source is not None else block_of(config, dataset, device)
        weights = initial_weights(config, self._pair)
        if torch.get_default_dtype() == torch.float64:
            weights = tuple({name: value.double() for name, value in state.items()} for state in weights)  # type: ignore[assignment]  # still two
        self._program = Program(config, self._pair, dataset, weights, self._sharing)
        if source is None:
            self._program.compile(self.block)

    @property
    def _sharing(self) -> bool:
        return shares_fakes(self._config)

    def step(self, count: int) -> Losses:
        """See ``Peer.step``."""
        losses: list[NDArray[Any]] = []
        for _ in range(max(1, count // self.block)):
            places = np.stack([self._places() for _ in range(self.block)])
            if self._source is None:
                losses.append(self._program.run(places))
            else:
                losses.append(self._program.run_with(places, *self._noise(self._source)))
        means = np.concatenate(losses).mean(axis=0) if losses else [math.nan] * 3
        return Losses(*(float(mean) for mean in means))

    def close(self) -> None:
        """See ``Peer.close``."""
        self._program = None

    def _places(self) -> NDArray[np.int64]:
        """A step's real images: (d_steps, d_batch)."""
        steps, size = self._config.d_steps, self._config.d_batch
        if self._source is not None:
            rows = [self._source.indices(size).cpu().numpy() for _ in range(steps)]
            return np.stack(rows) if rows else np.empty((0, size), np.int64)
        while len(self._order) < steps * size:
            self._order = np.concatenate([self._order, self._random.permutation(self._count)])
        taken, self._order = self._order[: steps * size], self._order[steps * size :]
        return taken.reshape(steps, size)

    def _noise(self, source: Source) -> tuple[Any, Any]:
        """Noise and labels of one step, for D's own fakes and for G's: two pairs."""
        config = self._config
        own = config.d_steps - self._sharing
        drawn = [
            [source.noise(size) for _ in range(updates)]
            for updates, size in ((own, config.d_batch), (config.g_steps, config.g_batch))
        ]
        return tuple(
            (
                np.stack([z.cpu().numpy() for z, _ in some])[None] if some else None,
                np.stack([labels.cpu().numpy() for _, labels in some if labels is not None])[None]
                if some and self._pair.labelled
                else None,
            )
            for some in drawn
        )  # type: ignore[return-value]  # two of them


def block_of(config: RunConfig, dataset: Dataset, device: torch.device) -> int:
    """Steps for one scan; on processors a power of two, by the multiply-adds of a step."""
    if device.type != "cpu":
        return MOST_STEPS
    step = of_step(config, pair_for(config, dataset), "written").totals().multiply_adds
    return int(2 ** math.floor(math.log2(min(max(BLOCK_WORK / step, 1), MOST_UNROLLED))))
