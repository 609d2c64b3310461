"""How fast this machine multiplies matrices and moves memory, by its own measurement.

Both are what torch reaches here with the very libraries that training uses, not what a data sheet says: the
best of some repeats, for other programs can only make a repeat slower.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec
import torch

from gan_tui.bench.caches import last_cache
from gan_tui.bench.errors import BenchError
from gan_tui.training.device import synchronise
from gan_tui.training.precision import Arithmetic, check_precision, may_be_faster, products

Shape = tuple[int, int, int]
"""(M, K, N) of an (M, K) × (K, N) product."""

CPU_SHAPES: Final[tuple[Shape, ...]] = (
    (512, 512, 512),
    (1024, 1024, 1024),
    (256 * 49, 128, 576),  # the article's first convolution, folded, for 256 images
    (256, 1152, 6272),  # its third linear layer
)
GPU_SHAPES: Final[tuple[Shape, ...]] = (
    (4096, 4096, 4096),
    (8192, 8192, 8192),
    (4096 * 49, 128, 576),
    (4096, 1152, 6272),
)
COPY_BYTES: Final = 128 << 20
"""Bytes moved to learn the rate of memory, where four times the cache is not more."""
SMALL_CACHE: Final = 1 << 20
"""Bytes that any processor is taken to keep in a cache, where the system does not tell."""
_CALLS: Final = {"cpu": 1, "cuda": 10, "mps": 10}
"""Calls between two looks at the clock: on a GPU many, so that the wait for it counts little."""


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """What this machine can do at its best.

    Attributes:
        device: where. threads: of torch meanwhile (of no effect on a GPU). precision: of the products.
        multiply_adds_per_second: of the fastest shape. by_shape: of each, by "M×K×N".
        copy_bytes_per_second: read and written together by a copy, in memory.
        memory_bytes_per_second: the same by a copy or by a change in place, whichever is faster: a processor
            reads what a copy will overwrite, too, so that Adam, say, moves more a second than a copy does.
        cached_bytes_per_second: the same within the last cache; never less than that of memory.
        cache_bytes: what counts as within the cache.
    """

    device: str
    threads: int
    precision: Arithmetic
    multiply_adds_per_second: float
    copy_bytes_per_second: float
    memory_bytes_per_second: float
    cached_bytes_per_second: float
    cache_bytes: int
    by_shape: dict[str, float]


def measure_rates(
    device: torch.device,
    threads: int,
    precision: Arithmetic = "fp32",
    budget: float = 2.0,
    *,
    shapes: tuple[Shape, ...] | None = None,
    copy_bytes: int | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Rates:
    """Measure; torch's threads and settings are afterwards as they were.

    Args:
        device: where.
        threads: of torch meanwhile; 0: as many as it has now.
        precision: of the products.
        budget: seconds, two thirds for products and a third for moves. At least two repeats of each are made
            whatever they take: about 0.3 s at 40 thousand million multiply-adds a second, 2 s at five.
        shapes: of the products; tests take small ones.
        copy_bytes: of what is moved in memory, likewise.
        clock: seconds.

    Raises:
        BenchError: the processor has bfloat16 by emulation only, so that its rate means nothing.
        DeviceError: the device cannot do it.
    """
    check_rate_precision(device, precision)
    chosen = shapes or (CPU_SHAPES if device.type == "cpu" else GPU_SHAPES)
    cache = last_cache(device) or SMALL_CACHE
    large = copy_bytes or max(COPY_BYTES, 4 * cache)
    sizes = (large, max(cache // 8, 1024), max(cache // 64, 1024))
    with _threads(threads), products(precision):
        watch = _Watch(device, clock)
        by_shape = {
            "×".join(map(str, shape)): _product_rate(watch, shape, precision, budget * 2 / 3 / len(chosen))
            for shape in chosen
        }
        (copy, change), *cached = (_moving_rates(watch, size, budget / 18) for size in sizes)
        used = torch.get_num_threads()
    return Rates(
        device=device.type,
        threads=used,
        precision=precision,
        multiply_adds_per_second=max(by_shape.values()),
        copy_bytes_per_second=copy,
        memory_bytes_per_second=max(copy, change),
        cached_bytes_per_second=max(copy, change, *(rate for both in cached for rate in both)),
        cache_bytes=cache,
        by_shape=by_shape,
    )


def check_rate_precision(device: torch.device, precision: Arithmetic) -> None:
    """Refuse an arithmetic that the device has not, or has by emulation only.

    Raises:
        BenchError, DeviceError: as :func:`measure_rates`.
    """
    check_precision(device, precision)
    if precision == "bf16" and not may_be_faster(device):
        raise BenchError(
            "this processor has bfloat16 by emulation only, many times slower than float32: measure fp32"
        )


class _Watch:
    """Times calls on a device."""

    def __init__(self, device: torch.device, clock: Callable[[], float]) -> None:
        self.device = device
        self._clock = clock
        self._calls = _CALLS.get(device.type, 1)

    def best(self, work: Callable[[], object], budget: float) -> float:
        """Seconds of the fastest call: one to warm up, then at least two, until the budget is spent."""
        work()
        synchronise(self.device)
        end = self._clock() + budget
        best, repeats = float("inf"), 0
        while repeats < 2 or self._clock() < end:
            start = self._clock()
            for _ in range(self._calls):
                work()
            synchronise(self.device)
            best = min(best, (self._clock() - start) / self._calls)
            repeats += 1
        return best


def _product_rate(watch: _Watch, shape: Shape, precision: Arithmetic, budget: float) -> float:
    m, k, n = shape
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    left, right, out = (
        torch.full(size, 0.5, device=watch.device, dtype=dtype) for size in ((m, k), (k, n), (m, n))
    )
    with torch.no_grad():
        return m * k * n / watch.best(lambda: torch.mm(left, right, out=out), budget)


def _moving_rates(watch: _Watch, size: int, budget: float) -> tuple[float, float]:
    """Bytes read and written a second by a copy of ``size`` bytes, and by a change of them in place."""
    source = torch.ones(size // 4, device=watch.device)
    target = torch.zeros_like(source)
    copy = watch.best(lambda: target.copy_(source), budget)
    change = watch.best(lambda: target.mul_(1.0), budget)
    moved = 2 * 4 * (size // 4)
    return moved / copy, moved / change


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    if count:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
