from collections.abc import Callable
from pathlib import Path

import pytest

from gan_tui.config.fields import read_values
from gan_tui.link.messages import Moments, Telemetry
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
