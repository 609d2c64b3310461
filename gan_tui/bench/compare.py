"""Ours beside the others: turns alternate in one process, and a ratio is one of neighbours.

A round is ours, first peer, ours, second peer, ours, …: each of the peer's turns is held against the mean of
our turns before and after it, so that a machine that slowly changes its speed disturbs little, and the median
over the rounds is told with the least and the greatest. The first steps of each, in which memory is taken and
programs are compiled, are told apart and do not count. But a first step that takes seconds does where nothing
is compiled, and else the second: what warms up is nothing beside it, and nobody should wait for it twice.
"""

import math
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

import msgspec

from gan_tui.bench.deadline import Deadline

TURN: Final = 0.2
"""Seconds of a turn at least, so that clocks and switches do not count."""
LONG_TURN: Final = 1.0
"""Seconds of our turn at most, where those of the others are long; a step may be longer."""
CALIBRATED_AGAIN: Final = 1.0
"""Seconds: a first step that took less, or that compiled, is made once more to learn how long it takes."""
LONG_STEP: Final = 3.0
"""Seconds: a step that took as long, and compiled nothing, counts as a turn though others are to come."""
PATIENCE: Final = 10.0
"""Times the budget that the least number of rounds may take."""


class Runner(Protocol):
    """What can do steps."""

    name: str
    compiles: bool
    block: int

    def step(self, count: int) -> object:
        """Do ``count`` steps and wait for them."""


class Turn(NamedTuple):
    """Seconds of a step: on the wall's clock, and of processor time over all threads of this process."""

    wall: float
    processor: float


class Neighbours(NamedTuple):
    """A peer's turn, and ours before and after it."""

    theirs: Turn
    before: Turn
    after: Turn

    @property
    def ratio(self) -> float:
        """How many times as long the peer's step takes as ours, on the wall's clock."""
        return 2 * self.theirs.wall / (self.before.wall + self.after.wall)

    @property
    def processor_ratio(self) -> float:
        """The same in processor time, which programs that wait beside us do not change."""
        ours = self.before.processor + self.after.processor
        return 2 * self.theirs.processor / ours if ours > 0 else math.nan


class PeerFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A peer beside ours.

    Attributes:
        ratio: how many times as long its step takes as ours: median over the rounds; above 1 ours is faster.
        ratio_low, ratio_high: the least and the greatest of the rounds.
        ratio_processor: median ratio of processor times, None where there is no such clock.
        step_ms: median milliseconds of its step.
        first_seconds: until its first ``block`` steps were done, with all that comes before: networks, data
            and compilation, for the measuring process begins with empty caches of compiled code. (In a sweep
            over D:G, what torch.compile made for the first is there for the others.)
        rounds: how many ratios these are made of. steps: in each of its turns.
        block: steps that it does at once, as in one scan. threads: that it ran on.
    """

    ratio: float
    ratio_low: float
    ratio_high: float
    ratio_processor: float | None
    step_ms: float
    first_seconds: float
    rounds: int
    steps: int
    block: int
    threads: int


class OurFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Our own step: median, least and greatest milliseconds of a turn, and of how many turns."""

    step_ms: float
    least_ms: float
    most_ms: float
    processor_ms: float
    turns: int
    first_seconds: float


class Racer:
    """A runner with its stopwatch.

    Args:
        runner: prepared, no step made yet. threads: that it runs on.
        prepared: seconds that this took.
        wall, processor: clocks in seconds.
    """

    def __init__(
        self,
        runner: Runner,
        threads: int,
        prepared: float = 0.0,
        wall: Callable[[], float] = time.perf_counter,
        processor: Callable[[], float] = time.process_time,
    ) -> None:
        self.name = runner.name
        self.threads = threads
        self.block = self.steps = runner.block
        self.first_seconds = math.nan
        self.turn_seconds = math.nan
        self._runner, self._prepared = runner, prepared
        self._wall, self._processor = wall, processor

    def warm_up(self, before: Callable[[], object] = lambda: None) -> Turn | None:
        """Make the first steps, and find out how many fill a turn; a turn that counts is returned.

        Args:
            before: called just before the steps that may count: when what compiles has compiled.
        """
        if not self._runner.compiles:
            before()
        turn = self._timed(self.block)
        first = turn.wall * self.block
        self.first_seconds = self._prepared + first
        if self._runner.compiles:
            before()
        if self._runner.compiles or first < CALIBRATED_AGAIN:
            turn = self._timed(self.block)
        self._fill(turn.wall, TURN)
        return turn if turn.wall * self.block >= LONG_STEP else None

    def stretch(self, seconds: float) -> None:
        """Make turns of about so many seconds, if they are shorter."""
        if self.turn_seconds < seconds:
            self._fill(self.turn_seconds / self.steps, seconds)

    def turn(self) -> Turn:
        """One turn's seconds, of one step each."""
        return self._timed(self.steps)

    def _fill(self, step: float, seconds: float) -> None:
        self.steps = self.block * max(1, math.ceil(seconds / max(step, 1e-6) / self.block))
        self.turn_seconds = step * self.steps

    def _timed(self, steps: int) -> Turn:
        wall, processor = self._wall(), self._processor()
        self._runner.step(steps)
        return Turn((self._wall() - wall) / steps, (self._processor() - processor) / steps)


