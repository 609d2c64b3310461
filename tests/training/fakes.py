"""What surrounds a trainer's loop, made up: clock, engine, link, history, checkpoints and judge."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gan_tui.config.errors import GanTuiError
from gan_tui.config.run_config import RunConfig
from gan_tui.link.commands import AnyCommand
from gan_tui.link.messages import Down, Event, Moments, Player, Reply, Report, Settings
from gan_tui.training.archivist import PointJob, SaveJob
from gan_tui.training.live_settings import settings_of


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
