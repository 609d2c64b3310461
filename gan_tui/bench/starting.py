"""How long a newcomer waits: from the trainer's start to its first step and to its first pictures.

A real trainer process is started as ``gan-tui run`` starts it, with the settings that a user gave, and
watched over the link as a viewer does. The viewer itself, which is on the screen some tenths of a second
earlier, is not started. A record tells its moment only to a tick: times are known to about a twentieth of a
second.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from gan_tui.bench.errors import BenchError
from gan_tui.bench.memory import process_peak
from gan_tui.bench.scratch import listening, records, scratch_home, started
from gan_tui.bench.spread import Spread, spread
from gan_tui.config.run_config import AUTO
from gan_tui.link.client import Received
from gan_tui.link.messages import Samples, Stage, Status, Telemetry, Welcome

STEPS: Final = 10
"""Steps after which the trainer has held all that it will hold."""
MOST_STARTS: Final = 5


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """One start; seconds since the process was started.

    Attributes:
        first_picture_seconds: until the first samples, which are real digits to look at meanwhile.
        own_picture_seconds: until the first samples that G drew after a step.
        first_step_seconds: until the first record that tells of a finished step.
        stages: seconds of each stage of start-up, as the trainer tells them.
        peak_bytes: most resident memory of the trainer until it had made :data:`STEPS` steps.
        recipe, threads, precision: that it trains with.
    """

    first_picture_seconds: float
    own_picture_seconds: float
    first_step_seconds: float
    stages: dict[str, float]
    peak_bytes: int
    recipe: str
    threads: int
    precision: str


class Starting(msgspec.Struct, frozen=True, kw_only=True):
    """Several starts, one after the other; the first may have had to read from the disk.

    Attributes:
        recipe: that was asked for.
        first_picture_seconds, own_picture_seconds, first_step_seconds, peak_bytes: over the starts.
        starts: each.
    """

    recipe: str
    first_picture_seconds: Spread
    own_picture_seconds: Spread
    first_step_seconds: Spread
    peak_bytes: Spread
    starts: tuple[Start, ...]


def measure(
    given: Mapping[str, Any],
    budget: float = 30.0,
) -> Starting:
    """Start trainers, at most :data:`MOST_STARTS`, for as long as another start fits the budget.

    Args:
        given: settings, as a user gives them; a newcomer gives none.
        budget: seconds. Whatever it is, one start is measured: about five seconds on two cores.

    Raises:
        GanTuiError: a trainer did not come to its first steps; the sentence says why.
    """
    end, longest = time.monotonic() + budget, 0.0
    starts: list[Start] = []
    with scratch_home() as root:
        while not starts or (len(starts) < MOST_STARTS and time.monotonic() + longest < end):
            before = time.monotonic()
            starts.append(_start(root, given))
            longest = max(longest, time.monotonic() - before)
    return Starting(
        recipe=given.get("recipe", AUTO),
        first_picture_seconds=spread([one.first_picture_seconds for one in starts]),
        own_picture_seconds=spread([one.own_picture_seconds for one in starts]),
        first_step_seconds=spread([one.first_step_seconds for one in starts]),
        peak_bytes=spread([one.peak_bytes for one in starts]),
        starts=tuple(starts),
    )


class Milestones:
    """Notes when something was first heard of; give it every record, in order."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.stages: dict[str, float] = {}
        self.step = 0
        self.status: Status | None = None

    def hear(self, record: Received, seconds: float) -> None:
        """Take a record that came so many seconds after the start."""
        if isinstance(record, Welcome):
            parts = (record.status, record.telemetry, record.samples, *record.stages)
            for part in parts:
                if part is not None:
                    self.hear(part, seconds)
        elif isinstance(record, Samples):
            self._first("picture", seconds)
            # Those of step 0 are noise through a network that has learned nothing.
            if record.kind != "real" and record.step:
                self._first("own picture", seconds)
        elif isinstance(record, Stage):
            if record.state == "done":
                self.stages[record.name] = record.seconds
        elif isinstance(record, Status):
            self.status = record
        elif isinstance(record, Telemetry) and record.step:
            self._first("step", seconds)
            self.step = record.step

    @property
    def complete(self) -> bool:
        """Whether all was heard of, and :data:`STEPS` steps are done."""
        return {"picture", "own picture", "step"} <= set(self.seconds) and self.step >= STEPS

    def _first(self, name: str, seconds: float) -> None:
        self.seconds.setdefault(name, seconds)


def _start(root: Path, given: Mapping[str, Any]) -> Start:
    heard = Milestones()
    begun = time.monotonic()
    with started(root, given) as (run, process), listening(run, watching=True) as client:
        for record in records(client, run, process):
            heard.hear(record, time.monotonic() - begun)
            if heard.complete:
                break
        peak = process_peak(process.pid)
    if heard.status is None:
        raise BenchError("the trainer trained without telling its status; nothing was measured")
    return Start(
        first_picture_seconds=heard.seconds["picture"],
        own_picture_seconds=heard.seconds["own picture"],
        first_step_seconds=heard.seconds["step"],
        stages=heard.stages,
        peak_bytes=peak,
        recipe=heard.status.recipe,
        threads=heard.status.threads,
        precision=heard.status.precision,
    )
