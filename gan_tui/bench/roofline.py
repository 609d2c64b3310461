"""The least time that a step can take on this machine, from what it must do and what the machine can.

The roofline of S. Williams, A. Waterman and D. Patterson (2009), a product at a time: each takes at least
the time of its multiply-adds at the machine's measured matrix rate, and at least that of its bytes at the
measured rate of moving them (the cache's where all that it touches fits there, else memory's); Adam and the
running average take the time of their bytes. The limit is the sum of those times, for one product follows
another. :attr:`Limit.overlapped_seconds`, the larger of both sums, would hold even if memory were moved
beside the products of other layers.

The rates are this machine's best and the counts a lower bound (``counting.py``), so that no program that
goes layer by layer in this form reaches the limit. One that carries maps through the cache across layers can
pass its bytes, but not :attr:`Limit.arithmetic_seconds`; one in another form, with fewer multiply-adds, may.
"""

from typing import Literal

import msgspec

from gan_tui.bench.counting import Form, StepCount, of_step
from gan_tui.bench.errors import BenchError
from gan_tui.bench.rates import Rates
from gan_tui.config.run_config import RunConfig
from gan_tui.networks import Pair


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """The least seconds of a step.

    Attributes:
        form: of the networks: as ``computed`` or as ``written``.
        seconds: the limit. overlapped_seconds: the weaker one, see above.
        binds: what most of those seconds are due to.
        arithmetic_seconds: all multiply-adds at the matrix rate. memory_seconds: all bytes at their rates.
        parts: seconds by "G forward", "D weights", …, "Adam G", "average"; they sum to ``seconds``.
        multiply_adds, bytes: of the step.
    """

    form: Form
    seconds: float
    overlapped_seconds: float
    binds: Literal["arithmetic", "memory"]
    arithmetic_seconds: float
    memory_seconds: float
    parts: dict[str, float]
    multiply_adds: int
    bytes: int

    def share(self, step_seconds: float) -> float:
        """How much of the limit a step of so many seconds reaches: 1 is all of it.

        Raises:
            BenchError: the seconds are not above 0.
        """
        if not step_seconds > 0:
            raise BenchError(f"a step cannot take {step_seconds} seconds: measure it again")
        return self.seconds / step_seconds


def limit(config: RunConfig, pair: Pair, rates: Rates, form: Form = "computed") -> Limit:
    """The limit of a step under these settings.

    Args:
        config: of the run.
        pair: its networks.
        rates: of this machine, in the arithmetic that trains.
        form: the networks' as they are computed, against which a share is told, or as they are written.

    Raises:
        BenchError: a layer is of a kind that cannot be counted.
    """
    return limit_of(of_step(config, pair, form, 2 if rates.precision == "bf16" else 4), rates)


def limit_of(count: StepCount, rates: Rates) -> Limit:
    """The limit of a step that was counted."""
    parts: dict[str, float] = {}
    arithmetic = memory = by_memory = 0.0
    for product in count.products:
        adding = product.times * product.multiply_adds / rates.multiply_adds_per_second
        moving = product.times * _moving(product.bytes, rates)
        arithmetic, memory = arithmetic + adding, memory + moving
        by_memory += moving if moving > adding else 0.0
        name = f"{product.player} {product.direction}"
        parts[name] = parts.get(name, 0.0) + max(adding, moving)
    for one in count.passes:
        parts[one.name] = one.times * _moving(one.bytes, rates)
        memory += parts[one.name]
        by_memory += parts[one.name]
    seconds = sum(parts.values())
    totals = count.totals()
    return Limit(
        form=count.form,
        seconds=seconds,
        overlapped_seconds=max(arithmetic, memory),
        binds="memory" if by_memory > seconds / 2 else "arithmetic",
        arithmetic_seconds=arithmetic,
        memory_seconds=memory,
        parts=parts,
        multiply_adds=totals.multiply_adds,
        bytes=totals.bytes,
    )


def _moving(count: int, rates: Rates) -> float:
    cached = count <= rates.cache_bytes
    return count / (rates.cached_bytes_per_second if cached else rates.memory_bytes_per_second)
