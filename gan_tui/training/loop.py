"""The loop: obey, train one step, tell. Everything else hangs on it, and nothing in it waits for anybody."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from gan_tui.config.errors import GanTuiError
from gan_tui.link.commands import AnyCommand, RefusedError
from gan_tui.link.messages import Applied, Refused
from gan_tui.training.attending import Attendant
from gan_tui.training.board import LOG
from gan_tui.training.condition import Condition, finished_words
from gan_tui.training.core import Core
from gan_tui.training.judging import JudgeDesk
from gan_tui.training.ports import Server
from gan_tui.training.saving import Saver
from gan_tui.training.signals import Signals
from gan_tui.training.steering import Ending, Steering
from gan_tui.training.telemetry import Meter
from gan_tui.training.tiles import Tiles

IDLE_SECONDS: Final = 0.1
"""While nothing trains, signals are looked at this often; a command is obeyed as it comes."""
LINGER_SECONDS: Final = 600.0
"""A finished trainer waits this long after the last command for more, while anybody watches."""


@dataclass(frozen=True)
class Parts:
    """All that the loop drives. ``complaints``: sentences of other threads since the last call."""

    core: Core
    server: Server
    attendant: Attendant
    meter: Meter
    tiles: Tiles
    saver: Saver
    condition: Condition
    steering: Steering
    signals: Signals
    judge: JudgeDesk | None = None
    complaints: Callable[[], list[str]] = list


class Loop:
    """Runs a run to its end. One turn: commands, signals, a step, and what is due after it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._last_command = parts.core.clock.now()
        self._judge_busy = False

    def run(self) -> Ending:
        """Train until the run has ended; then everything asked for is written and told.

        Raises:
            Exception: whatever the engine raises; the caller says goodbye.
        """
        self.begin()
        while self._parts.steering.ending is None:
            self.turn()
        self._parts.saver.settle()
        self._parts.core.watch.halt()
        self._parts.meter.tick()
        self._parts.meter.reset()
        if self._parts.judge is not None:
            LOG.info("the judge took %.1f %% of the time", 100 * self._parts.judge.share)
        return self._parts.steering.ending

    def begin(self) -> None:
        """Training starts; where anybody watches, G's first picture comes before the first step."""
        self._parts.core.board.change(state="training")
        self._parts.core.watch.run()
        self._parts.tiles.draw_when_due()

    def turn(self) -> None:
        """One round of the loop."""
        parts = self._parts
        self._obey(parts.attendant.take(self._patience()))
        self._heed_signals()
        if parts.steering.ending is not None:
            return
        training = parts.core.board.status.state == "training"
        if training and self._reached():
            self._finish()
            training = False
        if training:
            parts.steering.train()
            if parts.meter.due:
                parts.steering.measure()
        else:
            parts.meter.beat()
        parts.saver.keep_rhythm()
        parts.saver.hear()
        for text in parts.complaints():
            parts.core.board.event(parts.core.engine.step, "alarm", "alarm", text)
        if training:
            parts.tiles.draw_when_due()
        else:
            parts.tiles.greet()
        self._let_judge(idle=not training)
        parts.condition.tell_when_due()
        if parts.steering.finished:
            self._linger()

    def _let_judge(self, idle: bool) -> None:
        """The judge's turn; never before the first picture that somebody waits for."""
        parts = self._parts
        seen = parts.tiles.drawn > 0 or not parts.core.board.viewers
        self._judge_busy = parts.judge is not None and seen and parts.judge.work(idle)

    def _patience(self) -> float:
        """Seconds to wait for a command: none while training, or while the judge learns."""
        if self._parts.core.board.status.state == "training" or self._judge_busy:
            return 0.0
        return min(IDLE_SECONDS, self._parts.meter.wait)

    def _obey(self, commands: Any) -> None:
        for token, command in commands:
            self._last_command = self._parts.core.clock.now()
            self._obey_one(token, command)

    def _obey_one(self, token: Any, command: AnyCommand) -> None:
        steering, server = self._parts.steering, self._parts.server
        try:
            effect = command.apply(steering)
        except (RefusedError, GanTuiError) as refusal:
            server.answer(token, Refused(id=token.id, because=str(refusal)))
            return
        server.answer(token, Applied(id=token.id, step=steering.step, text=effect.text))
        if effect.text:
            self._parts.core.board.event(
                steering.step, "you", effect.kind, effect.text, effect.player, effect.mark
            )

    def _heed_signals(self) -> None:
        if self._parts.signals.take_save():
            try:
                self._parts.steering.save(None)
            except RefusedError as refusal:
                self._parts.core.board.event(
                    self._parts.core.engine.step, "auto", "refused", f"not saved: {refusal}"
                )
        if self._parts.signals.stop:
            self._parts.steering.stop(save=True, signal=self._parts.signals.stopped_by)

    def _reached(self) -> bool:
        status = self._parts.core.board.status
        return bool(status.target_steps and self._parts.core.engine.step >= status.target_steps) or bool(
            status.target_seconds and self._parts.core.watch.elapsed >= status.target_seconds
        )

    def _finish(self) -> None:
        parts = self._parts
        parts.core.watch.halt()
        parts.steering.measure()
        if parts.core.board.status.state != "training":
            return
        parts.core.board.change(state="finished")
        parts.saver.save_last("auto")
        parts.tiles.draw()
        text = finished_words(parts.core.board.status, parts.core.board.telemetry)
        parts.core.board.event(parts.core.engine.step, "auto", "finished", text)
        self._last_command = parts.core.clock.now()

    def _linger(self) -> None:
        """A finished run waits for more while anybody watches; for viewers that never speak, ten minutes."""
        parts = self._parts
        if parts.core.board.viewers and parts.core.clock.now() - self._last_command < LINGER_SECONDS:
            return
        parts.saver.settle()
        text = finished_words(parts.core.board.status, parts.core.board.telemetry)
        parts.steering.ending = Ending("finished", parts.saver.failed or text)
