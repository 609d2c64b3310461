"""How many processor threads suit a peer best here, so that each is measured at its best."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import torch

from gan_tui.bench.peers.peer import Peer
from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset

SMALL_BATCH: Final = 16
"""Images in a batch of the trial at most: as many steps as written take too long."""
TRIES: Final = 3


def best_threads(
    make: Callable[[], Peer],
    config: RunConfig,
    dataset: Dataset,
    device: torch.device,
    candidates: Sequence[int],
    clock: Callable[[], float] = time.perf_counter,
) -> int:
    """The number of threads with which small steps are quickest; the fewest of equals.

    Args:
        make: makes the peer.
        config: of the recipe.
        dataset: to learn from.
        device: where.
        candidates: numbers of threads to try, at least one.
        clock: seconds.
    """
    if len(candidates) == 1 or device.type != "cpu":
        return candidates[0]
    sizes = {name: min(getattr(config, name), SMALL_BATCH) for name in ("d_batch", "g_batch")}
    small = msgspec.structs.replace(config, **sizes)
    seconds: dict[int, float] = {}
    for threads in candidates:
        peer = make()
        peer.prepare(small, dataset, device, threads)
        peer.step(peer.block)
        seconds[threads] = statistics.median(_timed(peer, clock) for _ in range(TRIES))
        peer.close()
    return min(seconds, key=lambda threads: (seconds[threads], threads))


def _timed(peer: Peer, clock: Callable[[], float]) -> float:
    before = clock()
    peer.step(peer.block)
    return clock() - before
