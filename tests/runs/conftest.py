from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gan_tui.config.fields import read_values
from gan_tui.link.messages import Moments, Report, Settings, Status, Telemetry
from gan_tui.runs.history import HistoryReader, HistoryWriter
from gan_tui.runs.run import Run, create_run


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def new_run(runs_dir: Path) -> Callable[..., Run]:
    def make(name: str | None = None, **settings: object) -> Run:
        return create_run(read_values(settings), runs_dir, name, settings)

    return make


@pytest.fixture
def run(new_run: Callable[..., Run]) -> Run:
    return new_run("one")


def tick(step: int, loss: float | None = 1.0, seq: int = 0) -> Telemetry:
    g = None if loss is None else Moments(count=1, mean=loss, min=loss, max=loss)
    return Telemetry(
        seq=seq or step,
        time=float(step),
        step=step,
        d_updates=step,
        g_updates=step,
        epoch=0.5,
        elapsed=step / 10,
        g=g,
    )


def report(step: int, distance: float = 5.0) -> Report:
    return Report(
        step=step, shares=(0.5, 0.5), readable=0.9, seen=2, distance=distance, floor=1.0, samples=500,
        accuracy=0.99, seconds=0.1, ema=True,
    )  # fmt: skip


def status() -> Status:
    live = Settings(d_steps=1, g_steps=2, d_lr=1e-3, g_lr=1e-3, ema=0.9, samples_per_second=2)
    return Status(state="training", settings=live, recipe_settings=live, recipe="swift", pid=7)


@pytest.fixture
def writer(run: Run) -> Iterator[HistoryWriter]:
    made = HistoryWriter(run)
    yield made
    made.close()


@pytest.fixture
def reader(run: Run) -> HistoryReader:
    return HistoryReader(run)