class Race:
    """Ours and the others.

    Args:
        ours: not warmed up yet; it is now.
        longest: seconds of our turn at most, where those of the others are long; a step may be longer.
    """

    def __init__(self, ours: Racer, longest: float = LONG_TURN) -> None:
        self._ours, self._longest = ours, longest
        self._others: list[Racer] = []
        self._our_turns: list[Turn] = []
        self._newest: Turn | None = None
        self._rounds: dict[str, list[Neighbours]] = {}
        ours.warm_up()

    def join(self, racer: Racer) -> None:
        """Let one more take part, which has not warmed up: it does now, between two turns of ours."""
        before: list[Turn] = []
        first = racer.warm_up(lambda: before.append(self._turn_before()))
        self._newest = None
        self._ours.stretch(min(self._longest, racer.turn_seconds / 4))
        self._others.append(racer)
        self._rounds[racer.name] = []
        if first is not None:
            self._rounds[racer.name].append(Neighbours(first, before[-1], self._turn_of_ours()))

    @property
    def longest(self) -> float:
        """Seconds of the longest turn of all that take part."""
        return max(racer.turn_seconds for racer in (self._ours, *self._others))

    @property
    def round_seconds(self) -> float:
        """How long a round will take."""
        return sum(racer.turn_seconds + self._ours.turn_seconds for racer in self._others)

    def run(
        self,
        budget: float,
        least: int,
        deadline: Deadline,
        after: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> int:
        """Make rounds until the budget is spent and all have ``least`` ratios; none that would end too late.

        Args:
            budget: seconds for the rounds; a round that has begun is finished.
            least: ratios of each, that of a first step that counts among them; made even where the rounds
                take longer than the budget, as long as :data:`PATIENCE` lets.
            deadline: a round that does not fit any more is not begun, unless somebody had no turn yet.
            after: called after each turn of a peer, when the figures are new.
            clock: seconds.

        Returns:
            How many rounds were made.
        """
        start, rounds = clock(), 0
        before = self._turn_before()
        while not all(self._rounds.values()) or (
            deadline.fits(self.round_seconds) and self._wanted(least, rounds, clock() - start, budget)
        ):
            for racer in self._others:
                theirs = racer.turn()
                ours = self._turn_of_ours()
                self._rounds[racer.name].append(Neighbours(theirs, before, ours))
                before = ours
                after()
            rounds += 1
            if not self._others:
                before = self._turn_of_ours()
        return rounds

    def our_figures(self) -> OurFigures:
        """Ours so far; at least one turn was made."""
        walls = [turn.wall * 1000 for turn in self._our_turns]
        return OurFigures(
            step_ms=statistics.median(walls),
            least_ms=min(walls),
            most_ms=max(walls),
            processor_ms=statistics.median(turn.processor * 1000 for turn in self._our_turns),
            turns=len(walls),
            first_seconds=self._ours.first_seconds,
        )

    def figures(self) -> dict[str, PeerFigures]:
        """Each peer that had a turn so far."""
        return {
            racer.name: _figures(racer, rounds)
            for racer in self._others
            if (rounds := self._rounds[racer.name])
        }

    def _wanted(self, least: int, rounds: int, spent: float, budget: float) -> bool:
        """Whether the budget asks for, and lets, another round behind so many."""
        if min((len(ratios) for ratios in self._rounds.values()), default=rounds) >= least:
            return spent < budget
        return spent + self.round_seconds < budget * PATIENCE

    def _turn_before(self) -> Turn:
        """A turn of ours that is over just now: the newest, where nobody had one since."""
        return self._newest or self._turn_of_ours()

    def _turn_of_ours(self) -> Turn:
        self._newest = turn = self._ours.turn()
        self._our_turns.append(turn)
        return turn


def _figures(racer: Racer, rounds: Sequence[Neighbours]) -> PeerFigures:
    ratios = [neighbours.ratio for neighbours in rounds]
    processor = statistics.median(neighbours.processor_ratio for neighbours in rounds)
    return PeerFigures(
        ratio=statistics.median(ratios),
        ratio_low=min(ratios),
        ratio_high=max(ratios),
        ratio_processor=processor if math.isfinite(processor) else None,
        step_ms=statistics.median(neighbours.theirs.wall * 1000 for neighbours in rounds),
        first_seconds=racer.first_seconds,
        rounds=len(rounds),
        steps=racer.steps,
        block=racer.block,
        threads=racer.threads,
    )
