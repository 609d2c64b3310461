"""One seed for a run, many independent streams of random numbers."""

from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What random numbers are for; the values are part of what a seed means and never change."""

    WEIGHTS = 0
    SHUFFLE = 1
    NOISE = 2
    FIXED = 3


def derive(seed: int, stream: Stream, index: int = 0) -> int:
    """A seed for one stream, in [0, 2^63): torch's generators take it.

    Streams and indices (as the number of an epoch) differ in all bits, by numpy's SeedSequence, whose output
    is fixed for all versions and machines.
    """
    words = np.random.SeedSequence([seed, int(stream), index]).generate_state(1, np.uint64)
    return int(words[0]) >> 1
