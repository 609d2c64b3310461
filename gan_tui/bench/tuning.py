"""How many processor threads suit a peer best here, so that each is measured at its best."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final

import torch

from gan_tui.bench.peers.peer import Peer
from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.training.trial import HOPELESS, with_batches_of

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

    What the very first step of a process loads counts for none of them, and they take turns, so that what
    else the machine does meets all alike.

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
    small = with_batches_of(SMALL_BATCH, config)
    _first(make, small, dataset, device, candidates[0])
    peers: dict[int, Peer] = {}
    seconds: dict[int, list[float]] = {}
    try:
        for threads in candidates:
            peers[threads] = peer = make()
            peer.prepare(small, dataset, device, threads)
            first = _timed(peer, clock)
            if not seconds or first < HOPELESS * min(min(times) for times in seconds.values()):
                seconds[threads] = [first]
        for _ in range(TRIES):
            for threads, times in seconds.items():
                times.append(_timed(peers[threads], clock))
    finally:
        for peer in peers.values():
            peer.close()
    return min(seconds, key=lambda threads: (statistics.median(seconds[threads][1:]), threads))


def _first(
    make: Callable[[], Peer], config: RunConfig, dataset: Dataset, device: torch.device, threads: int
) -> None:
    peer = make()
    peer.prepare(config, dataset, device, threads)
    peer.step(peer.block)
    peer.close()


def _timed(peer: Peer, clock: Callable[[], float]) -> float:
    before = clock()
    peer.step(peer.block)
    return clock() - before
