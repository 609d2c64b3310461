"""Several measurements of one thing, in few numbers."""

import statistics
from collections.abc import Sequence

import msgspec


class Spread(msgspec.Struct, frozen=True):
    """Median, least and most of ``n`` measurements."""

    median: float
    min: float
    max: float
    n: int


def spread(values: Sequence[float]) -> Spread:
    """Of at least one value; raises StatisticsError where there is none."""
    return Spread(statistics.median(values), min(values), max(values), len(values))
