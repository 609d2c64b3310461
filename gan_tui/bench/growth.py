"""How a step's time and memory grow with the batch and with the number of images.

On one thread of a processor the process's own time is counted, as start-up does it (``training/trial.py``):
a row does not suffer from what other programs did while it was measured. Elsewhere the clock's time counts.
``gan-tui bench`` measures each table in a process of its own (``supervise.py``), so that the peak of memory
is that of our training, with the libraries that it loads, and of nobody else.
"""

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
import torch

from gan_tui.bench.memory import available_bytes, peak_bytes, reset_peak
from gan_tui.config.sources import combine
from gan_tui.data.dataset import Dataset
from gan_tui.networks import pair_for
from gan_tui.training.device import synchronise
from gan_tui.training.engine import Engine
from gan_tui.training.graphs.cuda import recorder_for
from gan_tui.training.precision import Arithmetic

BATCHES: Final = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
LEAST_STEPS: Final = 1
"""Steps that are timed at least, after one that is not, whatever the share of the budget."""
SURE_STEPS: Final = 3
"""Steps that are timed at least where they take no longer than these seconds together."""
SURE_SECONDS: Final = 2.0
MOST_STEPS: Final = 50
PATIENCE: Final = 4.0
"""Times the budget that all batches together may take, so that slow machines come to large ones, too."""
BOUNDARIES: Final = 3
"""Beginnings of an epoch that are timed for each size."""
MEMORY_SHARE: Final = 0.7
"""Of the memory that is free; what would take more is left out."""

Clock = Callable[[], float]


class BatchRow(msgspec.Struct, frozen=True, kw_only=True):
    """A step with so many images in each batch of D and of G.

    Attributes:
        step_seconds: median; None where it was left out. steps: how many were timed.
        microseconds_per_image: a step's time over the images that its updates learn from.
        peak_bytes: most memory held meanwhile: by tensors on a GPU, by the whole process on a CPU.
        left_out: why nothing was measured; else empty.
    """

    batch: int
    step_seconds: float | None = None
    steps: int = 0
    microseconds_per_image: float | None = None
    peak_bytes: int | None = None
    left_out: str = ""


class DataRow(msgspec.Struct, frozen=True, kw_only=True):
    """Training on so many images.

    Attributes:
        ready_seconds: from the data set in memory to an engine that can make its first step.
        step_seconds: median within an epoch; steps: how many were timed.
        first_of_epoch_seconds: median of the steps that begin a new epoch.
        boundary_seconds: how much longer those took; noise can make it negative.
        order_seconds: of that, drawing the new epoch's order, alone.
        peak_bytes: most memory held meanwhile. left_out: why nothing was measured; else empty.
    """

    images: int
    ready_seconds: float | None = None
    step_seconds: float | None = None
    steps: int = 0
    first_of_epoch_seconds: float | None = None
    boundary_seconds: float | None = None
    order_seconds: float | None = None
    peak_bytes: int | None = None
    left_out: str = ""


class BatchGrowth(msgspec.Struct, frozen=True):
    """One recipe's table over batches; ``alone`` where the process's own time was counted."""

    recipe: str
    device: str
    threads: int
    precision: Arithmetic
    alone: bool
    rows: tuple[BatchRow, ...]


class DataGrowth(msgspec.Struct, frozen=True):
    """One recipe's table over numbers of images; ``alone`` where the process's own time was counted."""

    recipe: str
    device: str
    threads: int
    precision: Arithmetic
    alone: bool
    rows: tuple[DataRow, ...]


def by_batch(
    given: Mapping[str, Any],
    device: torch.device,
    dataset: Dataset,
    batches: Sequence[int] = BATCHES,
    budget: float = 60.0,
    *,
    precision: Arithmetic = "fp32",
    clock: Clock = time.perf_counter,
    watch: Clock | None = None,
) -> BatchGrowth:
    """Time steps of the recipe with ``d_batch`` and ``g_batch`` both set to each batch, in the order given.

    Each batch has a share of the budget in proportion to its images, for its steps take as much longer. One
    whose least steps would pass :data:`PATIENCE` budgets, or :data:`MEMORY_SHARE` of the free memory, as
    those before it let expect, is left out, saying so.

    Args:
        given: settings, as a user gives them: the recipe, at least.
        device: where.
        dataset: the images.
        batches: smallest first, each at least 2.
        budget: seconds. Whatever it is, the first batch is measured: two steps, four where they are short.
        precision: of the networks.
        clock: seconds, for the budget.
        watch: seconds, for what is measured; None: what suits the device.
    """
    start = clock()
    end, last = start + budget, start + PATIENCE * budget
    meter = _Meter(clock, watch or _watch(device))
    rows: list[BatchRow] = []
    for number, batch in enumerate(batches):
        known = [row for row in rows if row.step_seconds is not None]
        reason = _unfit(known, batch, last - clock(), device) if known else ""
        if reason:
            rows.append(BatchRow(batch=batch, left_out=reason))
            continue
        share = (end - clock()) * batch / sum(batches[number:])
        engine = partial(engine_for, given, device, dataset, precision, d_batch=batch, g_batch=batch)
        rows.append(_time_batch(engine, device, batch, share, meter))
    return BatchGrowth(
        given["recipe"], device.type, torch.get_num_threads(), precision, _alone(meter.watch), tuple(rows)
    )


