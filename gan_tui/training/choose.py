"""What suits this machine: number of threads, arithmetic and recipe, by short measurements at start-up.

Together they take about a second on a slow processor, and between two steps somebody is answered. The viewer
runs meanwhile, so that its load counts: on two cores, two threads that a third wants to interrupt can be much
slower than one alone.
"""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec
import torch

from gan_tui.config.recipes import RECIPES
from gan_tui.config.run_config import AUTO, RunConfig
from gan_tui.config.sources import apply_recipe
from gan_tui.data.dataset import Dataset
from gan_tui.training.precision import Arithmetic, alternatives, most_gain
from gan_tui.training.reasons import YOU_CHOSE
from gan_tui.training.trial import Timing, Trial

SLOW_STEP: Final = 0.03
"""Seconds: where a step of the article's networks takes longer, the light ones are chosen.

A guess between two points. Where ``labelled`` took 70 ms a step it came to 68 % of samples read after 150
steps and 94 % after 400, which is half a minute, and ``swift`` to 95 % and more in it (benchmarks/results);
where a step takes a few milliseconds the article's own networks have thousands of them in that time.
"""
FULL: Final = "labelled"
"""The recipe for machines that are quick enough for the article's networks."""
LIGHT: Final = "swift"
"""The recipe for all others."""
THREADS_GAIN: Final = 1.1
"""More threads must be this many times faster, for they take time from the viewer and from others."""
THREADS_BUDGET: Final = 0.4
"""Seconds for the steps of one comparison of threads."""
PRECISION_GAIN: Final = 1.05
"""A coarser arithmetic must be this many times faster than the best of the more exact ones."""
BUDGET: Final = 0.12
"""Seconds for the steps of one arithmetic."""


class Measurable(Protocol):
    """What can say how long a step takes; :class:`~gan_tui.training.trial.Trial` is one."""

    def compared(self, precision: Arithmetic, budget: float) -> float:
        """Seconds of a step, to compare with others of the same object."""

    def gain(self, few: int, many: int, budget: float) -> float:
        """How many times as long a step takes on few threads as on many; they take turns."""

    def whole(self, precision: Arithmetic, limit: float) -> Timing:
        """How long a whole step takes; roughly, where that is far from ``limit`` seconds."""


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Attributes:
        config: the run's, with recipe, precision and threads decided (the device is the caller's).
        reason: why this recipe, as the screen says it.
        precision: of the networks.
        threads: for ``torch.set_num_threads``.
    """

    config: RunConfig
    reason: str
    precision: Arithmetic
    threads: int


def choose(
    config: RunConfig,
    given: Mapping[str, Any],
    dataset: Dataset,
    device: torch.device,
    make_trial: Callable[[RunConfig, Dataset, torch.device], Measurable] = Trial,
) -> Choice:
    """Decide all that was left to ``auto`` (threads: to 0); afterwards torch has as many threads as before.

    Args:
        config: of the run.
        given: what the user gave; it stays under the recipe that is chosen.
        dataset: to learn from.
        device: where.
        make_trial: makes what measures.
    """
    before = torch.get_num_threads()
    try:
        reason = YOU_CHOSE
        if config.recipe == AUTO:
            name, reason = choose_recipe(config, given, dataset, device, make_trial)
            config = apply_recipe(config, name, given)
        fixed = config.precision != AUTO and (config.threads > 0 or device.type != "cpu")
        trial = None if fixed else make_trial(config, dataset, device)
        threads = _threads(config, device, trial)
        torch.set_num_threads(threads)
        precision = _precision(config, device, trial)
    finally:
        torch.set_num_threads(before)
    config = msgspec.structs.replace(config, precision=precision, threads=threads)
    return Choice(config, reason, precision, threads)


def choose_recipe(
    config: RunConfig,
    given: Mapping[str, Any],
    dataset: Dataset,
    device: torch.device,
    make_trial: Callable[[RunConfig, Dataset, torch.device], Measurable] = Trial,
) -> tuple[str, str]:
    """The article's networks where a step of theirs takes less than about 30 ms, else the light ones.

    Both with labels: every data set has them, and digits that are asked for are learnt faster.

    Returns:
        The recipe's name, and why.
    """
    before = torch.get_num_threads()
    candidate = apply_recipe(config, FULL, given)
    if candidate.networks != RECIPES[FULL].values["networks"]:
        return FULL, f"the networks {candidate.networks} were asked for"
    trial = make_trial(candidate, dataset, device)
    try:
        if device.type == "cpu":
            torch.set_num_threads(candidate.threads or 1)
        step = trial.whole("fp32", SLOW_STEP)
        if step.seconds / _most_gain(candidate, device) < SLOW_STEP:
            torch.set_num_threads(_threads(candidate, device, trial))
            step = trial.whole(_precision(candidate, device, trial), SLOW_STEP)
    finally:
        torch.set_num_threads(before)
    reason = f"a step of the article's networks takes {step} here"
    return (FULL if step.seconds < SLOW_STEP else LIGHT), reason


def _most_gain(config: RunConfig, device: torch.device) -> float:
    """How many times faster than on one thread in float32 a step can become at the very best."""
    if device.type != "cpu":
        return math.inf
    threads = 1 if config.threads else thread_candidates()[-1]
    return threads * (most_gain() if alternatives(device) else 1)


def choose_precision(trial: Measurable, device: torch.device) -> Arithmetic:
    """TF32 or bfloat16 where the device may do it well and a measurement says that it does."""
    best: Arithmetic = "fp32"
    others = alternatives(device)
    if others:
        least = trial.compared(best, BUDGET)
        for precision in others:
            seconds = trial.compared(precision, BUDGET)
            if seconds * PRECISION_GAIN < least:
                best, least = precision, seconds
    return best


def choose_threads(trial: Measurable, candidates: Sequence[int]) -> int:
    """From few to many, as long as more threads are worth it; leaves torch's number of threads changed."""
    best = candidates[0]
    for threads in candidates[1:]:
        if trial.gain(best, threads, THREADS_BUDGET) < THREADS_GAIN:
            break
        best = threads
    return best


def thread_candidates() -> list[int]:
    """1, 2, 4, … and the number of processors that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return sorted({2**power for power in range(cores.bit_length()) if 2**power <= cores} | {cores})


def _threads(config: RunConfig, device: torch.device, trial: Measurable | None) -> int:
    if config.threads:
        return config.threads
    if device.type != "cpu" or trial is None:
        return torch.get_num_threads()
    return choose_threads(trial, thread_candidates())


def _precision(config: RunConfig, device: torch.device, trial: Measurable | None) -> Arithmetic:
    if config.precision != "auto":
        return config.precision
    return "fp32" if trial is None else choose_precision(trial, device)
