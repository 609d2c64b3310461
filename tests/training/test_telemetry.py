"""Ticks, what the history keeps of them, the log's lines, and what the health rules look at."""

import logging
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.link.commands import Pause, Restore, Save, Stop
from gan_tui.link.messages import Moments, Settings, Status, Telemetry
from gan_tui.training.board import Board
from gan_tui.training.condition import clock_words
from gan_tui.training.keeping import merged
from gan_tui.training.rules import Rules
from tests.training.fake_loop import Bench, bench
from tests.training.fakes import FakeHistory


def _tick(seq: int, losses: list[float], opinion: float = 0.5, g_only: bool = False) -> Telemetry:
    moments = Moments(len(losses), math.fsum(losses) / len(losses), min(losses), max(losses))
    d = None if g_only else moments
    share = None if g_only else opinion
    return Telemetry(
        seq=seq, time=seq, step=seq, d_updates=seq, g_updates=seq, epoch=0, elapsed=seq,
        d_real=d, d_fake=d, g=moments,
        opinion_real=share, opinion_fake=share, right_real=share, right_fake=share,
    )  # fmt: skip


_LOSSES = st.lists(st.floats(0, 100), min_size=1, max_size=5)


@given(st.lists(_LOSSES, min_size=2, max_size=6))
def test_merged_ticks_are_the_tick_of_all_their_updates(groups: list[list[float]]) -> None:
    row = _tick(1, groups[0])
    for seq, losses in enumerate(groups[1:], 2):
        row = merged(row, _tick(seq, losses))
    everything = [loss for losses in groups for loss in losses]
    assert row.g is not None
    assert row.g.count == len(everything)
    assert row.g.mean == pytest.approx(math.fsum(everything) / len(everything))
    assert (row.g.min, row.g.max) == (min(everything), max(everything))
    assert row.seq == len(groups)


def test_opinions_are_weighted_by_updates_and_gaps_stay_out() -> None:
    row = merged(merged(_tick(1, [1.0], 0.2), _tick(2, [1.0] * 3, 0.6)), _tick(3, [1.0] * 9, g_only=True))
    assert row.opinion_fake == pytest.approx(0.5)
    assert row.d_real is not None
    assert row.d_real.count == 4


def _rows(b: Bench) -> list[Telemetry]:
    return [record for record in b.history.records if isinstance(record, Telemetry)]


def test_the_history_has_two_rows_a_second_and_every_update(tmp_path: Path) -> None:
    b = bench(tmp_path, step_seconds=0.005)
    start = b.clock.now()
    b.turns(4000)
    seconds = b.clock.now() - start
    b.applied(Pause())
    rows = _rows(b)
    assert len(rows) <= 2 * seconds + 2
    assert sum(row.g.count for row in rows if row.g) == b.engine.g_updates, "a pause leaves nothing behind"


def test_a_stop_leaves_no_update_behind(tmp_path: Path) -> None:
    b = bench(tmp_path, step_seconds=0.001)
    b.turns(7)
    b.server.send(Stop(save=False))
    b.loop.run()
    assert sum(row.g.count for row in _rows(b) if row.g) == b.engine.g_updates == 7
    assert b.telemetry[-1].step == 7, "viewers hear of the last step"


def test_a_restore_writes_what_was_before_it_first(tmp_path: Path) -> None:
    b = bench(tmp_path, step_seconds=0.001)
    b.turns(20)
    b.applied(Save())
    b.turns(30)
    b.applied(Restore(checkpoint="step-000020"))
    rows = _rows(b)
    assert sum(row.g.count for row in rows if row.g) == 51
    assert rows[-1].step == 51, "and not merged with what comes after"


def test_the_log_has_a_line_of_losses_now_and_then(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gan_tui.trainer")
    b = bench(tmp_path, step_seconds=0.015)
    b.turns(2000)
    lines = [message for message in caplog.messages if "D 0.700 0.700  G 0.700" in message]
    assert 10 <= len(lines) <= 16, "in half a minute at 66 steps a second: every two seconds"
    assert lines[0].startswith("step 1")
    slow = bench(tmp_path, step_seconds=3)
    caplog.clear()
    slow.turns(40)
    assert 9 <= len(caplog.messages) <= 12, "slow steps: every ten seconds"


def test_rules_look_at_the_last_dozens_of_updates() -> None:
    settings = Settings(d_steps=1, g_steps=1, d_lr=1e-3, g_lr=1e-3, ema=0.9, samples_per_second=2)
    names = tuple("0123456789")
    status = Status(state="training", settings=settings, recipe_settings=settings, class_names=names)
    rules = Rules(Board("run", "0", status, FakeHistory()))
    assert rules.assess().level == "learning"
    for seq in range(1, 100):
        rules.collect(_tick(seq, [0.7] * 10, 0.9))
    for seq in range(100, 110):
        rules.collect(_tick(seq, [0.7] * 10, 0.3))
    assert "right about 3 fakes in 10" in rules.assess().text


def test_without_a_judge_the_rules_do_not_wait_for_one() -> None:
    settings = Settings(d_steps=1, g_steps=1, d_lr=1e-3, g_lr=1e-3, ema=0.9, samples_per_second=2)
    status = Status(state="training", settings=settings, recipe_settings=settings)
    rules = Rules(Board("run", "0", status, FakeHistory()), judged=False)
    rules.collect(_tick(1, [0.7], 0.5))
    assert rules.assess().text.startswith("the judge is off")


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "a step of the article's networks takes 340 ms here",
            "swift, for a step of the article's networks takes",
        ),
        ("you chose it", "the judge has not read yet"),
    ],
)
def test_until_the_judge_reads_the_screen_says_why_the_recipe_was_chosen(reason: str, said: str) -> None:
    settings = Settings(d_steps=1, g_steps=1, d_lr=1e-3, g_lr=1e-3, ema=0.9, samples_per_second=2)
    status = Status(
        state="training", settings=settings, recipe_settings=settings, recipe="swift", reason=reason
    )
    assert Rules(Board("run", "0", status, FakeHistory())).assess().text.startswith(said)


@pytest.mark.parametrize(("seconds", "words"), [(0.9, "0:00:00"), (451, "0:07:31"), (36_061, "10:01:01")])
def test_time_in_words(seconds: float, words: str) -> None:
    assert clock_words(seconds) == words
