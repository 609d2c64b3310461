"""When the judge works: in small pieces that fit a share of the time, so that no key waits for it."""

from collections.abc import Callable
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from gan_tui.link.messages import Report
from gan_tui.training.board import LOG
from gan_tui.training.clock import Rhythm
from gan_tui.training.core import Core

LEARNING_SHARE: Final = 0.25
"""Share of the time that the judge may take until it is ready."""
READING_SHARE: Final = 0.04
"""Share of the time for its reports afterwards."""
GPU_READING_SHARE: Final = 0.01
"""The same where a GPU reads: it is done in milliseconds, and waits for the device meanwhile."""
PIECE_SECONDS: Final = 0.03
"""Aim for one piece of work; a key waits at most about this long for it."""
MOST_CREDIT: Final = 0.3
"""Seconds of unused share that are remembered."""
FIRST_PIECE: Final = 16
"""Samples in the first piece of a report, before it is known what one costs."""

Bytes = npt.NDArray[np.uint8]


class Judge(Protocol):
    """A classifier that learns in pieces and then reads samples."""

    @property
    def ready(self) -> bool:
        """Whether it has learned."""

    def work(self, budget_seconds: float) -> bool:
        """Learn for about so long; whether it is ready."""

    def read(self, images: Bytes) -> Any:
        """Read samples, uint8 (N,H,W) or (N,C,H,W); readings of pieces make a report together."""

    def report(self, readings: list[Any], step: int, seconds: float, ema: bool) -> Report:
        """Sum up the readings of one report."""


class JudgeDesk:
    """Gives the judge its share of the time and tells what it reads.

    Args:
        open_judge: makes the judge, or takes it from the cache; called when its first work is due.
        core: engine, board and time.
        best_seen: most classes seen by earlier reports of this run.
        reading_share: share of the time for reports.
    """

    def __init__(
        self,
        open_judge: Callable[[], Judge],
        core: Core,
        best_seen: int = 0,
        reading_share: float = READING_SHARE,
    ) -> None:
        self._open, self._engine, self._board, self._clock = open_judge, core.engine, core.board, core.clock
        self._reading_share = reading_share
        self._judge: Judge | None = None
        self._credit = 0.0
        self._last = core.clock.now()
        self._rhythm = Rhythm(core.clock, core.config.judge_every)
        self._samples, self._seed = core.config.judge_samples, core.config.seed
        self._latent: tuple[Any, Any] | None = None
        self._readings: list[Any] = []
        self._ema = True
        self._read = 0
        self._seconds = 0.0
        self._piece = FIRST_PIECE
        self._best_seen = best_seen
        self._total = 0.0
        self._failed = False
        self._since = core.clock.now()

    @property
    def ready(self) -> bool:
        """Whether the judge can read."""
        return self._judge is not None and self._judge.ready

    @property
    def share(self) -> float:
        """Share of the time since the start that the judge took."""
        return self._total / max(1e-9, self._clock.now() - self._since)

    def work(self, idle: bool) -> bool:
        """One piece of work, if the judge has time left.

        Args:
            idle: nothing trains, so the judge may learn as long as it likes; it does not read then.

        Returns:
            Whether there was something to do.
        """
        now = self._clock.now()
        share = self._reading_share if self.ready else LEARNING_SHARE
        if not idle:
            self._credit = min(MOST_CREDIT, self._credit + share * (now - self._last))
        self._last = now
        if self._failed or (idle and (self.ready or self._judge is None)):
            return False
        if not idle and (self._credit < 0 or not (self._readings or not self.ready or self._rhythm.due)):
            return False
        try:
            self._do_piece()
        except Exception as error:  # noqa: BLE001 - a judge that fails must not end a training
            self._failed = True
            text = f"the judge failed ({' '.join(str(error).split())[:200]}); training goes on without it"
            self._board.event(self._engine.step, "alarm", "alarm", text)
        cost = self._clock.now() - now
        self._total += cost
        if not idle:
            self._credit -= cost
        return True

    def _do_piece(self) -> None:
        if self._judge is None:
            self._judge = self._open()
            self._welcome(self._judge)
        elif self._judge.ready:
            self._read_on(self._judge)
        elif self._judge.work(PIECE_SECONDS):
            self._welcome(self._judge)

    def _welcome(self, judge: Judge) -> None:
        if judge.ready:
            self._credit = 0.0
            LOG.info("the judge is ready (%.1f s of work)", self._total)

    def _read_on(self, judge: Judge) -> None:
        started = self._clock.now()
        if not self._readings:
            self._rhythm.take()
            self._ema, self._read, self._seconds = self._board.status.showing_ema, 0, 0.0
        if self._latent is None:
            self._latent = self._engine.fixed_latent(self._samples, self._seed + 1)
        z, labels = self._latent
        upto = min(self._samples, self._read + self._piece)
        part = slice(self._read, upto)
        images = self._engine.draw(z[part], labels[part], self._ema)
        self._readings.append(judge.read(np.asarray(images)))
        cost = self._clock.now() - started
        if cost > 0:
            ideal = (upto - self._read) * PIECE_SECONDS / cost
            self._piece = int(min(4.0 * self._piece, max(1.0, ideal)))
        self._read = upto
        self._seconds += cost
        if self._read >= self._samples:
            self._finish(judge)

    def _finish(self, judge: Judge) -> None:
        report = judge.report(self._readings, self._engine.step, self._seconds, self._ema)
        self._readings = []
        self._board.tell(report)
        status, step = self._board.status, self._engine.step
        if status.best_distance is None or report.distance < status.best_distance:
            self._board.change(best_distance=report.distance, best_step=step)
        classes = len(report.shares)
        if self._best_seen < classes <= report.seen:
            self._board.event(step, "judge", "milestone", f"first {report.seen} of {classes} digits")
        self._best_seen = max(self._best_seen, report.seen)
