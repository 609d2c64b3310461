"""The loop on the bench: what it does, when, and what it refuses."""

from itertools import pairwise
from pathlib import Path

import pytest

from gan_tui.link.commands import (
    Extend,
    NewLatent,
    Pause,
    Restore,
    Resume,
    Save,
    Set,
    ShowEma,
    StepOnce,
    Stop,
    UpdateOnce,
)
from gan_tui.link.messages import Health, Status, Telemetry
from tests.training.fake_loop import bench


def test_it_trains_a_step_a_turn_and_never_waits(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.turns(50)
    assert b.engine.step == 50
    assert set(b.server.waits) == {0.0}


def test_a_command_is_obeyed_before_the_next_step(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.turns(5)
    assert b.applied(Set(parameter="g_steps", value=3)).step == 5
    assert (b.engine.d_updates, b.engine.g_updates) == (6, 8)
    assert b.board.status.settings.g_steps == 3
    assert b.sent(Status)[-1].settings.g_steps == 3
    assert b.events == ["G steps 1 → 3"]


def test_a_refusal_says_why_and_changes_nothing(tmp_path: Path) -> None:
    b = bench(tmp_path, d_steps=0)
    assert b.refused(Set(parameter="g_steps", value=0)) == "D steps and G steps cannot both be 0"
    assert b.refused(StepOnce()) == "pause first (space)"
    assert b.refused(Restore(checkpoint="../../etc/passwd")).endswith("is no checkpoint's name")
    assert b.refused(Restore(checkpoint="step-000001")) == "there is no checkpoint step-000001 in this run"
    assert b.events == []
    assert b.state == "training"


def test_paused_it_trains_nothing_and_still_answers(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.turns(7)
    b.applied(Pause())
    elapsed = b.board.telemetry.elapsed if b.board.telemetry else 0
    b.turns(50)
    assert b.engine.step == 7
    assert b.state == "paused"
    assert b.board.health == Health(
        level="paused", text="nothing moves; you can still steer, save and restore, and take single steps"
    )
    assert b.applied(Set(parameter="d_lr", value=1e-3)).step == 7
    assert max(b.server.waits) <= 0.1
    b.applied(Resume())
    b.turns(1)
    assert b.engine.step > 7
    assert b.telemetry[-1].elapsed == pytest.approx(elapsed, abs=0.1), "a pause is no training time"


def test_paused_a_heartbeat_a_second_says_that_it_lives(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.turns(5)
    b.applied(Pause())
    kept = len(b.history.records)
    before, start = len(b.telemetry), b.clock.now()
    while b.clock.now() < start + 10:
        b.turns(1)
    beats = b.telemetry[before:]
    assert 9 <= len(beats) <= 11
    assert {beat.steps_per_second for beat in beats} == {0.0}
    told = [r for r in b.history.records[kept:] if isinstance(r, Telemetry)]
    assert 3 <= len(told) <= 4, "the history hears of it now and then"
    assert not any(r.d_real or r.d_fake or r.g for r in told), "and has no row to write"


def test_inside_a_long_step_it_shows_that_it_lives_and_welcomes(tmp_path: Path) -> None:
    b = bench(tmp_path, step_seconds=6.0, d_steps=1, g_steps=4)  # 15 s a step, 3 s an update
    b.turns(4)
    times = [tick.time for tick in b.telemetry]
    assert max(later - earlier for earlier, later in pairwise(times)) <= 3.01, "no silence of five seconds"
    assert [(tick.step, tick.g_updates) for tick in b.telemetry[:5]] == [
        (0, 0),
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 4),
    ]
    assert sum(m.count for tick in b.telemetry if (m := tick.g)) == 16, "no update is lost or told twice"
    assert {round(tick.steps_per_second, 4) for tick in b.telemetry[5:]} == {round(1 / 15, 4)}
    assert len(b.server.waits) > 16, "who attaches is answered between two updates"


def test_what_is_asked_inside_a_step_waits_for_its_border_in_order(tmp_path: Path) -> None:
    b = bench(tmp_path, step_seconds=6.0, d_steps=1, g_steps=2)
    sent: list[int] = []
    update = b.engine.d_update

    def meanwhile() -> None:
        update()
        if not sent:
            sent.append(b.server.send(Set(parameter="g_steps", value=1)))
            sent.append(b.server.send(Pause()))

    b.engine.d_update = meanwhile  # type: ignore[method-assign]
    b.turns(1)
    assert (b.engine.step, b.engine.d_updates, b.engine.g_updates) == (1, 1, 2), "the step stays whole"
    assert b.server.replies == []
    b.turns(1)
    assert [reply.id for reply in b.server.replies] == sent
    assert b.state == "paused"
    assert b.engine.step == 1


def test_a_long_single_step_is_watched_too(tmp_path: Path) -> None:
    b = bench(tmp_path, step_seconds=6.0, d_steps=1, g_steps=3)
    b.applied(Pause())
    before = len(b.telemetry)
    b.applied(StepOnce())
    assert [tick.d_updates + tick.g_updates for tick in b.telemetry[before:]] == [1, 2, 3, 4]


def test_single_steps_while_paused_show_at_once(tmp_path: Path) -> None:
    b = bench(tmp_path, samples_per_second=0)
    b.turns(2)
    b.applied(Pause())
    drawn = len(b.samples)
    b.applied(StepOnce())
    assert b.engine.step == 3
    assert b.samples[-1].step == 3
    assert len(b.samples) == drawn + 1
    b.applied(UpdateOnce(player="D"))
    assert (b.engine.step, b.engine.d_updates, b.engine.g_updates) == (3, 4, 3)
    last = [tick for tick in b.telemetry if tick.d_real is not None][-1]
    assert last.d_updates == 4
    assert last.g is None, "G had no update in it"
    assert b.state == "paused"


def test_stop_while_paused_saves_and_ends(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.turns(4)
    b.applied(Pause())
    b.applied(Stop())
    ending = b.parts.steering.ending
    assert ending is not None
    assert (ending.state, ending.text) == ("stopped", "stopped at step 4, saved")
    assert list(b.vault.saved) == ["step-000004"]
    assert b.events[-2:] == ["saved step-000004", "stopped at step 4"]


def test_stop_without_saving(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.turns(4)
    b.applied(Stop(save=False))
    assert b.vault.saved == {}
    assert b.parts.steering.ending is not None


def test_stop_right_after_a_save_does_not_write_the_same_again(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.turns(4)
    b.applied(Pause())
    b.applied(Save(name="mine"))
    b.applied(Stop())
    assert list(b.vault.saved) == ["step-000004-mine"]


@pytest.mark.parametrize(("seconds", "steps", "least", "most"), [(0.001, 2000, 15, 21), (0.2, 20, 4.9, 5.1)])
def test_ticks_are_at_most_twenty_a_second(
    tmp_path: Path, seconds: float, steps: int, least: float, most: float
) -> None:
    b = bench(tmp_path, step_seconds=seconds)
    start = b.clock.now()
    b.turns(steps)
    a_second = len(b.telemetry) / (b.clock.now() - start)
    assert least <= a_second <= most
    assert b.engine.taken == len(b.telemetry) + 1, "one transfer a tick, and one at the start"


def test_ticks_lose_no_update(tmp_path: Path) -> None:
    b = bench(tmp_path, step_seconds=0.007)
    b.turns(500)
    b.parts.steering.measure()
    counts = [sum(m.count for t in b.telemetry if (m := getattr(t, name))) for name in ("d_real", "g")]
    assert counts == [500, 500]
    assert [t.seq for t in b.telemetry] == list(range(1, len(b.telemetry) + 1))


def test_speeds_are_those_of_the_training(tmp_path: Path) -> None:
    b = bench(tmp_path, step_seconds=0.02, d_batch=16, g_batch=256)
    b.turns(400)
    assert b.telemetry[-1].steps_per_second == pytest.approx(50)
    assert b.telemetry[-1].images_per_second == pytest.approx(50 * 272)
    b.applied(Pause())
    b.turns(100)
    assert b.telemetry[-1].steps_per_second == 0
    b.applied(Resume())
    b.turns(10)
    assert b.telemetry[-1].steps_per_second == pytest.approx(50)


@pytest.mark.parametrize(("rate", "expected"), [(0, 1), (2, 21), (10, 101)])
def test_samples_come_at_their_rate(tmp_path: Path, rate: int, expected: int) -> None:
    b = bench(tmp_path, samples_per_second=rate)
    start = b.clock.now()
    while b.clock.now() < start + 10:
        b.turns(1)
    assert expected * 0.9 - 1 <= len(b.samples) <= expected
    assert b.samples[0].step == 0, "the first comes before the first step"


def test_the_rate_of_samples_is_live(tmp_path: Path) -> None:
    b = bench(tmp_path, samples_per_second=0)
    b.turns(100)
    assert len(b.samples) == 1
    b.applied(Set(parameter="samples_per_second", value=10))
    b.turns(100)
    assert 9 <= len(b.samples) <= 12


def test_nobody_watching_nothing_is_drawn_until_somebody_comes(tmp_path: Path) -> None:
    b = bench(tmp_path, viewers=0)
    b.turns(300)
    assert b.engine.draws == []
    b.server.viewers = 1
    b.turns(1)
    assert len(b.samples) == 1


def test_new_z_and_ema_show_at_once_even_while_paused(tmp_path: Path) -> None:
    b = bench(tmp_path, samples_per_second=0)
    b.applied(Pause())
    b.applied(NewLatent())
    assert (b.samples[-1].latent_seed, b.board.status.latent_seed) == (1, 1)
    b.applied(ShowEma(ema=False))
    assert b.samples[-1].kind == "raw"
    b.applied(ShowEma(ema=True))
    assert b.samples[-1].kind == "ema"
    assert b.samples[-1].labels[:12] == bytes([*range(10), 0, 1])


def test_without_a_running_average_it_cannot_be_shown(tmp_path: Path) -> None:
    b = bench(tmp_path, ema=0.0)
    assert b.refused(ShowEma(ema=True)) == "the running average is off; raise EMA first"


def test_sentences_of_other_threads_become_events(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.complaints.append("the history cannot be written; training goes on")
    b.turns(3)
    assert b.events == ["the history cannot be written; training goes on"]


def test_the_run_ends_at_its_steps(tmp_path: Path) -> None:
    b = bench(tmp_path, steps=25, viewers=0)
    b.turns(100)
    ending = b.parts.steering.ending
    assert ending is not None
    assert (ending.state, ending.text) == ("finished", "finished 25 steps in 0:00:00")
    assert b.engine.step == 25
    assert list(b.vault.saved) == ["step-000025"]
    assert "finished 25 steps in 0:00:00" in b.events


def test_the_run_ends_after_its_seconds_of_training(tmp_path: Path) -> None:
    b = bench(tmp_path, seconds=1.95, step_seconds=0.1, viewers=0)
    b.turns(10)
    b.applied(Pause())
    b.turns(200)
    b.applied(Resume())
    b.turns(100)
    assert b.engine.step == 20
    assert b.parts.steering.ending is not None


def test_a_finished_run_waits_for_its_viewer_and_can_be_extended(tmp_path: Path) -> None:
    b = bench(tmp_path, steps=20)
    b.turns(60)
    assert b.state == "finished"
    assert b.parts.steering.ending is None
    assert b.board.health is not None
    assert b.board.health.level == "finished"
    assert b.refused(Pause()) == "the run has finished"
    assert b.applied(Extend(steps=10)).text == "goes on to step 30"
    b.turns(60)
    assert b.engine.step == 30
    assert b.state == "finished"
    b.server.viewers = 0
    b.turns(2)
    assert b.parts.steering.ending is not None
    assert b.parts.steering.ending.state == "finished"


def test_a_finished_run_does_not_wait_for_ever(tmp_path: Path) -> None:
    b = bench(tmp_path, steps=5)
    start = b.clock.now()
    b.turns(20_000)
    assert b.parts.steering.ending is not None
    assert 500 < b.clock.now() - start < 700


def test_signals_stop_with_a_checkpoint_and_save(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.turns(5)
    b.signals.save = True
    b.turns(1)
    b.applied(Pause())
    b.turns(10)
    b.signals.stopped_by = "SIGTERM"
    b.turns(10)
    assert b.parts.steering.ending is not None
    assert b.parts.steering.ending.state == "stopped"
    assert sorted(b.vault.saved) == ["step-000005", "step-000006"]
    assert b.parts.steering.ending.text == "stopped at step 6, saved"
    last = [(event.who, event.text) for event in b.history.events[-2:]]
    assert last == [("auto", "saved step-000006"), ("auto", "stopped by SIGTERM")]
    assert b.vault.saved["step-000006"][1]["who"] == "auto"


def test_a_newcomer_is_welcomed_with_everything(tmp_path: Path) -> None:
    b = bench(tmp_path)
    b.turns(50)
    welcome = b.board.welcome(7)
    assert welcome.id == 7
    assert welcome.status == b.board.status
    assert welcome.samples == b.samples[-1]
    assert welcome.telemetry == b.telemetry[-1]
    assert welcome.health is not None
