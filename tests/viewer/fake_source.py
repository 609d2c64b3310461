"""A run without a trainer process: the real picture, and a small trainer that obeys the real commands."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from gan_tui.config.errors import GanTuiError
from gan_tui.link.commands import AnyCommand, Effect, RefusedError
from gan_tui.link.messages import Applied, Event, Goodbye, Player, Refused, RunState, Settings, Status
from gan_tui.runs.checkpoints import CheckpointInfo
from gan_tui.viewer.picture import Picture
from gan_tui.viewer.snapshot import Death, Snapshot
from tests.viewer import fixtures


class FakeTrainer:
    """What commands may do to a trainer, done at once."""

    def __init__(self, status: Status) -> None:
        self.status = status
        self.step = fixtures.STEP
        self.calls: list[str] = []
        self.stopped: bool | None = None

    @property
    def paused(self) -> bool:
        return self.status.state == "paused"

    @property
    def finished(self) -> bool:
        return self.status.state == "finished"

    @property
    def settings(self) -> Settings:
        return self.status.settings

    def pause(self) -> None:
        self._is("paused")

    def resume(self) -> None:
        self._is("training")

    def single_step(self) -> None:
        self.step += 1
        self.calls.append("step")

    def single_update(self, player: Player) -> None:
        self.calls.append(f"update {player}")

    def change(self, settings: Settings) -> None:
        self.status = msgspec.structs.replace(self.status, settings=settings)

    def save(self, name: str | None) -> str:
        self.calls.append(f"save {name}")
        self.status = msgspec.structs.replace(
            self.status, checkpoint=f"step-{self.step:06d}", checkpoint_step=self.step
        )
        return f"step-{self.step:06d}"

    def restore(self, checkpoint: str) -> int:
        self.calls.append(f"restore {checkpoint}")
        self.step = int(checkpoint.split("-")[1])
        return self.step

    def show_ema(self, ema: bool) -> None:
        self.status = msgspec.structs.replace(self.status, showing_ema=ema)

    def new_latent(self) -> None:
        self.calls.append("new z")

    def extend(self, steps: int) -> int:
        self._is("training")
        self.calls.append(f"extend {steps}")
        return self.step + steps

    def stop(self, save: bool) -> None:
        self.stopped = save

    def _is(self, state: RunState) -> None:
        self.status = msgspec.structs.replace(self.status, state=state)


class FakeSource:
    """Fills ``RunSource``. Commands wait until ``answer()`` unless ``prompt`` is true.

    Attributes:
        sent: every command, in order. trainer: the fake behind it. resumed: checkpoints asked for by resume.
        then: what the new trainer is to be sent.
    """

    def __init__(
        self,
        snapshot: Snapshot | None = None,
        *,
        folder: Path = Path("balanced-1124"),
        prompt: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        first = fixtures.training() if snapshot is None else snapshot
        self.clock = clock
        self.prompt = prompt
        self.sent: list[AnyCommand] = []
        self.resumed: list[str | None] = []
        self.then: AnyCommand | None = None
        self.started = self.closed = False
        self.rows: list[CheckpointInfo] = checkpoint_rows()
        self.trouble: str | None = None
        self._folder = folder
        self._waiting: list[tuple[int, AnyCommand]] = []
        self._number = 0
        self.trainer = FakeTrainer(first.status or fixtures.status())
        self.picture = Picture(first.run, clock)
        self._prime(first)

    @property
    def folder(self) -> Path:
        return self._folder

    def start(self) -> None:
        self.started = True

    def close(self) -> None:
        self.closed = True

    def snapshot(self) -> Snapshot:
        return self.picture.snapshot()

    def refuse(self, because: str) -> None:
        self.picture.refuse(because)

    def note(self, text: str) -> None:
        self.picture.note(text)

    def send(self, command: AnyCommand) -> None:
        self._number += 1
        self.sent.append(command)
        self.picture.sent(self._number, command)
        self._waiting.append((self._number, command))
        if self.prompt:
            self.answer()

    def answer(self) -> None:
        """Let the trainer obey everything that waits."""
        while self._waiting:
            number, command = self._waiting.pop(0)
            before = self.trainer.status
            try:
                effect = command.apply(self.trainer)
            except RefusedError as refused:
                self.picture.take([Refused(id=number, because=str(refused))])
                continue
            self.picture.take([Applied(id=number, step=self.trainer.step, text=effect.text)])
            if self.trainer.status is not before:
                self.picture.take([self.trainer.status])
            if effect.text:
                self.event(effect)

    def event(self, effect: Effect) -> None:
        """One event of the trainer's."""
        event = Event(
            seq=self.picture.last_event + 1,
            time=fixtures.START + 5000 + self._number,
            step=self.trainer.step,
            who="you",
            kind=effect.kind,
            text=effect.text,
            player=effect.player,
            mark=effect.mark,
        )
        self.picture.take([event])

    def end(self, state: RunState = "stopped") -> None:
        """The trainer says goodbye and is gone."""
        self.picture.take([Goodbye(state=state, text="")])
        self.picture.alive(False)

    def die(self, death: Death | None = None) -> None:
        """The trainer is gone without a goodbye."""
        found = death or fixtures.died().death
        assert found is not None
        self.picture.died(found)

    def resume_from_checkpoint(self, name: str | None = None, then: AnyCommand | None = None) -> None:
        self.resumed.append(name)
        self.then = then
        self.picture.launched()

    def checkpoints(self) -> Sequence[CheckpointInfo]:
        if self.trouble is not None:
            raise GanTuiError(self.trouble)
        return list(self.rows)

    def keep_checkpoint(self, name: str, keep: bool) -> None:
        self.rows = [
            msgspec.structs.replace(row, kept=keep) if row.name == name else row for row in self.rows
        ]

    def delete_checkpoint(self, name: str) -> None:
        self.rows = [row for row in self.rows if row.name != name]

    def log(self, lines: int) -> Sequence[str]:
        return [f"06:09:{second:02d}  step {second * 10}" for second in range(60)][-lines:]

    def _prime(self, first: Snapshot) -> None:
        """Put the snapshot's parts where the picture keeps them."""
        picture = self.picture
        names = ("step", "time", "d_real", "d_fake", "g", "opinion_real", "opinion_fake")
        columns: dict[str, Any] = {name: getattr(first.series, name).tolist() for name in names}
        picture.history(columns if len(first.series) else {}, first.events)
        picture._base = replace(first, refusal=None)
        alive = first.state in {"WARMING UP", "TRAINING", "PAUSED", "DETACHED", "FINISHED"}
        picture.alive(alive)
        if first.status is not None:
            picture.was(first.status.state)
        if first.state == "WARMING UP":
            picture._started = self.clock() - first.since_start
        picture._last_word = self.clock() - first.silent_for
        if first.death is not None:
            picture.died(first.death)


def checkpoint_rows() -> list[CheckpointInfo]:
    """Five checkpoints, newest first."""
    preview = fixtures.digits(10)
    rows = []
    for index, step in enumerate((1150, 882, 667, 427, 202)):
        label = "first ten digits" if step == 427 else ""
        rows.append(
            CheckpointInfo(
                name=f"step-{step:06d}",
                path=Path(f"step-{step:06d}.safetensors"),
                step=step,
                who="you" if label else "auto",
                label=label,
                time=fixtures.START + step,
                size=37_000_000,
                latest=index == 0,
                kept=bool(label),
                digits=10 - index,
                classes=10,
                d_loss=1.26 + index / 50,
                g_loss=0.86 - index / 50,
                preview=preview.tobytes(),
                preview_shape=(10, 28, 28),
            )
        )
    return rows