def by_data(
    given: Mapping[str, Any],
    device: torch.device,
    dataset: Dataset,
    sizes: Sequence[int] = SIZES,
    budget: float = 60.0,
    *,
    precision: Arithmetic = "fp32",
    clock: Clock = time.perf_counter,
    watch: Clock | None = None,
) -> DataGrowth:
    """Time start, steps and epochs' beginnings on data of each size, made of the given images over and over.

    Args:
        given: settings, as a user gives them: the recipe, at least.
        device: where.
        dataset: real images to repeat.
        sizes: numbers of images, smallest first.
        budget: seconds, shared evenly. Whatever it is, each size is measured: an engine and up to ten steps.
        precision: of the networks.
        clock: seconds, for the budget.
        watch: seconds, for what is measured; None: what suits the device.
    """
    meter = _Meter(clock, watch or _watch(device))
    rows: list[DataRow] = []
    for size in sizes:
        need = 3 * size * dataset.images[0].size
        if need > MEMORY_SHARE * available_bytes(torch.device("cpu")):
            rows.append(DataRow(images=size, left_out=f"{_gib(need)} of memory are not free"))
            continue
        many = repeated(dataset, size)
        engine = partial(engine_for, given, device, many, precision)
        rows.append(_time_data(engine, device, size, budget / len(sizes), meter))
    return DataGrowth(
        given["recipe"], device.type, torch.get_num_threads(), precision, _alone(meter.watch), tuple(rows)
    )


def repeated(dataset: Dataset, count: int) -> Dataset:
    """The same images again and again, or the first of them, until there are ``count``."""
    images = np.resize(dataset.images, (count, *dataset.images.shape[1:]))
    return replace(dataset, images=images, labels=np.resize(dataset.labels, count))


def engine_for(
    given: Mapping[str, Any], device: torch.device, dataset: Dataset, precision: Arithmetic, **settings: int
) -> Engine:
    """An engine under a user's settings, ready as a run would have it, with some of one's own."""
    config = combine({**given, "device": device.type, "precision": precision, **settings})
    recorder = recorder_for(device, config.graphs)
    engine = Engine(config, dataset, device, precision, pair_for(config, dataset), recorder)
    engine.prepare()
    return engine


class _Meter(NamedTuple):
    """Times steps: ``clock`` for how long one may go on, ``watch`` for how long they take."""

    clock: Clock
    watch: Clock

    def once(self, device: torch.device, work: Callable[[], object]) -> float:
        """Seconds of some work, until the device has done it."""
        synchronise(device)
        start = self.watch()
        work()
        synchronise(device)
        return self.watch() - start

    def steps(self, engine: Engine, budget: float) -> list[float]:
        """Seconds of some steps, after one that warms up."""
        end = self.clock() + budget
        self.once(engine.device, engine.train_step)
        seconds: list[float] = []

        def wanted() -> bool:
            count = len(seconds)
            unsure = count < SURE_STEPS and sum(seconds) < SURE_SECONDS
            return count < LEAST_STEPS or unsure or (count < MOST_STEPS and self.clock() < end)

        while wanted():
            seconds.append(self.once(engine.device, engine.train_step))
        return seconds


def _watch(device: torch.device) -> Clock:
    alone = device.type == "cpu" and torch.get_num_threads() == 1
    return time.process_time if alone else time.perf_counter


def _alone(watch: Clock) -> bool:
    return watch is time.process_time


def _time_batch(
    make: Callable[[], Engine], device: torch.device, batch: int, budget: float, meter: _Meter
) -> BatchRow:
    _forget(device)
    engine = make()
    seconds = meter.steps(engine, budget)
    step = statistics.median(seconds)
    images = batch * (2 * engine.config.d_steps + engine.config.g_steps)
    return BatchRow(
        batch=batch,
        step_seconds=step,
        steps=len(seconds),
        microseconds_per_image=step / images * 1e6,
        peak_bytes=peak_bytes(device),
    )


def _time_data(
    make: Callable[[], Engine], device: torch.device, images: int, budget: float, meter: _Meter
) -> DataRow:
    _forget(device)
    made: list[Engine] = []
    ready = meter.once(device, lambda: made.append(make()))
    engine = made[0]
    seconds = meter.steps(engine, budget)
    step = statistics.median(seconds)
    firsts, orders = [], []
    for _ in range(BOUNDARIES):
        # The place just behind an epoch's end, where the next one's order is still to be drawn.
        engine.sampler.seek(engine.sampler.epoch + 1, 0)
        firsts.append(meter.once(device, engine.train_step))
        engine.sampler.seek(engine.sampler.epoch + 1, 0)
        orders.append(meter.once(device, lambda: engine.sampler.take(1)))
    first = statistics.median(firsts)
    return DataRow(
        images=images,
        ready_seconds=ready,
        step_seconds=step,
        steps=len(seconds),
        first_of_epoch_seconds=first,
        boundary_seconds=first - step,
        order_seconds=statistics.median(orders),
        peak_bytes=peak_bytes(device),
    )


def _forget(device: torch.device) -> None:
    """Begin the peak anew, the engine before having left; it goes in circles, which a collection ends."""
    gc.collect()
    reset_peak(device)


def _unfit(known: Sequence[BatchRow], batch: int, left: float, device: torch.device) -> str:
    """Why this batch must be left out, or nothing."""
    last = known[-1]
    expected = (last.step_seconds or 0.0) * batch / last.batch
    if (1 + LEAST_STEPS) * expected > left:
        return f"a step would take about {expected:.1f} s"
    if len(known) > 1:
        before = known[-2]
        grown = max(0, (last.peak_bytes or 0) - (before.peak_bytes or 0)) / (last.batch - before.batch)
        need = int(grown * (batch - last.batch)) + (last.peak_bytes or 0)
        if grown * batch > MEMORY_SHARE * available_bytes(device):
            return f"about {_gib(need)} of memory would be needed"
    return ""


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
