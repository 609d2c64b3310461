"""The parts that a step is made of, and which of them are played at once."""

from collections.abc import Sequence
from enum import Enum

from gan_tui.config.run_config import RunConfig


class Part(Enum):
    """What is recorded at once: an update of D, one of G, or one of each with the same fakes."""

    D = "D"
    G = "G"
    BOTH = "D and G"

    @property
    def counts(self) -> tuple[int, int]:
        """Updates of D and of G in it."""
        return int(self is not Part.G), int(self is not Part.D)


def plan(config: RunConfig, d_steps: int, g_steps: int) -> list[Part]:
    """The parts of a step: updates of D, then of G; where they share fakes, the last joins the first.

    Args:
        config: whose ``share_fakes`` and batches say whether they share: D's batch must be a part of G's.
        d_steps: updates of D, at present.
        g_steps: updates of G.
    """
    if config.share_fakes and config.g_batch >= config.d_batch and d_steps and g_steps:
        return [Part.D] * (d_steps - 1) + [Part.BOTH] + [Part.G] * (g_steps - 1)
    return [Part.D] * d_steps + [Part.G] * g_steps


def pieces(parts: Sequence[Part], averaged: bool) -> list[tuple[Part, ...]]:
    """Cut a step into what may be played at once: all of it, unless a running average is kept.

    The average takes in the generator behind each of its updates, and is not recorded: so a piece ends there.

    Args:
        parts: of a step.
        averaged: whether there is an average.
    """
    found: list[tuple[Part, ...]] = []
    start = 0
    for end, part in enumerate(parts, 1):
        if end == len(parts) or (averaged and part is not Part.D):
            found.append(tuple(parts[start:end]))
            start = end
    return found


def shares_fakes(config: RunConfig) -> bool:
    """Whether, at the configured D:G, the last D update looks at what the first G update learns from."""
    return Part.BOTH in plan(config, config.d_steps, config.g_steps)
