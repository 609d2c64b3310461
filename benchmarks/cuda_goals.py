"""What training on a GPU of the H100's class is to reach, held against what ``benchmarks.cuda`` found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

GOAL_ITERATIONS: Final = 3000


@dataclass(frozen=True)
class Goal:
    """One figure: ``find`` looks for it and raises LookupError or TypeError where it was not measured."""

    bound: float
    at_most: bool
    find: Callable[[Mapping[str, Any]], float]

    def held(self, figures: Mapping[str, Any]) -> dict[str, Any]:
        """``found``, ``goal`` and ``holds``; found and holds are null where there is no figure."""
        goal = f"{'at most' if self.at_most else 'at least'} {self.bound:g}"
        try:
            found = self.find(figures)
        except (LookupError, TypeError, ValueError):
            return {"found": None, "goal": goal, "holds": None}
        return {
            "found": found,
            "goal": goal,
            "holds": found <= self.bound if self.at_most else found >= self.bound,
        }


def _seconds(figures: Mapping[str, Any]) -> float:
    """Of 3,000 iterations in the fastest arithmetic, whatever number of them was done."""
    steps: list[float] = [one["training_seconds"] / one["iterations"] for one in figures["article"].values()]
    return min(steps) * GOAL_ITERATIONS


GOALS: Final[dict[str, Goal]] = {
    "article_seconds": Goal(2.0, True, _seconds),
    "g_update_limit_share": Goal(
        0.5, False, lambda figures: max(one["g_update"]["share"] for one in figures["limit"].values())
    ),
    "device_utilisation": Goal(0.9, False, lambda figures: figures["utilisation"]["profiler_share"]),
    "telemetry_ratio": Goal(0.99, False, lambda figures: figures["telemetry"]["throughput_ratio"]),
    "viewer_ratio": Goal(0.98, False, lambda figures: figures["viewer"]["throughput_ratio"]),
}
"""By name: seconds of the article's 3,000 iterations; share of the limit of its G update of 256 images; share
of the time in which a kernel runs; steps a second with a trainer's looks, and those with a viewer, over those
without.
"""


def goals(figures: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Each goal beside what was found, from the object that ``benchmarks.cuda`` prints."""
    return {name: goal.held(figures) for name, goal in GOALS.items()}
