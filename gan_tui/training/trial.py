"""A throwaway engine with a stopwatch: how long a step takes here, under some settings."""

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

import msgspec
import torch

from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.networks import pair_named
from gan_tui.training.device import synchronise
from gan_tui.training.engine import Engine
from gan_tui.training.graphs.cuda import recorder_for
from gan_tui.training.precision import Arithmetic, set_products

SMALL_BATCH: Final = 8
"""Images in a step of a comparison, where a whole step would take too long."""
QUICK: Final = 0.015
"""Seconds: where a small step takes less, whole steps are compared."""
FAR: Final = 3.0
"""A step that takes this many times the limit is not measured more exactly."""
MOST_TRIES: Final = 3
"""Whole steps near the limit are made at most so often; others disturb a step, and never make it quicker."""
_IMAGES: Final = 512


class Timing(NamedTuple):
    """How long a step takes: so many seconds, or more than that."""

    seconds: float
    more: bool = False

    def __str__(self) -> str:
        return f"{'over ' if self.more else ''}{self.seconds * 1000:.0f} ms"


def _nothing() -> None:
    """Nobody waits for an answer meanwhile."""


class Trial:
    """An engine of its own, on a few of the images; the engine that will train is never touched.

    Args:
        config: which networks, batches and ratio.
        dataset: from whose first images it learns.
        device: where.
        look: called before each step, so that somebody can be answered; what it raises ends the trial.
        clock: seconds; tests have their own. processor: seconds of this process on a processor.
    """

    def __init__(
        self,
        config: RunConfig,
        dataset: Dataset,
        device: torch.device,
        look: Callable[[], object] = _nothing,
        clock: Callable[[], float] = time.perf_counter,
        processor: Callable[[], float] = time.process_time,
    ) -> None:
        few = replace(dataset, images=dataset.images[:_IMAGES], labels=dataset.labels[:_IMAGES])
        pair = pair_named(config.networks).for_classes(len(dataset.class_names))
        self._engine = Engine(config, few, device, "fp32", pair, recorder_for(device, config.graphs))
        self._whole = config
        batches = {name: min(getattr(config, name), SMALL_BATCH) for name in ("d_batch", "g_batch")}
        self._small = msgspec.structs.replace(config, **batches)
        self._compared: RunConfig | None = None
        self._look, self._clock, self._processor = look, clock, processor

    def compared(self, precision: Arithmetic, budget: float, hopeless: float = math.inf) -> float:
        """Seconds of a step to compare with others of this trial: of small ones where the first are slow.

        Args:
            precision: of the networks.
            budget: seconds that may be spent; two steps and a warm-up are made at least.
            hopeless: seconds of a step after which nothing more need be known.
        """
        self._engine.config = self._compared or self._small
        warm = self._once(precision)
        if warm > hopeless:
            return warm
        seconds = self._median(precision, budget - warm)
        if self._compared is None:
            self._compared = self._whole if seconds < QUICK else self._small
            if seconds < QUICK:
                return self.compared(precision, budget, hopeless)
        return seconds

    def whole(self, precision: Arithmetic, limit: float) -> Timing:
        """How long a whole step takes, as exactly as one must know to compare it with ``limit`` seconds.

        On one processor its time alone counts, not how long others held it.
        """
        alone = self._engine.device.type == "cpu" and torch.get_num_threads() == 1
        clock = self._processor if alone else self._clock
        self._engine.config = self._small
        if self._once(precision, clock) > FAR * limit:  # the first step of a process has other costs, too
            small = self._once(precision, clock)
            if small > FAR * limit:
                return Timing(small, more=True)
        self._engine.config = self._whole
        seconds = self._once(precision, clock)
        for _ in range(1, MOST_TRIES):
            if limit < seconds < FAR * limit:
                seconds = min(seconds, self._once(precision, clock))
        return Timing(seconds)

    def _median(self, precision: Arithmetic, budget: float) -> float:
        """Median over as many steps as the budget allows, at least two and at most nine."""
        seconds = [self._once(precision), self._once(precision)]
        while sum(seconds) < budget and len(seconds) < 9:
            seconds.append(self._once(precision))
        return statistics.median(seconds)

    def _once(self, precision: Arithmetic, clock: Callable[[], float] | None = None) -> float:
        clock = clock or self._clock
        self._look()
        self._engine.precision = precision
        set_products(precision)
        self._engine.prepare(every_ratio=False)
        synchronise(self._engine.device)
        start = clock()
        self._engine.train_step()
        synchronise(self._engine.device)
        return clock() - start
