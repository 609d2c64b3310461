"""A trainer without torch, sockets, disk or time: the loop's parts are real, all around them is made up."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from gan_tui.config.run_config import RunConfig
from gan_tui.link.commands import AnyCommand
from gan_tui.link.messages import Applied, Down, Health, Refused, Reply, Samples, Status, Telemetry
from gan_tui.training.archivist import Archivist
from gan_tui.training.attending import Attendant
from gan_tui.training.board import Board
from gan_tui.training.clock import Stopwatch
from gan_tui.training.condition import Condition
from gan_tui.training.core import Core
from gan_tui.training.judging import JudgeDesk
from gan_tui.training.loop import Loop, Parts
from gan_tui.training.saving import Saver
from gan_tui.training.signals import Signals
from gan_tui.training.soundness import Soundness
from gan_tui.training.steering import Steering
from gan_tui.training.telemetry import Meter
from gan_tui.training.tiles import Tiles
from tests.training.fakes import FakeEngine, FakeHistory, FakeJudge, FakeServer, FakeVault, ManualClock

_Down = TypeVar("_Down", bound=Down)


@dataclass
class Bench:
    """A loop on the bench: the test turns it by hand."""

    clock: ManualClock
    engine: FakeEngine
    server: FakeServer
    history: FakeHistory
    vault: FakeVault
    archivist: Archivist
    board: Board
    signals: Signals
    parts: Parts
    loop: Loop
    judge: FakeJudge | None
    complaints: list[str]

    def turns(self, count: int) -> None:
        """So many rounds of the loop, with an archivist that is always done; stops where the loop would."""
        for _ in range(count):
            if self.parts.steering.ending is not None:
                return
            self.loop.turn()
            self.archivist.settle()

    def obey(self, command: AnyCommand) -> Reply:
        """Send a command, turn once, and return its answer."""
        identifier = self.server.send(command)
        self.turns(1)
        return self.server.reply(identifier)

    def applied(self, command: AnyCommand) -> Applied:
        reply = self.obey(command)
        assert isinstance(reply, Applied), reply
        return reply

    def refused(self, command: AnyCommand) -> str:
        reply = self.obey(command)
        assert isinstance(reply, Refused), reply
        return reply.because

    def settle(self) -> None:
        self.parts.saver.settle()

    def sent(self, kind: type[_Down]) -> list[_Down]:
        return [record for record in self.server.published if isinstance(record, kind)]

    @property
    def telemetry(self) -> list[Telemetry]:
        return self.sent(Telemetry)

    @property
    def samples(self) -> list[Samples]:
        return self.sent(Samples)

    @property
    def events(self) -> list[str]:
        return [event.text for event in self.history.events]

    @property
    def state(self) -> str:
        return self.board.status.state


def bench(
    folder: Path, step_seconds: float = 0.01, learning: float | None = None, viewers: int = 1, **config: Any
) -> Bench:
    """A loop in which each update takes half of ``step_seconds`` at 1:1; begun, and no turn made.

    With ``learning`` there is a judge that needs so many seconds to learn.
    """
    clock = ManualClock()
    settings = RunConfig(**{"steps": 0, "checkpoint_every": 0, "tensorboard_every": 0, **config})
    engine = FakeEngine(clock, settings, step_seconds / 2)
    server, history = FakeServer(clock), FakeHistory()
    server.viewers = viewers
    status = Status(
        state="starting",
        settings=engine.settings,
        recipe_settings=engine.settings,
        target_steps=settings.steps or None,
        target_seconds=settings.seconds,
        labelled=True,
    )
    board = Board("bench", "0", status, history)
    board.connect(server)
    watch = Stopwatch(clock)
    core = Core(engine, settings, board, clock, watch)
    vault = FakeVault(engine)
    archivist = Archivist(vault.save, vault.point)
    tiles = Tiles(core)
    soundness = Soundness(
        board, watch, lambda net, step, safe: Health(level="alarm", text=f"{net} since {step}, safe {safe}")
    )
    meter = Meter(core, lambda: None, [soundness.check])
    saver = Saver(core, tiles, soundness, archivist, folder, vault.capture, meter.catch_up)
    attendant = Attendant(server, meter, clock)
    steering = Steering(core, attendant, meter, tiles, saver, soundness, folder, vault.load)
    condition = Condition(
        board, soundness, clock, lambda: Health(level="learning", text="so so"), lambda: saver.failed
    )
    judge = None if learning is None else FakeJudge(clock, learning)
    signals = Signals()
    complaints: list[str] = []

    def drain() -> list[str]:
        said = complaints.copy()
        complaints.clear()
        return said

    parts = Parts(
        core=core,
        server=server,
        attendant=attendant,
        meter=meter,
        tiles=tiles,
        saver=saver,
        condition=condition,
        steering=steering,
        signals=signals,
        judge=None if judge is None else JudgeDesk(lambda: judge, core),
        complaints=drain,
    )
    loop = Loop(parts)
    loop.begin()
    return Bench(
        clock, engine, server, history, vault, archivist, board, signals, parts, loop, judge, complaints
    )
