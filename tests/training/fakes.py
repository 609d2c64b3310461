"""A trainer without torch, sockets, disk or time: the loop's parts are real, all around them is made up."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from gan_tui.config.errors import GanTuiError
from gan_tui.config.run_config import RunConfig
from gan_tui.link.commands import AnyCommand
from gan_tui.link.messages import (
    Applied,
    Down,
    Event,
    Health,
    Moments,
    Player,
    Refused,
    Reply,
    Report,
    Samples,
    Settings,
    Status,
    Telemetry,
)
from gan_tui.training.archivist import Archivist, PointJob, SaveJob
from gan_tui.training.attending import Attendant
from gan_tui.training.board import Board
from gan_tui.training.clock import Stopwatch
from gan_tui.training.condition import Condition
from gan_tui.training.core import Core
from gan_tui.training.judging import JudgeDesk
from gan_tui.training.live_settings import settings_of
from gan_tui.training.loop import Loop, Parts
from gan_tui.training.saving import Saver
from gan_tui.training.signals import Signals
from gan_tui.training.soundness import Soundness
from gan_tui.training.steering import Steering
from gan_tui.training.telemetry import Meter
from gan_tui.training.tiles import Tiles

_Down = TypeVar("_Down", bound=Down)


class ManualClock:
    """Time goes on only when told."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at

    def time(self) -> float:
        return 1_700_000_000.0 + self.at

    def pass_by(self, seconds: float) -> None:
        self.at += seconds


@dataclass(frozen=True)
class FakeSums:
    d_real: Moments | None = None
    d_fake: Moments | None = None
    g: Moments | None = None
    opinion_real: float | None = None
    opinion_fake: float | None = None
    right_real: float | None = None
    right_fake: float | None = None


class FakeEngine:
    """Counts updates; each takes so many seconds of the manual clock. ``loss`` is what it reports."""

    def __init__(self, clock: ManualClock, config: RunConfig, seconds: float = 0.01) -> None:
        self.clock, self.seconds = clock, seconds
        self.step = self.d_updates = self.g_updates = 0
        self.loss = 0.7
        self.taken = 0
        self.draws: list[tuple[int, bool]] = []
        self._since = (0, 0)
        self.settings = settings_of(config)

    @property
    def epoch(self) -> float:
        return self.d_updates / 100

    def apply_settings(self, settings: Settings) -> None:
        self.settings = settings

    def d_update(self) -> None:
        self.clock.pass_by(self.seconds)
        self.d_updates += 1

    def g_update(self) -> None:
        self.clock.pass_by(self.seconds)
        self.g_updates += 1

    def train_step(self, between: Callable[[], None] | None = None) -> None:
        updates = [self.d_update] * self.settings.d_steps + [self.g_update] * self.settings.g_steps
        for number, update in enumerate(updates):
            if number and between is not None:
                between()
            update()
        self.step += 1

    def take_sums(self) -> FakeSums:
        self.taken += 1
        d, g = self.d_updates - self._since[0], self.g_updates - self._since[1]
        self._since = self.d_updates, self.g_updates

        def moments(count: int) -> Moments | None:
            return Moments(count, self.loss, self.loss, self.loss) if count > 0 else None

        opinion = 0.5 if d > 0 else None
        return FakeSums(moments(d), moments(d), moments(g), opinion, opinion, opinion, opinion)

    def fixed_latent(self, count: int, seed: int) -> tuple[Any, Any]:
        return np.full((count, 4), float(seed)), np.arange(count) % 10

    def draw(self, z: Any, labels: Any, ema: bool) -> Any:  # noqa: ARG002 - the engine's signature
        self.draws.append((len(z), ema))
        return np.full((len(z), 28, 28), self.step % 256, np.uint8)


@dataclass(frozen=True)
class FakeToken:
    id: int


class FakeServer:
    """Commands are queued by the test; waiting for one lets the manual clock run instead."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.viewers = 1
        self.published: list[Down] = []
        self.replies: list[Reply] = []
        self.waits: list[float] = []
        self._queue: deque[tuple[FakeToken, AnyCommand]] = deque()
        self._id = 0

    def send(self, command: AnyCommand) -> int:
        self._id += 1
        self._queue.append((FakeToken(self._id), command))
        return self._id

    def reply(self, identifier: int) -> Reply:
        return next(reply for reply in self.replies if reply.id == identifier)

    def publish(self, record: Down) -> None:
        self.published.append(record)

    def poll(self, timeout: float) -> list[tuple[FakeToken, AnyCommand]]:
        if not self._queue:
            self.waits.append(timeout)
            self.clock.pass_by(timeout)
        taken, self._queue = list(self._queue), deque()
        return taken

    def answer(self, token: FakeToken, reply: Reply) -> None:
        assert token.id == reply.id
        self.replies.append(reply)


class FakeHistory:
    def __init__(self) -> None:
        self.records: list[Any] = []
        self.events: list[Event] = []

    def put(self, record: Any) -> None:
        self.records.append(record)

    def event(self, step: int, who: str, kind: str, text: str, player: Player = "", mark: str = "") -> Event:
        event = Event(
            seq=len(self.events) + 1,
            time=0.0,
            step=step,
            who=who,
            kind=kind,
            text=text,
            player=player,
            mark=mark,
        )
        self.events.append(event)
        return event


@dataclass(frozen=True)
class FakeRestored:
    elapsed: float
    latent_seed: int | None
    target_steps: int | None


class FakeVault:
    """Checkpoints as a dictionary; the files are empty. ``full``: the disk takes nothing."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.full = False
        self.saved: dict[str, tuple[tuple[int, int, int, Settings], dict[str, str]]] = {}
        self.points: list[PointJob] = []

    def capture(self, engine: FakeEngine, preview: Any) -> Any:
        assert len(preview) == 10
        return engine.step, engine.d_updates, engine.g_updates, engine.settings

    def save(self, job: SaveJob) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        self.saved[job.name] = (job.captured, job.metadata)
        job.path.touch()
        return 37_000_000

    def point(self, job: PointJob) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.points.append(job)

    def load(self, path: Path) -> FakeRestored:
        if path.stem not in self.saved:
            raise GanTuiError(f"{path.name} is no whole checkpoint")
        state, metadata = self.saved[path.stem]
        engine = self.engine
        engine.step, engine.d_updates, engine.g_updates = state[:3]
        engine.apply_settings(state[3])
        return FakeRestored(
            float(metadata["elapsed"]), int(metadata["latent_seed"]), int(metadata["target_steps"])
        )


class FakeJudge:
    """Learns for a second in pieces, then reads; each image takes a tenth of a millisecond."""

    def __init__(self, clock: ManualClock, learning: float = 1.0) -> None:
        self.clock = clock
        self.left = learning
        self.distance = 30.0
        self.pieces: list[float] = []

    @property
    def ready(self) -> bool:
        return self.left <= 0

    def work(self, budget_seconds: float) -> bool:
        self.clock.pass_by(budget_seconds)
        self.pieces.append(budget_seconds)
        self.left -= budget_seconds
        return self.ready

    def read(self, images: Any) -> Any:
        self.clock.pass_by(1e-4 * len(images))
        self.pieces.append(1e-4 * len(images))
        return len(images)

    def report(self, readings: list[Any], step: int, seconds: float, ema: bool) -> Report:
        self.distance -= 1
        return Report(
            step=step,
            shares=(0.1,) * 10,
            readable=0.9,
            seen=10,
            distance=self.distance,
            floor=5.0,
            samples=sum(readings),
            accuracy=0.98,
            seconds=seconds,
            ema=ema,
        )


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
