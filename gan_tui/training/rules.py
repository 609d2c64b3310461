"""What the health rules look at: the game over the last few dozen steps."""

from collections import deque
from collections.abc import Iterable
from typing import Final

from gan_tui.link.messages import Health, Telemetry
from gan_tui.quality import Game, assess, steady
from gan_tui.training.board import Board
from gan_tui.training.reasons import was_measured

WINDOW_UPDATES: Final = 60
"""Opinions are means over about this many D updates."""
STEADY_TICKS: Final = 60
"""G's loss is steady or not over this many ticks."""


class Rules:
    """Collects ticks, and says how the training goes.

    Args:
        board: tells status and report. judged: a judge reads, or will.
    """

    def __init__(self, board: Board, judged: bool = True) -> None:
        self._board, self._judged = board, judged
        self._ticks: deque[Telemetry] = deque(maxlen=STEADY_TICKS)
        self._complete = False

    def collect(self, telemetry: Telemetry) -> None:
        """Take a tick in; one without an update tells nothing."""
        if telemetry.d_fake is not None or telemetry.g is not None:
            if self._ticks and telemetry.step < self._ticks[-1].step:
                self._ticks.clear()
            self._ticks.append(telemetry)

    def assess(self) -> Health:
        """Level and sentence now."""
        status, report = self._board.status, self._board.report
        newest: list[Telemetry] = []
        updates = 0
        for tick in reversed(self._ticks):
            if tick.d_fake is not None and updates < WINDOW_UPDATES:
                newest.append(tick)
                updates += tick.d_fake.count
        game = Game(
            opinion_real=_mean((t.opinion_real, _count(t)) for t in newest),
            opinion_fake=_mean((t.opinion_fake, _count(t)) for t in newest),
            right_fake=_mean((t.right_fake, _count(t)) for t in newest),
            step=self._ticks[-1].step if self._ticks else 0,
            best_step=status.best_step,
            best_distance=status.best_distance,
            was_complete=self._complete,
            steady=steady([t.g.mean for t in self._ticks if t.g is not None]),
        )
        health = assess(game, report, status.class_names)
        if self._judged and report is None and was_measured(status.reason):
            return Health(level="learning", text=f"{status.recipe}, for {status.reason}")
        if not self._judged:
            text = health.text.replace("the judge has not read yet", "the judge is off")
            health = Health(level=health.level, text=text, more=health.more)
        self._complete = self._complete or (report is not None and report.seen == len(report.shares))
        return health


def _count(telemetry: Telemetry) -> int:
    return telemetry.d_fake.count if telemetry.d_fake is not None else 0


def _mean(weighted: Iterable[tuple[float | None, int]]) -> float | None:
    known = [(value, weight) for value, weight in weighted if value is not None]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None
