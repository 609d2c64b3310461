"""The health line: one level and one sentence, once a second and at each change of state."""

from collections.abc import Callable
from typing import Final

from gan_tui.link.messages import Health, Status, Telemetry
from gan_tui.training.board import Board
from gan_tui.training.clock import Clock, Rhythm
from gan_tui.training.soundness import Soundness

PERIOD_SECONDS: Final = 1.0
PAUSED: Final = "nothing moves; you can still steer, save and restore, and take single steps"

Assess = Callable[[], Health]
"""The rules for a run that trains: level and sentence now."""


def clock_words(seconds: float) -> str:
    """h:mm:ss, as the header shows it."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


class Condition:
    """Says how the run is.

    Args:
        assess: the rules for a run that trains.
        failed: why the last checkpoint was not written, or empty.
    """

    def __init__(
        self, board: Board, soundness: Soundness, clock: Clock, assess: Assess, failed: Callable[[], str]
    ) -> None:
        self._board, self._soundness, self._assess, self._failed = board, soundness, assess, failed
        self._rhythm = Rhythm(clock, PERIOD_SECONDS)
        self._state = ""

    def tell_when_due(self) -> None:
        """Say it once a second, and at once after a change of state."""
        state = self._board.status.state
        if state == self._state and not self._rhythm.due:
            return
        self._state = state
        self._rhythm.take()
        if self._soundness.broken:
            self._soundness.tell()
        else:
            self._board.tell(self._say())

    def _say(self) -> Health:
        status, telemetry = self._board.status, self._board.telemetry
        failed = self._failed()
        if failed:
            return Health(level="alarm", text=failed, more=".  Free some space, or c and delete one")
        if status.state == "paused":
            return Health(level="paused", text=PAUSED)
        if status.state == "finished":
            return Health(level="finished", text=finished_words(status, telemetry))
        return self._assess()


def finished_words(status: Status, telemetry: Telemetry | None) -> str:
    """``finished 6,000 steps in 0:07:31; best distance 18 at step 5,800``."""
    if telemetry is None:
        return "finished"
    best = (
        f"; best distance {status.best_distance:.0f} at step {status.best_step:,}"
        if status.best_distance is not None
        else ""
    )
    return f"finished {telemetry.step:,} steps in {clock_words(telemetry.elapsed)}{best}"
