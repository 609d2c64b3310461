"""How a step's time and memory grow with the batch and with the number of images."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import msgspec
import numpy as np
import torch

from gan_tui.bench.memory import available_bytes, peak_bytes, reset_peak
from gan_tui.config.run_config import RunConfig
from gan_tui.config.sources import combine
from gan_tui.data.dataset import Dataset
from gan_tui.networks import pair_named
from gan_tui.training.device import synchronise
from gan_tui.training.engine import Engine
from gan_tui.training.precision import Arithmetic

BATCHES: Final = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
LEAST_STEPS: Final = 2
"""Steps that are timed at least, after one that is not."""
MOST_STEPS: Final = 50
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
    """One recipe's table over batches."""

    recipe: str
    device: str
    threads: int
    precision: Arithmetic
    rows: tuple[BatchRow, ...]


class DataGrowth(msgspec.Struct, frozen=True):
    """One recipe's table over numbers of images."""

    recipe: str
    device: str
    threads: int
    precision: Arithmetic
    rows: tuple[DataRow, ...]


def by_batch(
    recipe: str,
    device: torch.device,
    dataset: Dataset,
    batches: Sequence[int] = BATCHES,
    budget: float = 60.0,
    *,
    precision: Arithmetic = "fp32",
    clock: Clock = time.perf_counter,
) -> BatchGrowth:
    """Time steps of the recipe with ``d_batch`` and ``g_batch`` both set to each of the batches, in that order.

    A batch that would pass the budget or :data:`MEMORY_SHARE` of the free memory, as the one before it lets
    expect, is left out, saying so.

    Args:
        recipe: which networks, ratio and form of the updates.
        device: where.
        dataset: the images.
        batches: smallest first, each at least 2.
        budget: seconds. Whatever it is, the first batch is measured: three steps.
        precision: of the networks.
        clock: seconds.
    """
    end = clock() + budget
    rows: list[BatchRow] = []
    for number, batch in enumerate(batches):
        known = [row for row in rows if row.step_seconds is not None]
        reason = _unfit(known, batch, end - clock(), device) if known else ""
        if reason:
            rows.append(BatchRow(batch=batch, left_out=reason))
            continue
        share = (end - clock()) / (len(batches) - number)
        rows.append(_time_batch(recipe, device, dataset, batch, share, precision, clock))
    return BatchGrowth(recipe, device.type, torch.get_num_threads(), precision, tuple(rows))


def by_data(
    recipe: str,
    device: torch.device,
    dataset: Dataset,
    sizes: Sequence[int] = SIZES,
    budget: float = 60.0,
    *,
    precision: Arithmetic = "fp32",
    clock: Clock = time.perf_counter,
) -> DataGrowth:
    """Time the start, steps and epochs' beginnings on data of each size, made of the given images over and over.

    Args:
        recipe: of the training.
        device: where.
        dataset: real images to repeat.
        sizes: numbers of images, smallest first.
        budget: seconds, shared evenly. Whatever it is, each size is measured: an engine and nine steps.
        precision: of the networks.
        clock: seconds.
    """
    rows: list[DataRow] = []
    for size in sizes:
        need = 3 * size * dataset.images[0].size
        if need > MEMORY_SHARE * available_bytes(torch.device("cpu")):
            rows.append(DataRow(images=size, left_out=f"{_gib(need)} of memory are not free"))
            continue
        many = repeated(dataset, size)
        rows.append(_time_data(recipe, device, many, budget / len(sizes), precision, clock))
    return DataGrowth(recipe, device.type, torch.get_num_threads(), precision, tuple(rows))


def repeated(dataset: Dataset, count: int) -> Dataset:
    """The same images again and again, or the first of them, until there are ``count``."""
    images = np.resize(dataset.images, (count, *dataset.images.shape[1:]))
    return replace(dataset, images=images, labels=np.resize(dataset.labels, count))


def engine_for(
    recipe: str, device: torch.device, dataset: Dataset, precision: Arithmetic, **settings: int
) -> Engine:
    """An engine under a recipe, as a run would have it, with some settings of one's own."""
    config: RunConfig = combine({"recipe": recipe, "device": device.type, "precision": precision, **settings})
    pair = pair_named(config.networks).for_classes(len(dataset.class_names))
    return Engine(config, dataset, device, precision, pair)


def _time_batch(
    recipe: str,
    device: torch.device,
    dataset: Dataset,
    batch: int,
    budget: float,
    precision: Arithmetic,
    clock: Clock,
) -> BatchRow:
    reset_peak(device)
    end = clock() + budget
    engine = engine_for(recipe, device, dataset, precision, d_batch=batch, g_batch=batch)
    seconds = _steps(engine, end, clock)
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
    recipe: str, device: torch.device, dataset: Dataset, budget: float, precision: Arithmetic, clock: Clock
) -> DataRow:
    reset_peak(device)
    start = clock()
    engine = engine_for(recipe, device, dataset, precision)
    synchronise(device)
    ready = clock() - start
    seconds = _steps(engine, start + budget, clock)
    step = statistics.median(seconds)
    firsts, orders = [], []
    for _ in range(BOUNDARIES):
        # The place just behind an epoch's end, where the next one's order is still to be drawn.
        engine.sampler.seek(engine.sampler.epoch + 1, 0)
        firsts.append(_once(engine, clock))
        engine.sampler.seek(engine.sampler.epoch + 1, 0)
        before = clock()
        engine.sampler.take(1)
        synchronise(device)
        orders.append(clock() - before)
    first = statistics.median(firsts)
    return DataRow(
        images=len(dataset.images),
        ready_seconds=ready,
        step_seconds=step,
        steps=len(seconds),
        first_of_epoch_seconds=first,
        boundary_seconds=first - step,
        order_seconds=statistics.median(orders),
        peak_bytes=peak_bytes(device),
    )


def _steps(engine: Engine, end: float, clock: Clock) -> list[float]:
    """Seconds of some steps, after one that warms up."""
    _once(engine, clock)
    seconds: list[float] = []
    while len(seconds) < LEAST_STEPS or (len(seconds) < MOST_STEPS and clock() < end):
        seconds.append(_once(engine, clock))
    return seconds


def _once(engine: Engine, clock: Clock) -> float:
    synchronise(engine.device)
    start = clock()
    engine.train_step()
    synchronise(engine.device)
    return clock() - start


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
