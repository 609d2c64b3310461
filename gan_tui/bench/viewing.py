"""What a viewer costs: throughput with it over throughput without, its processor share, its bytes a second.

One trainer; windows without and with a viewer in a pseudo-terminal alternate, each with some seconds at its
start that do not count (a viewer that starts is no viewer that watches). Steps are read from the trainer's
own telemetry over a client that counts as no viewer, so that the trainer draws samples only while the viewer
is there: that is part of the cost. Each ratio is a window with the viewer over the mean of its two neighbours
without, so that a machine that slowly changes its speed disturbs little.
"""

import statistics
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

import msgspec
import psutil

from gan_tui.bench.scratch import PROGRAM, Running, listening, scratch_home, telemetry, trainer
from gan_tui.bench.spread import Spread, spread
from gan_tui.bench.window import Window
from gan_tui.link.client import Client
from gan_tui.link.messages import Telemetry

SETTLE: Final = 3.0
"""Seconds at a window's start that do not count."""
SECONDS: Final = 10.0
"""Length of a window, and least length where the budget is short: a third of it."""
START: Final = 8.0
"""Seconds that the trainer's start is taken to need."""
OPENING: Final = 2.0
"""Seconds that a viewer's start is taken to need."""
TERMINAL: Final = (120, 40)


class Viewing(msgspec.Struct, frozen=True, kw_only=True):
    """The cost.

    Attributes:
        recipe: of the training. columns, rows: of the terminal. seconds: length of a window.
        throughput_ratio: steps a second with the viewer over those without: 1 where it costs nothing.
        share_of_a_core: the viewer process's own. bytes_per_second: written to the terminal.
        steps_per_second_with, steps_per_second_without: of the trainer.
        noise_without: the quickest window without a viewer over the slowest: the ratio is known no better.
    """

    recipe: str
    columns: int
    rows: int
    seconds: float
    throughput_ratio: Spread
    share_of_a_core: Spread
    bytes_per_second: Spread
    steps_per_second_with: Spread
    steps_per_second_without: Spread
    noise_without: float


class Watched(NamedTuple):
    """A window with a viewer: steps a second, the viewer's share of a core, bytes a second."""

    rate: float
    share: float
    flow: float


class Plan(NamedTuple):
    """How many windows with a viewer, how long each, and how long before each."""

    rounds: int
    seconds: float
    settle: float

    @classmethod
    def within(cls, budget: float) -> "Plan":
        """As many windows as fit so many seconds; where not even one does, a shorter one."""
        left = budget - START
        rounds = int((left - SETTLE - SECONDS) / (2 * (SETTLE + SECONDS) + OPENING))
        if rounds >= 1:
            return cls(rounds, SECONDS, SETTLE)
        length = max(SECONDS / 3, (left - OPENING) / 3 - SETTLE)
        return cls(1, min(SECONDS, length), SETTLE)


def measure(
    given: Mapping[str, Any],
    budget: float = 120.0,
    *,
    size: tuple[int, int] = TERMINAL,
    plan: Plan | None = None,
) -> Viewing:
    """Alternate.

    Args:
        given: settings of the training, as a user gives them: the recipe, at least. The judge works only if
            they say so, and there is no last step.
        budget: seconds. Whatever it is, one round is made: about 30 seconds in all.
        size: columns and rows of the terminal.
        plan: windows, instead of what the budget lets.

    Raises:
        GanTuiError: trainer or viewer failed; the sentence says how.
    """
    plan = plan or Plan.within(budget)
    settings = {"judge": False, **given, "steps": 0}
    watched: list[Watched] = []
    with scratch_home() as root, trainer(root, settings) as running, listening(running.run, False) as client:
        without = [_without(client, running, plan)]
        for _ in range(plan.rounds):
            watched.append(_with(client, running, plan, size))
            without.append(_without(client, running, plan))
    return summarise(given["recipe"], size, plan.seconds, watched, without)


def summarise(
    recipe: str,
    size: tuple[int, int],
    seconds: float,
    watched: Sequence[Watched],
    without: Sequence[float],
) -> Viewing:
    """From windows to the cost.

    Args:
        recipe: of the training.
        size: columns and rows.
        seconds: length of a window.
        watched: windows with a viewer.
        without: steps a second before, between and after them: one more.
    """
    means = [statistics.mean(pair) for pair in pairwise(without)]
    return Viewing(
        recipe=recipe,
        columns=size[0],
        rows=size[1],
        seconds=seconds,
        throughput_ratio=spread([one.rate / mean for one, mean in zip(watched, means, strict=True)]),
        share_of_a_core=spread([one.share for one in watched]),
        bytes_per_second=spread([one.flow for one in watched]),
        steps_per_second_with=spread([one.rate for one in watched]),
        steps_per_second_without=spread(without),
        noise_without=max(without) / min(without),
    )


def _without(client: Client, running: Running, plan: Plan) -> float:
    """Steps a second with nobody watching."""
    time.sleep(plan.settle)
    before = _now(client, running)
    time.sleep(plan.seconds)
    return _rate(before, _now(client, running))


def _with(client: Client, running: Running, plan: Plan, size: tuple[int, int]) -> Watched:
    window = Window([*PROGRAM, "attach", str(running.run.path)], size)
    try:
        window.until(b"TRAINING", b"quit")
        window.drain(plan.settle)
        process = psutil.Process(window.pid)
        before, used, start = _now(client, running), process.cpu_times(), time.monotonic()
        window.drain(0.0)
        count = window.drain(plan.seconds)
        after, spent, end = _now(client, running), process.cpu_times(), time.monotonic()
    finally:
        window.close()
    share = (spent.user + spent.system - used.user - used.system) / (end - start)
    return Watched(_rate(before, after), share, count / plan.seconds)


def _now(client: Client, running: Running) -> Telemetry:
    """The next tick from now on."""
    began = time.time()
    return telemetry(client, lambda tick: tick.time >= began, running.run, running.process)


def _rate(before: Telemetry, after: Telemetry) -> float:
    return (after.step - before.step) / (after.time - before.time)
