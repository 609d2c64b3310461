import json
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gan_tui.link.messages import RunState, Settings, Status
from gan_tui.runs.checkpoints import set_latest
from gan_tui.runs.history import HistoryWriter
from gan_tui.runs.lock import RunLock
from gan_tui.runs.run import Run
from gan_tui.runs.summary import as_dict, summaries, summary
from tests.runs.conftest import tick
from tests.runs.files import write_checkpoint

FIELDS = [
    "name", "path", "state", "step", "d_updates", "g_updates", "steps_per_second", "ratio", "recipe",
    "device", "pid", "viewers", "checkpoint", "started_at", "updated_at",
]  # fmt: skip


def write(run: Run, state: RunState, pid: int = 77) -> None:
    live = Settings(d_steps=1, g_steps=2, d_lr=1e-3, g_lr=1e-3, ema=0.9, samples_per_second=2)
    writer = HistoryWriter(run)
    writer.put(
        Status(state=state, settings=live, recipe_settings=live, recipe="swift", device="cpu", pid=pid)
    )
    writer.put(msgspec.structs.replace(tick(40), steps_per_second=12.5, viewers=2))
    writer.close()


def test_the_object_for_scripts_has_these_fields_in_this_order(run: Run) -> None:
    write(run, "training")
    write_checkpoint(run.checkpoints_dir, "step-000040")
    set_latest(run, "step-000040")
    run.update_manifest(pid=77, started_at=0.0)
    with RunLock(run):
        found = as_dict(summary(run))
    assert list(found) == FIELDS
    assert json.loads(json.dumps(found)) == found | {"ratio": [1, 2]}
    assert found["checkpoint"] == str(run.checkpoints_dir / "step-000040.safetensors")
    assert (found["step"], found["pid"], found["viewers"], found["steps_per_second"]) == (40, 77, 2, 12.5)
    assert (found["recipe"], found["device"]) == ("swift", "cpu")
    assert str(found["updated_at"]).endswith("+00:00")


def test_a_paused_run_is_seen_to_live_and_who_watches_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(run, "paused")
    with RunLock(run):
        before = summary(run)
        later = time.time() + 60
        writer = HistoryWriter(run)
        monkeypatch.setattr(time, "time", lambda: later)
        writer.put(msgspec.structs.replace(tick(40, loss=None), viewers=0))
        writer.close()
        monkeypatch.undo()
        after = summary(run)
    assert (before.viewers, after.viewers) == (2, 0)
    assert before.updated_at is not None
    assert after.updated_at is not None
    assert after.updated_at > before.updated_at
    assert (after.step, after.state) == (40, "paused")


@pytest.mark.parametrize(
    ("written", "live", "state"),
    [
        ("training", True, "training"),
        ("paused", True, "paused"),
        ("finished", True, "finished"),
        ("stopped", True, "starting"),  # an earlier trainer's last word
        ("training", False, "crashed"),
        ("starting", False, "crashed"),
        ("finished", False, "finished"),
        ("stopped", False, "stopped"),
    ],
)
def test_states(run: Run, written: RunState, live: bool, state: RunState) -> None:
    write(run, written)
    run.update_manifest(pid=77)
    lock = RunLock(run)
    if live:
        lock.acquire()
    one = summary(run)
    lock.release()
    assert one.state == state
    assert (one.pid, one.viewers) == ((77, 2) if live else (None, 0))
    assert one.steps_per_second == (12.5 if state == "training" else 0)


def test_a_trainer_that_has_not_spoken_yet_is_starting_whatever_the_last_one_said(run: Run) -> None:
    write(run, "training", pid=5)
    run.update_manifest(pid=6)
    with RunLock(run):
        assert summary(run).state == "starting"


def test_a_run_without_any_word_is_starting_for_a_while_and_then_crashed(run: Run) -> None:
    assert summary(run).state == "starting"
    run.update_manifest(created_at=time.time() - 3600)
    one = summary(run)
    assert (one.state, one.step, one.ratio, one.checkpoint) == ("crashed", 0, (1, 1), None)


def test_last_active_first_and_broken_ones_left_out(new_run: Callable[..., Run], runs_dir: Path) -> None:
    import os

    first, second, broken = new_run("first"), new_run("second"), new_run("broken")
    for run in (second, broken):
        for path in run.path.iterdir():
            os.utime(path, (1000, 1000))
    (broken.path / "run.json").write_bytes(b"{")
    (first.path / "history.sqlite").write_bytes(b"damaged, " * 99)
    assert [one.name for one in summaries(runs_dir)] == ["first", "second"]
    assert [one.name for one in summaries(None)] == ["first", "second"]
    assert summaries(runs_dir / "none") == []
