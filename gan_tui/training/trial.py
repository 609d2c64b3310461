"""A throwaway engine with a stopwatch: how long a step takes here, under some settings."""

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec
import torch

from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.networks import pair_named
from gan_tui.training.device import synchronise
from gan_tui.training.engine import Engine
from gan_tui.training.precision import Arithmetic

SMALL_BATCH: Final = 8
"""Images in a step of a comparison, where a whole step would take too long."""
QUICK: Final = 0.015
"""Seconds: where a small step takes less, whole steps are compared."""
_IMAGES: Final = 512


class Trial:
    """An engine of its own, on a few of the images; the engine that will train is never touched.

    Args:
        config: which networks, batches and ratio.
        dataset: from whose first images it learns.
        device: where.
        clock: seconds; tests have their own.
    """

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        device: torch.device,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        few = replace(dataset, images=dataset.images[:_IMAGES], labels=dataset.labels[:_IMAGES])
        pair = pair_named(config.networks).for_classes(len(dataset.class_names))
        self._engine = Engine(config, few, device, "fp32", pair)
        self._whole = config
        batches = {name: min(getattr(config, name), SMALL_BATCH) for name in ("d_batch", "g_batch")}
        self._small = msgspec.structs.replace(config, **batches)
        self._clock = clock

    def compared(self, precision: Arithmetic, budget: float, hopeless: float = math.inf) -> float:
        """Seconds of a step to compare with others of this trial: of a small one where steps are slow.

        Args:
            precision: of the networks.
            budget: seconds that may be spent; two steps and a warm-up are made at least.
            hopeless: seconds of a step after which nothing more need be known.
        """
        self._engine.config = self._small
        warm = self._once(precision)
        if warm > hopeless:
            return warm
        seconds = self._median(precision, budget - warm)
        if seconds < QUICK:
            self._engine.config = self._whole
            self._once(precision)
            seconds = self._median(precision, budget)
        return seconds

    def whole(self, precision: Arithmetic) -> float:
        """Seconds of one whole step, after a small one to warm up."""
        self._engine.config = self._small
        self._once(precision)
        self._engine.config = self._whole
        return self._once(precision)

    def _median(self, precision: Arithmetic, budget: float) -> float:
        """Median over as many steps as the budget allows, at least two and at most nine."""
        seconds = [self._once(precision), self._once(precision)]
        while sum(seconds) < budget and len(seconds) < 9:
            seconds.append(self._once(precision))
        return statistics.median(seconds)

    def _once(self, precision: Arithmetic) -> float:
        self._engine.precision = precision
        synchronise(self._engine.device)
        start = self._clock()
        self._engine.train_step()
        synchronise(self._engine.device)
        return self._clock() - start
