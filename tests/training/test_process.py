"""The real trainer process, over the real link."""

import os
import platform
import re
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from gan_tui.link.commands import Extend, Pause, Resume, Save, Set, StepOnce, Stop
from gan_tui.link.messages import Health, Refused, Report, Samples, Stage, Status, Telemetry
from gan_tui.runs.checkpoints import latest_checkpoint, list_checkpoints
from gan_tui.runs.history import HistoryReader
from gan_tui.runs.launch import cause_of_death, tail_log
from gan_tui.runs.lock import is_live
from gan_tui.runs.summary import summary
from gan_tui.training.choose import thread_candidates
from tests.training.live import live, tiny_run, trainer_command


def test_a_run_from_its_start_to_a_stop(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    with live(run) as trainer:
        real = trainer.until(lambda r: isinstance(r, Samples) and r.kind == "real" and r, "real digits")
        assert isinstance(real, Samples)
        assert list(real.labels[:12]) == [*range(10), 0, 1]
        trainer.state("training")
        tick = trainer.step(20)
        assert tick.d_real is not None
        assert tick.d_updates == tick.g_updates == tick.step
        assert trainer.applied(Set(parameter="g_steps", value=2)).text == "G steps 1 → 2"
        later = trainer.step(tick.step + 20)
        assert later.g_updates > later.d_updates
        trainer.applied(Save(name="by hand"))
        assert trainer.event("saved").text.endswith("-by-hand")
        trainer.applied(Pause())
        paused = trainer.until(lambda r: isinstance(r, Telemetry) and r.steps_per_second == 0 and r, "a beat")
        assert trainer.applied(StepOnce()).step == paused.step + 1
        trainer.applied(Stop())
        assert trainer.goodbye().state == "stopped"
        assert trainer.ended() == 0
    assert not is_live(run)
    assert [info.label for info in list_checkpoints(run)] == ["", "by hand"]
    assert summary(run).state == "stopped"
    manifest = run.manifest()
    assert manifest.config["recipe"] == "swift"
    assert manifest.versions["torch"]
    texts = [event.text for event in HistoryReader(run).events()]
    assert texts[0] == "run tiny created"
    assert "G steps 1 → 2" in texts
    assert any("MB) in" in line for line in tail_log(run, 50))


def test_killed_it_leaves_whole_files_and_goes_on_from_them(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, checkpoint_every=10)
    with live(run) as trainer:
        while latest_checkpoint(run) is None:
            trainer.event("saved")
        tick = trainer.step(60)
        trainer.process.kill()
        assert trainer.ended() == -signal.SIGKILL
    assert summary(run).state == "crashed"
    assert HistoryReader(run).events()
    checkpoint = latest_checkpoint(run)
    assert checkpoint is not None
    assert not [info for info in list_checkpoints(run) if info.problem]
    saved = list_checkpoints(run)[0].step
    assert 0 < saved <= tick.step + 40
    with live(run, checkpoint) as trainer:
        assert trainer.event("resumed").text.startswith(f"resumed from step {saved}")
        again = trainer.step(saved + 5)
        assert again.elapsed > 0.01
        trainer.applied(Stop())
        assert trainer.ended() == 0
    steps = HistoryReader(run).telemetry()["step"]
    assert steps == sorted(steps, key=lambda step: step or 0), "what was given up is hidden"


def test_sigterm_while_paused_saves_and_ends_well(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    with live(run) as trainer:
        trainer.step(5)
        step = trainer.applied(Pause()).step
        os.kill(trainer.process.pid, signal.SIGHUP)
        os.kill(trainer.process.pid, signal.SIGUSR1)
        assert trainer.event("saved").step == step
        trainer.applied(StepOnce())
        os.kill(trainer.process.pid, signal.SIGTERM)
        assert trainer.goodbye().text == f"stopped at step {step + 1:,}, saved"
        assert trainer.ended() == 0
    assert latest_checkpoint(run) == run.checkpoints_dir / f"step-{step + 1:06d}.safetensors"


def test_a_stop_during_start_up_is_obeyed(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    with live(run) as trainer:
        trainer.until(lambda r: isinstance(r, Stage) and r.name == "torch", "the torch stage")
        trainer.applied(Stop())
        assert trainer.goodbye().state == "stopped"
        assert trainer.ended() == 0
    assert summary(run).state == "stopped"


def test_a_viewer_that_is_frozen_costs_nothing(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, samples_per_second=10)
    with live(run) as trainer:
        trainer.step(5)
        endpoints = run.endpoints()
        script = (
            "from gan_tui.link.client import Client, Endpoints\n"
            f"c = Client(Endpoints({endpoints.stream!r}, {endpoints.commands!r}))\n"
            "while not c.receive(1): pass\n"
            "print('listening', flush=True)\n"
            "while True: c.receive(1)\n"
        )
        viewer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        try:
            assert viewer.stdout is not None
            assert viewer.stdout.readline()
            viewer.send_signal(signal.SIGSTOP)
            ticks = [trainer.step(0)]
            while ticks[-1].elapsed < ticks[0].elapsed + 4:
                ticks.append(trainer.step(ticks[-1].step + 1))
        finally:
            viewer.send_signal(signal.SIGCONT)
            viewer.kill()
            viewer.wait()
        gaps = [later.elapsed - earlier.elapsed for earlier, later in pairwise(ticks)]
        assert max(gaps) < 1.5, "nothing waited for it"
        assert ticks[-1].step > ticks[0].step + 40
        trainer.applied(Stop(save=False))


def test_the_screen_learns_which_recipe_was_chosen_and_why(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, recipe="auto", threads=0, precision="auto", steps=1)
    assert trainer_command(run).returncode == 0
    row, events = HistoryReader(run).status(), HistoryReader(run).events()
    assert row is not None
    assert row.status is not None
    assert row.status.recipe in {"swift", "labelled"}
    assert re.fullmatch(r"a step of the article's networks takes (over )?\d+ ms here", row.status.reason)
    told = [event for event in events if event.kind == "chosen"]
    assert [(event.step, event.who, event.text) for event in told] == [
        (0, "auto", f"chose {row.status.recipe}: {row.status.reason}")
    ]
    assert run.manifest().config["recipe"] == row.status.recipe
    with live(run, latest_checkpoint(run)) as trainer:
        trainer.state("finished")
        trainer.applied(Stop())
        trainer.goodbye()
    again = HistoryReader(run).status()
    assert again is not None
    assert again.status is not None
    assert again.status.reason == row.status.reason, "a resume remembers"


def test_a_second_trainer_is_refused_and_the_first_is_not_disturbed(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    with live(run) as trainer:
        first = trainer.step(5)
        second = trainer_command(run)
        assert second.returncode == 1
        assert second.stderr.strip().splitlines()[-1].startswith("gan-tui: tiny is being trained already")
        trainer.step(first.step + 20)
        trainer.applied(Stop(save=False))


def test_bad_data_ends_in_one_sentence_for_everybody(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    (tmp_path / "tiny.npz").write_bytes(b"this is no data")
    with live(run) as trainer:
        goodbye = trainer.goodbye()
        assert goodbye.state == "crashed"
        assert "tiny.npz" in goodbye.text
        assert trainer.ended() == 1
    log = tail_log(run, 100)
    assert log[-1] == f"gan-tui: {goodbye.text}"
    assert not any("Traceback" in line for line in log)
    assert cause_of_death(1, log).what == goodbye.text
    assert summary(run).state == "crashed"


def test_a_damaged_checkpoint_cannot_be_resumed_and_says_so(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    bad = tmp_path / "step-000010.safetensors"
    bad.write_bytes(b"\0" * 100)
    with live(run, bad) as trainer:
        goodbye = trainer.goodbye()
        assert goodbye.state == "crashed"
        assert "no whole checkpoint" in goodbye.text
        assert trainer.ended() == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the environment in Linux's /proc")
def test_it_starts_with_an_allocator_that_keeps_memory_and_the_users_settings_win(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("another C library")
    monkeypatch.setenv("MALLOC_TOP_PAD_", "4096")
    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_", raising=False)
    # Until the kernel is through exec the file may be read and is empty; who is heard on the link is through.
    with live(tiny_run(tmp_path)) as trainer:
        trainer.step(1)
        environment = Path(f"/proc/{trainer.process.pid}/environ").read_bytes().split(b"\0")
    assert b"MALLOC_TOP_PAD_=4096" in environment
    assert f"MALLOC_TRIM_THRESHOLD_={256 << 20}".encode() in environment


def test_the_trainer_imports_no_textual_and_opens_the_link_before_torch(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, steps=3, checkpoint_every=1, tensorboard_every=1, judge=True)
    imports = tmp_path / "imports"
    script = (
        "import os, runpy, sys\n"
        f"file = os.open({str(imports)!r}, os.O_WRONLY | os.O_CREAT)\n"
        "def note(what, about):\n"
        "    if what == 'import': os.write(file, f'{about[0]}\\n'.encode())\n"
        "sys.addaudithook(note)\n"
        f"sys.argv = ['trainer', {str(run.path)!r}]\n"
        "runpy.run_module('gan_tui.training', run_name='__main__')\n"
    )
    done = trainer_command(run, "-c", script)
    assert done.returncode == 0, done.stderr[-2000:]
    imported = imports.read_text().splitlines()
    assert {"torch._C", "gan_tui.training.engine", "gan_tui.quality", "tensorboard"} <= set(imported)
    assert {name.split(".")[0] for name in imported}.isdisjoint({"textual", "plotext", "click"})
    assert not [name for name in imported if name.startswith(("gan_tui.viewer", "gan_tui.cli"))]
    assert imported.index("gan_tui.link.server") < imported.index("torch._C")


def test_with_nobody_watching_it_ends_when_it_is_done(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, steps=30, checkpoint_every=20, tensorboard_every=10)
    done = trainer_command(run)
    assert done.returncode == 0, done.stderr
    assert [info.step for info in list_checkpoints(run)] == [30, 20]
    assert "  finished 30 steps in 0:00:0" in done.stderr.strip().splitlines()[-1]
    assert summary(run).state == "finished"
    assert list(run.tensorboard_dir.glob("events.out.tfevents.*"))


def test_watched_it_waits_at_its_end_and_can_be_extended(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, steps=15)
    with live(run) as trainer:
        trainer.state("finished")
        assert isinstance(trainer.ask(Pause()), Refused)
        trainer.applied(Extend(steps=10))
        trainer.step(25)
        trainer.until(lambda r: isinstance(r, Health) and r.level == "finished", "finished again")
        trainer.applied(Stop())
        assert trainer.goodbye().state == "finished"
        assert trainer.ended() == 0
    assert {info.step for info in list_checkpoints(run)} == {15, 25}


def test_a_resumed_run_keeps_its_end_its_time_and_what_was_changed_meanwhile(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, steps=15)
    with live(run) as trainer:
        trainer.state("finished")
        trainer.applied(Set(parameter="g_lr", value=1e-3))
        trainer.applied(Extend(steps=10))
        elapsed = trainer.step(25).elapsed
        trainer.applied(Stop())
        trainer.goodbye()
        trainer.ended()
    run.update_manifest(config={**run.manifest().config, "d_lr": 5e-3})
    with live(run, latest_checkpoint(run)) as trainer:
        trainer.state("finished")
        again = trainer.step(25)
        assert again.step == 25, "nothing was trained beyond the end that was moved"
        assert again.elapsed == pytest.approx(elapsed, abs=0.2)
        trainer.applied(Stop())
        assert trainer.goodbye().text.startswith("finished")
    row = HistoryReader(run).status()
    assert row is not None
    assert row.status is not None
    assert (row.status.target_steps, row.status.settings.d_lr) == (25, 5e-3)
    assert row.status.settings.g_lr == 1e-3, "what was steered stays"
    assert row.status.reason == "you chose it"


def test_watched_or_not_paused_or_resumed_the_training_is_the_same(tmp_path: Path) -> None:
    alone = tiny_run(tmp_path, "alone", steps=40, checkpoint_every=20)
    assert trainer_command(alone).returncode == 0
    watched = tiny_run(tmp_path, "watched", steps=40, judge=True, samples_per_second=10, judge_every=0.1)
    first = alone.checkpoints_dir / "step-000020.safetensors"
    with live(watched, first) as trainer:
        trainer.step(21)
        if isinstance(trainer.ask(Pause()), Refused):
            pytest.skip("the machine was too quick to pause it")
        trainer.applied(Resume())
        trainer.state("finished")
        trainer.applied(Stop())
        trainer.goodbye()
    one = load_file(alone.checkpoints_dir / "step-000040.safetensors")
    other = load_file(watched.checkpoints_dir / "step-000040.safetensors")
    assert one.keys() == other.keys()
    assert [name for name in one if (one[name] != other[name]).any()] == []


def test_resumed_elsewhere_it_takes_the_threads_it_was_trained_on(tmp_path: Path) -> None:
    threads = thread_candidates()[-1]
    alone = tiny_run(tmp_path, "alone", steps=12, checkpoint_every=6, threads=threads)
    assert trainer_command(alone).returncode == 0
    again = tiny_run(tmp_path, "again", steps=12, threads=0, precision="auto")
    with live(again, alone.checkpoints_dir / "step-000006.safetensors") as trainer:
        assert trainer.event("resumed").text == "resumed from step 6"
        trainer.state("finished")
        trainer.applied(Stop())
        trainer.goodbye()
    row = HistoryReader(again).status()
    assert row is not None
    assert row.status is not None
    assert (row.status.threads, row.status.precision) == (threads, "fp32")
    one = load_file(alone.checkpoints_dir / "step-000012.safetensors")
    other = load_file(again.checkpoints_dir / "step-000012.safetensors")
    assert [name for name in one if (one[name] != other[name]).any()] == []


def test_the_judge_reports(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, judge=True, judge_samples=50, judge_every=0.2)
    with live(run) as trainer:
        trainer.step(1)
        trainer.applied(Pause())  # it learns faster while nothing trains
        trainer.until(lambda _: any("the judge is ready" in line for line in tail_log(run, 50)), "the judge")
        trainer.applied(Resume())
        report = trainer.until(lambda r: isinstance(r, Report) and r, "a report")
        assert isinstance(report, Report)
        assert (report.samples, len(report.shares)) == (50, 10)
        assert sum(report.shares) == pytest.approx(1)
        status = trainer.until(lambda r: isinstance(r, Status) and r.best_distance is not None and r, "best")
        assert isinstance(status, Status)
        assert status.best_step > 0
        trainer.applied(Stop(save=False))
