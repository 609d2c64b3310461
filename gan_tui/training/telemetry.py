"""Ticks: at most 20 a second, one transfer from the device each, one immutable record of what was since."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from gan_tui.link.messages import Hardware, Telemetry
from gan_tui.training.board import LOG
from gan_tui.training.clock import Rhythm
from gan_tui.training.core import Core
from gan_tui.training.keeping import Keeper

TICK_SECONDS: Final = 0.05
"""Least time between two ticks."""
HEARTBEAT_SECONDS: Final = 1.0
"""A viewer hears at least this often that the trainer lives."""
RATE_SECONDS: Final = 3.0
"""Speeds are means over this much training."""
LINE_STEPS: Final = 100
LINE_SECONDS: Final = (2.0, 10.0)
"""A line of losses goes to the log after 100 steps and 2 s, or after 10 s."""


class Meter:
    """Measures what the engine did and tells it.

    Args:
        core: engine, board and time. hardware: the newest reading. listeners: are given each tick.
    """

    def __init__(
        self,
        core: Core,
        hardware: Callable[[], Hardware | None],
        listeners: Sequence[Callable[[Telemetry], None]] = (),
    ) -> None:
        self._engine, self._board, self._clock, self._watch = core.engine, core.board, core.clock, core.watch
        self._hardware, self._listeners = hardware, listeners
        self._batches = core.config.d_batch, core.config.g_batch
        self._keeper = Keeper(core.board.keep, core.clock)
        self._seq = 0
        self._tick = Rhythm(core.clock, TICK_SECONDS)
        self._beat = Rhythm(core.clock, HEARTBEAT_SECONDS)
        self._beat.take()
        self._marks: deque[tuple[float, int, int]] = deque()
        self._line_step, self._line_time = core.engine.step, core.clock.now()
        self._updates = core.engine.d_updates, core.engine.g_updates
        self._newest: Telemetry | None = None
        self.reset()

    @property
    def due(self) -> bool:
        """Whether a tick may be taken."""
        return self._tick.due

    @property
    def wait(self) -> float:
        """Seconds until the next sign of life is due while nothing trains."""
        return self._beat.wait

    def reset(self) -> None:
        """Forget sums and speeds: the engine is somewhere else now."""
        self._keeper.flush()
        self._engine.take_sums()
        self._updates = self._engine.d_updates, self._engine.g_updates
        self._line_step = self._engine.step
        self._newest = None
        self._marks.clear()
        self._mark()

    def tick(self, inside: bool = False) -> Telemetry:
        """Take one now, and tell it.

        Args:
            inside: a step is under way; speeds are those of the steps before it.
        """
        self._tick.take()
        self._beat.take()
        moved = self._updates != (self._engine.d_updates, self._engine.g_updates)
        self._updates = self._engine.d_updates, self._engine.g_updates
        sums = self._engine.take_sums()
        if not inside:
            self._mark()
        steps, images = self._speeds()
        self._seq += 1
        telemetry = Telemetry(
            seq=self._seq,
            time=self._clock.time(),
            step=self._engine.step,
            d_updates=self._engine.d_updates,
            g_updates=self._engine.g_updates,
            epoch=self._engine.epoch,
            elapsed=self._watch.elapsed,
            d_real=sums.d_real,
            d_fake=sums.d_fake,
            g=sums.g,
            opinion_real=sums.opinion_real,
            opinion_fake=sums.opinion_fake,
            right_real=sums.right_real,
            right_fake=sums.right_fake,
            steps_per_second=steps,
            images_per_second=images,
            hardware=self._hardware(),
            viewers=self._board.viewers,
            event_seq=self._board.event_seq,
        )
        self._board.tell(telemetry, keep=False)
        self._keeper.add(telemetry, at_once=self._board.status.state != "training")
        if moved:
            self._newest = telemetry
            self._write_line(telemetry)
        for listener in self._listeners:
            listener(telemetry)
        return telemetry

    def catch_up(self) -> Telemetry | None:
        """Tell what was done since the last tick, if anything was.

        Returns:
            The newest tick with an update in it: the newest that knows losses; None before the first.
        """
        if self._updates != (self._engine.d_updates, self._engine.g_updates):
            self.tick()
        return self._newest

    def beat(self, inside: bool = False) -> None:
        """While nothing trains, or inside a long step: say once a second that the trainer lives.

        Those who ask the run's folder, as ``gan-tui runs`` does, see it within a few seconds.
        """
        if self._beat.due:
            self._keeper.beat(self.tick(inside))

    def _mark(self) -> None:
        """Remember when how much was done; at the same moment of training, the newest count."""
        elapsed = self._watch.elapsed
        images = self._engine.d_updates * self._batches[0] + self._engine.g_updates * self._batches[1]
        if len(self._marks) > 1 and elapsed <= self._marks[-1][0]:
            self._marks.pop()
        self._marks.append((elapsed, self._engine.step, images))
        while len(self._marks) > 2 and self._marks[1][0] <= elapsed - RATE_SECONDS:
            self._marks.popleft()

    def _speeds(self) -> tuple[float, float]:
        """Steps and images a second of training, over the last few seconds; 0 while nothing trains."""
        first, last = self._marks[0], self._marks[-1]
        seconds = last[0] - first[0]
        if self._board.status.state != "training" or seconds <= 0:
            return 0.0, 0.0
        return (last[1] - first[1]) / seconds, (last[2] - first[2]) / seconds

    def _write_line(self, telemetry: Telemetry) -> None:
        seconds = self._clock.now() - self._line_time
        steps = telemetry.step - self._line_step
        if seconds < LINE_SECONDS[1] and not (steps >= LINE_STEPS and seconds >= LINE_SECONDS[0]):
            return
        self._line_step, self._line_time = telemetry.step, self._clock.now()
        d = [f"{m.mean:.3f}" for m in (telemetry.d_real, telemetry.d_fake) if m is not None]
        g = [f"{telemetry.g.mean:.3f}"] if telemetry.g is not None else []
        losses = [" ".join((player, *values)) for player, values in (("D", d), ("G", g)) if values]
        LOG.info("%s", "  ".join([f"step {telemetry.step:,}", *losses]))
