"""A throwaway engine with a stopwatch: how long a step takes here, under some settings."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, NamedTuple

import msgspec
import torch

from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.networks import pair_for
from gan_tui.training.device import synchronise
from gan_tui.training.engine import Engine
from gan_tui.training.graphs.cuda import recorder_for
from gan_tui.training.precision import Arithmetic, products

SMALL_BATCH: Final = 32
"""Images in a step of a comparison, where a whole step would take too long."""
MIDDLE_BATCH: Final = 64
"""The same where arithmetics are compared: in smaller ones what is no product hides how they differ."""
FIRST_BATCH: Final = 8
"""Images in the very first step, where nothing is known yet."""
LEAST_TURNS: Final = 3
MOST_TURNS: Final = 12
QUICK: Final = 0.015
"""Seconds: where a smaller step takes less, whole steps are compared."""
HOPELESS: Final = 2.0
"""A number of threads with which a step takes this many times as long as with another is given up at once."""
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


def with_batches_of(most: int, config: RunConfig) -> RunConfig:
    """The same with batches of so many images at most."""
    batches = {name: min(getattr(config, name), most) for name in ("d_batch", "g_batch")}
    return msgspec.structs.replace(config, **batches)


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
        pair = pair_for(config, dataset)
        self._engine = Engine(config, few, device, "fp32", pair, recorder_for(device, config.graphs))
        self._whole = config
        self._first, self._small, self._middle = (
            with_batches_of(most, config) for most in (FIRST_BATCH, SMALL_BATCH, MIDDLE_BATCH)
        )
        self._compared: RunConfig | None = None
        self._look, self._clock, self._processor = look, clock, processor

    def compared(self, precision: Arithmetic, budget: float) -> float:
        """Seconds of a step to compare with others of this trial: of smaller ones where the first are slow.

        Args:
            precision: of the networks.
            budget: seconds that may be spent; two steps and a warm-up are made at least.
        """
        self._engine.config = self._compared or self._middle
        warm = self._once(precision)
        seconds = self._median(precision, budget - warm)
        if self._compared is None:
            self._compared = self._whole if seconds < QUICK else self._middle
            if self._compared != self._middle:
                return self.compared(precision, budget)
        return seconds

    def gain(self, few: int, many: int, budget: float) -> float:
        """How many times as long a step takes on few threads as on many; leaves torch with one of the two.

        They take turns, so that what else the machine does meets both, and each turn's two are compared.

        Args:
            few: a number of threads.
            many: another.
            budget: seconds that may be spent; both are warmed up and compared a few times at least, unless
                many are hopeless.
        """

        def turn() -> tuple[float, float]:
            torch.set_num_threads(few)
            before = self._once("fp32")
            torch.set_num_threads(many)
            return before, self._once("fp32")

        self._engine.config = self._small
        turn()
        first = turn()
        if first[1] > HOPELESS * first[0]:
            return first[0] / first[1]
        if first[0] < QUICK:
            self._engine.config = self._whole
            first = turn()
        turns = [first]
        while len(turns) < LEAST_TURNS or (sum(map(sum, turns)) < budget and len(turns) < MOST_TURNS):
            turns.append(turn())
        return statistics.median(before / after for before, after in turns)

    def whole(self, precision: Arithmetic, limit: float) -> Timing:
        """How long a whole step takes, as exactly as one must know to compare it with ``limit`` seconds.

        On one processor its time alone counts, not how long others held it.
        """
        alone = self._engine.device.type == "cpu" and torch.get_num_threads() == 1
        clock = self._processor if alone else self._clock
        self._engine.config = self._first
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
        with products(precision):
            self._engine.prepare(every_ratio=False)
            synchronise(self._engine.device)
            start = clock()
            self._engine.train_step()
            synchronise(self._engine.device)
            return clock() - start
