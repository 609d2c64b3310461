"""What the loop saves and writes: checkpoints, restores, TensorBoard; full disks, losses not finite."""

import math
from pathlib import Path

import pytest

from gan_tui.link.commands import (
    NewLatent,
    Pause,
    Restore,
    Resume,
    Save,
    Set,
    StepOnce,
    Stop,
)
from gan_tui.link.messages import Report
from tests.training.fake_loop import bench


def test_a_loss_that_is_not_finite_pauses_and_saves_nothing(tmp_path: Path) -> None:
    b = bench(tmp_path, checkpoint_every=10)
    b.turns(25)
    b.settle()
    b.engine.loss = math.nan
    b.turns(25)
    assert b.state == "paused"
    assert b.board.health is not None
    assert b.board.health.level == "alarm"
    assert b.board.health.text.startswith("D since 2")
    assert b.board.health.text.endswith("safe 20")
    assert len([e for e in b.history.events if e.kind == "alarm"]) == 1
    assert sorted(b.vault.saved) == ["step-000010", "step-000020"]
    why = "the losses are not finite; restore a checkpoint first (c)"
    assert b.refused(Resume()) == why
    assert b.refused(StepOnce()) == why
    assert "not finite" in b.refused(Save())


def test_a_restore_heals_it(tmp_path: Path) -> None:
    b = bench(tmp_path, checkpoint_every=10)
    b.turns(25)
    b.settle()
    b.engine.loss = math.inf
    b.turns(25)
    b.engine.loss = 0.5
    assert b.applied(Restore(checkpoint="step-000020")).step == 20
    assert sorted(b.vault.saved) == ["step-000010", "step-000020"], "what is broken is not saved before"
    b.applied(Resume())
    b.turns(15)
    b.settle()
    assert b.state == "training"
    assert "step-000030" in b.vault.saved


def test_a_broken_state_is_not_saved_at_the_end_either(tmp_path: Path) -> None:
    b = bench(tmp_path, step_seconds=0.001)
    b.turns(3)
    b.engine.loss = math.nan
    b.turns(1)
    b.applied(Stop())
    assert b.vault.saved == {}, "the tick before the save looks first"
    assert b.parts.steering.ending is not None


def test_checkpoints_keep_their_rhythm(tmp_path: Path) -> None:
    b = bench(tmp_path, checkpoint_every=7)
    b.turns(30)
    b.settle()
    assert sorted(b.vault.saved) == ["step-000007", "step-000014", "step-000021", "step-000028"]
    assert b.board.status.checkpoint == "step-000028"
    assert b.board.status.checkpoint_step == 28
    assert [e.who for e in b.history.events] == ["auto"] * 4
    metadata = b.vault.saved["step-000028"][1]
    assert metadata["who"] == "auto"
    assert float(metadata["elapsed"]) == pytest.approx(0.28)


@pytest.mark.parametrize("seconds", [0.01, 0.2])
def test_what_is_kept_of_a_step_has_its_losses_however_slow_steps_are(tmp_path: Path, seconds: float) -> None:
    b = bench(tmp_path, step_seconds=seconds, checkpoint_every=3, tensorboard_every=4)
    b.turns(24)
    b.applied(Pause())
    b.turns(30)
    b.applied(Save(name="late"))
    b.settle()
    b.archivist.close()
    metadata = [metadata for _, metadata in b.vault.saved.values()]
    assert len(metadata) == 9
    assert {m["losses"] for m in metadata} == {'{"d":0.7,"g":0.7}'}
    assert [set(point.scalars) for point in b.vault.points] == [{"lossTrue", "lossFalse", "lossG"}] * 6
    counts = [sum(m.count for t in b.telemetry if (m := getattr(t, name))) for name in ("d_real", "g")]
    assert counts == [24, 24], "and no update is told twice"


def test_a_save_by_hand_has_its_name_and_its_event_when_it_is_whole(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.turns(3)
    b.applied(Save(name="before the storm"))
    b.settle()
    assert list(b.vault.saved) == ["step-000003-before-the-storm"]
    assert b.history.events[-1].who == "you"
    assert b.events[-1] == "saved step-000003-before-the-storm"


def test_a_full_disk_is_said_once_and_training_goes_on(tmp_path: Path) -> None:
    b = bench(tmp_path, checkpoint_every=10)
    b.turns(10)
    b.settle()
    b.vault.full = True
    b.turns(10)
    b.settle()
    text = "disk full: step 20 was not saved; step 10 is safe"
    assert b.events[-1] == text
    b.turns(150)
    assert b.engine.step == 170
    assert b.board.health is not None
    assert b.board.health.level == "alarm"
    assert "disk full" in b.board.health.text
    b.vault.full = False
    b.turns(20)
    b.settle()
    b.turns(150)
    assert b.board.health.level == "learning"


def test_tensorboard_points_keep_their_rhythm(tmp_path: Path) -> None:
    b = bench(tmp_path, tensorboard_every=50)
    b.turns(120)
    b.archivist.close()
    assert [point.step for point in b.vault.points] == [50, 100]
    assert set(b.vault.points[0].scalars) == {"lossTrue", "lossFalse", "lossG"}
    assert b.vault.points[0].images.shape == (10, 28, 28)


def test_tensorboard_gets_each_report_of_the_judge_once(tmp_path: Path) -> None:
    b = bench(tmp_path, tensorboard_every=10, learning=0.1, judge_every=1.0)
    b.turns(1000)
    b.archivist.close()
    told = [point.scalars for point in b.vault.points if "distance" in point.scalars]
    distances = [report.distance for report in b.sent(Report)]
    assert 5 < len(told) < len(b.vault.points)
    assert [scalars["distance"] for scalars in told] == distances[: len(told)]
    assert {scalars["readable"] for scalars in told} == {0.9}
    assert "lossG" in told[0]


def test_tensorboard_on_a_full_disk_is_said_once(tmp_path: Path) -> None:
    b = bench(tmp_path, tensorboard_every=5)
    b.vault.full = True
    b.turns(30)
    b.archivist.close()
    b.parts.saver.hear()
    assert b.events == ["TensorBoard points from step 5 on are not written: disk full"]


def test_restore_saves_the_present_and_goes_back(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.turns(10)
    b.applied(Save())
    b.applied(Set(parameter="g_steps", value=4))
    b.applied(NewLatent())
    b.turns(10)
    step = b.engine.step
    b.applied(Pause())
    elapsed = b.parts.core.watch.elapsed
    assert b.applied(Restore(checkpoint="step-000010")).step == 10
    assert b.events[-1] == f"restored step 10 (was {step})"
    assert f"step-{step:06d}-before-restore" in b.vault.saved
    assert b.board.status.settings.g_steps == 1
    assert b.board.status.latent_seed == 0
    assert b.samples[-1].step == 10
    assert b.parts.core.watch.elapsed < elapsed
    assert b.state == "paused"
    b.applied(Restore(checkpoint=f"step-{step:06d}-before-restore"))
    assert b.engine.step == step
    assert b.board.status.latent_seed == 1


def test_a_bad_checkpoint_is_refused_and_training_goes_on(tmp_path: Path) -> None:
    b = bench(tmp_path)
    (tmp_path / "step-000005.safetensors").touch()
    b.turns(10)
    assert b.refused(Restore(checkpoint="step-000005")) == "step-000005.safetensors is no whole checkpoint"
    b.turns(5)
    assert b.engine.step == 16
