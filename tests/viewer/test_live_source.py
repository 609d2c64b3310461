"""The live source against a trainer process: real link, history, lock and log, but no torch."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gan_tui.config.run_config import RunConfig
from gan_tui.link.commands import Extend, Set, Stop, UpdateOnce
from gan_tui.runs.errors import RunError
from gan_tui.runs.history import HistoryWriter
from gan_tui.runs.launch import launch
from gan_tui.runs.run import Run, create_run
from gan_tui.viewer.fold import MAX_EVENTS
from gan_tui.viewer.live_source import LiveSource
from gan_tui.viewer.snapshot import Snapshot

Open = Callable[..., LiveSource]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return create_run(RunConfig(), tmp_path / "runs", "one", {})


@pytest.fixture
def processes() -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Every trainer that a test started; ended after it."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(10)


@pytest.fixture
def opened(run: Run, processes: list["subprocess.Popen[bytes]"]) -> Iterator[Open]:
    sources: list[LiveSource] = []

    def launcher(of: Run, resume: Path | None) -> "subprocess.Popen[bytes]":
        process = launch(of, resume, module="tests.viewer.stand_in_trainer")
        processes.append(process)
        return process

    def make(**options: object) -> LiveSource:
        source = LiveSource(run, **{"start": True, "launcher": launcher, **options})  # type: ignore[arg-type]  # the tests'
        sources.append(source)
        source.start()
        return source

    yield make
    for source in sources:
        source.close()


def wait(source: LiveSource, what: Callable[[Snapshot], bool], seconds: float = 60.0) -> Snapshot:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        snapshot = source.snapshot()
        if what(snapshot):
            return snapshot
        time.sleep(0.02)
    raise AssertionError(source.snapshot())


def step(snapshot: Snapshot) -> int:
    return 0 if snapshot.telemetry is None else snapshot.telemetry.step


def test_starts_a_trainer_and_shows_what_it_says(opened: Open) -> None:
    source = opened()
    first = source.snapshot()
    assert (first.state, first.alive) == ("WARMING UP", True)
    early = wait(source, lambda s: len(s.stages) > 1)
    assert [stage.name for stage in early.stages][:2] == ["run folder", "trainer"]
    assert early.stages[0].detail == "one"
    snapshot = wait(source, lambda s: s.state == "TRAINING" and step(s) > 3)
    assert snapshot.samples is not None
    assert len(snapshot.series) > 0
    wait(source, lambda s: any(event.text == "here I am" for event in s.events))


def test_a_command_is_answered_and_its_event_comes_from_the_history(opened: Open) -> None:
    source = opened()
    wait(source, lambda s: s.state == "TRAINING")
    source.send(Set(parameter="d_steps", value=3))
    assert source.snapshot().pending == {"d_steps"}
    snapshot = wait(source, lambda s: not s.pending)
    assert snapshot.status is not None
    assert snapshot.status.settings.d_steps == 3
    wait(source, lambda s: any(event.text == "D steps 1 → 3" for event in s.events))
    assert wait(source, lambda s: bool(s.marks)).marks[0][1] == "D 1→3"
    source.send(UpdateOnce(player="D"))
    refused = wait(source, lambda s: s.refusal is not None).refusal
    assert refused is not None
    assert refused[0] == "pause first (space)"


def test_a_stop_ends_in_stopped(opened: Open) -> None:
    source = opened()
    wait(source, lambda s: s.state == "TRAINING")
    source.send(Stop(save=True))
    snapshot = wait(source, lambda s: s.state == "STOPPED")
    assert not snapshot.alive
    assert snapshot.refusal is None
    assert snapshot.death is None


def test_a_killed_trainer_is_explained_and_another_goes_on(
    opened: Open, processes: list["subprocess.Popen[bytes]"]
) -> None:
    source = opened()
    wait(source, lambda s: step(s) > 8)
    os.kill(processes[0].pid, signal.SIGKILL)
    snapshot = wait(source, lambda s: s.state == "TRAINER DIED")
    death = snapshot.death
    assert death is not None
    assert "killed by the system (signal 9)" in death.what
    assert (death.safe, death.safe_step) == ("step-000005", 5)
    assert death.lost_steps == step(snapshot) - 5
    assert f"all but the last {death.lost_steps} steps are safe" in death.sentence
    assert any(event.who == "alarm" and "signal 9" in event.text for event in snapshot.events)
    assert len(source.checkpoints()) == 1
    source.resume_from_checkpoint()
    snapshot = wait(source, lambda s: s.state == "TRAINING" and s.death is None)
    assert len(processes) == 2
    wait(source, lambda s: step(s) > 5)


def test_a_new_trainer_is_sent_what_it_was_started_for_once(opened: Open) -> None:
    def extensions(snapshot: Snapshot) -> int:
        return sum(event.kind == "extended" for event in snapshot.events)

    source = opened()
    wait(source, lambda s: step(s) > 8)
    source.send(Stop(save=True))
    wait(source, lambda s: s.state == "STOPPED")
    source.resume_from_checkpoint(then=Extend(steps=7))
    wait(source, lambda s: s.state == "TRAINING" and extensions(s) == 1)
    now = step(source.snapshot())
    assert extensions(wait(source, lambda s: step(s) > now + 20)) == 1


def test_a_trainer_that_cannot_be_started_is_said(opened: Open) -> None:
    def launcher(_run: Run, _resume: Path | None) -> "subprocess.Popen[bytes]":
        raise RunError("no process can be made")

    source = opened(launcher=launcher)
    snapshot = wait(source, lambda s: s.state == "TRAINER DIED")
    assert snapshot.death is not None
    assert snapshot.death.what == "no process can be made"


def test_a_late_viewer_sees_what_was_before(opened: Open) -> None:
    first = opened()
    wait(first, lambda s: step(s) > 60)
    first.close()
    late = opened(start=False)
    snapshot = wait(late, lambda s: s.state == "TRAINING" and len(s.series) > 30)
    assert snapshot.series.step[0] <= 5
    wait(late, lambda s: any(event.text == "here I am" for event in s.events))


def test_of_many_events_a_late_viewer_reads_the_newest_and_the_marks(opened: Open, run: Run) -> None:
    history = HistoryWriter(run)
    history.event(5, "you", "setting", "G steps 1 → 2", "G", "G 1→2")
    for step in range(6, 3 * MAX_EVENTS):
        history.event(step, "auto", "saved", f"saved {step}")
    assert history.flush()
    late = opened(start=False)
    snapshot = wait(late, lambda s: len(s.events) > 0)
    assert len(snapshot.events) == MAX_EVENTS
    assert snapshot.events[-1].step == 3 * MAX_EVENTS - 1
    assert [event.seq for event in snapshot.events] == list(
        range(history.event_seq - MAX_EVENTS + 1, history.event_seq + 1)
    )
    assert snapshot.marks == ((5, "G 1→2"),)
    history.close()


def test_what_drawing_needs_is_there_before_the_first_number(opened: Open) -> None:
    first = opened()
    wait(first, lambda s: step(s) > 60)
    seen: list[tuple[str, int, int]] = []
    named, released = threading.Event(), threading.Event()

    def prepare() -> None:
        assert named.wait(30)
        snapshot = late.snapshot()
        seen.append((threading.current_thread().name, len(snapshot.series), step(snapshot)))
        assert released.wait(30)

    late = opened(start=False, prepare=prepare)
    named.set()
    deadline = time.monotonic() + 30
    while not seen and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (late.snapshot().telemetry, late.snapshot().samples) == (None, None)
    released.set()
    wait(late, lambda s: step(s) > 60 and len(s.series) > 10)
    assert seen == [("listener", 0, 0)]


def test_a_viewer_of_an_ended_run_sees_its_end(opened: Open, run: Run) -> None:
    first = opened()
    wait(first, lambda s: step(s) > 20)
    first.send(Stop(save=True))
    wait(first, lambda s: s.state == "STOPPED")
    first.close()
    late = opened(start=False)
    snapshot = wait(late, lambda s: s.state == "STOPPED" and len(s.series) > 5)
    assert step(snapshot) > 20
    assert run.name == snapshot.run


def test_a_viewer_of_a_crashed_run_is_told(opened: Open, processes: list["subprocess.Popen[bytes]"]) -> None:
    first = opened()
    wait(first, lambda s: step(s) > 60)
    first.close()
    time.sleep(1.5)  # the history is written once a second
    processes[0].kill()
    processes[0].wait(10)
    late = opened(start=False)
    snapshot = wait(late, lambda s: s.state == "TRAINER DIED")
    assert snapshot.death is not None
    assert snapshot.death.safe_step == 5
