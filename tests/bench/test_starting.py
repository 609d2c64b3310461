"""Starts: what counts as a milestone, and once a real trainer."""

import os
from pathlib import Path

import msgspec
import pytest

from gan_tui.bench import starting
from gan_tui.bench.errors import BenchError
from gan_tui.bench.scratch import listening, records, scratch_home, started, telemetry, trainer
from gan_tui.bench.starting import Milestones, Starting
from gan_tui.config.errors import UsageError
from gan_tui.link.messages import Samples, Stage, Telemetry, Welcome


def samples(kind: str, step: int = 1) -> Samples:
    return msgspec.convert(
        {"type": "Samples", "kind": kind, "step": step, "count": 1, "height": 1, "width": 1, "channels": 1}
        | {"pixels": b"x"},
        Samples,
    )


def tick(step: int) -> Telemetry:
    return Telemetry(seq=1, time=0.0, step=step, d_updates=step, g_updates=step, epoch=0.0, elapsed=0.0)


def test_the_first_of_each_counts() -> None:
    heard = Milestones()
    heard.hear(samples("real"), 1.0)
    heard.hear(tick(0), 2.0)
    assert heard.seconds == {"picture": 1.0}, "a tick before the first step is none"
    heard.hear(samples("ema", step=0), 2.5)
    assert heard.seconds == {"picture": 1.0}, "nor is a picture by networks that learned nothing"
    heard.hear(samples("ema"), 3.0)
    heard.hear(samples("raw"), 4.0)
    heard.hear(tick(2), 5.0)
    assert heard.seconds == {"picture": 1.0, "own picture": 3.0, "step": 5.0}
    assert not heard.complete, "too few steps for its memory"
    heard.hear(tick(starting.STEPS), 6.0)
    assert heard.complete


def test_what_a_welcome_brings_counts() -> None:
    heard = Milestones()
    heard.hear(
        Welcome(
            id=1,
            protocol=1,
            version="",
            run="",
            telemetry=tick(30),
            samples=samples("ema"),
            stages=(
                Stage(name="torch", state="done", seconds=2.5),
                Stage(name="data", state="now", seconds=1),
            ),
        ),
        7.0,
    )
    assert heard.seconds == {"picture": 7.0, "own picture": 7.0, "step": 7.0}
    assert heard.stages == {"torch": 2.5}
    assert heard.complete


def test_a_real_start() -> None:
    found = starting.measure({"recipe": "swift", "precision": "fp32", "threads": 1}, budget=0.0)
    (start,) = found.starts
    assert 0 < start.first_picture_seconds <= start.own_picture_seconds
    assert start.first_step_seconds > 0
    assert start.recipe == "swift"
    assert (start.threads, start.precision) == (1, "fp32")
    assert start.peak_bytes > 100 << 20, "torch alone takes more"
    assert {"torch", "data", "networks"} <= set(start.stages)
    assert start.stages["torch"] < start.first_step_seconds
    assert found.first_step_seconds.median == start.first_step_seconds
    assert found.peak_bytes.n == 1
    assert msgspec.json.decode(msgspec.json.encode(found), type=Starting) == found


def test_a_home_is_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    before = dict(os.environ)
    with scratch_home() as root:
        assert os.environ["XDG_RUNTIME_DIR"].startswith(str(root))
        assert "NO_COLOR" not in os.environ
    assert dict(os.environ) == before
    assert not root.exists()


def test_wrong_settings_are_told() -> None:
    with pytest.raises(UsageError, match="nonsense"):
        starting.measure({"recipe": "nonsense"}, budget=0.0)


def test_a_trainer_that_ends_is_told(tmp_path: Path) -> None:
    missing = str(tmp_path / "nothing.npz")
    told = pytest.raises(BenchError, match=r"nothing\.npz.* while it was measured$")
    with scratch_home() as root, told, trainer(root, {"recipe": "swift", "data": missing}):
        pytest.fail("it cannot train on what is not there")


def test_patience_ends() -> None:
    told = pytest.raises(BenchError, match="in 0 s")
    with (
        scratch_home() as root,
        started(root, {"recipe": "swift"}) as (run, process),
        listening(run, watching=False) as client,
        told,
    ):
        list(records(client, run, process, patience=0.0))
    assert process.returncode is not None, "it was ended"


def test_a_tick_that_is_wanted_is_awaited() -> None:
    class Talker:
        def receive(self, _: float) -> list[Telemetry]:
            return [tick(1), tick(5), tick(9)]

    found = telemetry(Talker(), lambda one: one.step > 3, None)  # type: ignore[arg-type]  # it is only listened to
    assert found.step == 5
