"""The judge in the loop: it learns and reads within its share of the time."""

from functools import partial
from pathlib import Path

import pytest

from gan_tui.link.commands import Pause
from gan_tui.link.messages import Report
from gan_tui.training.judging import MOST_CREDIT, JudgeDesk
from tests.training.fake_loop import Bench, bench
from tests.training.fakes import FakeJudge


def test_a_judge_that_fails_does_not_end_the_training(tmp_path: Path) -> None:
    b = bench(tmp_path, learning=0.1)
    judge = _judge(b)

    def fail(images: object) -> object:
        raise ValueError(f"cannot read {type(images).__name__}")

    judge.read = fail  # type: ignore[method-assign]
    b.turns(1000)
    assert b.engine.step == 1000
    assert b.events == ["the judge failed (cannot read ndarray); training goes on without it"]


def test_the_judge_learns_within_its_share_and_then_reads(tmp_path: Path) -> None:
    b = bench(tmp_path, learning=1.0)
    judge = _judge(b)
    start, learned = b.clock.now(), None
    while b.clock.now() < start + 60:
        b.turns(1)
        if judge.ready and learned is None:
            learned = b.clock.now() - start
    assert learned == pytest.approx(1.0 / 0.25, rel=0.15)
    reports = b.sent(Report)
    assert 10 <= len(reports) <= 20
    assert reports[0].samples == 500
    assert max(judge.pieces) <= 0.05
    assert "first 10 of 10 digits" in b.events
    assert b.events.count("first 10 of 10 digits") == 1
    assert b.board.status.best_distance == reports[-1].distance
    reading = sum(judge.pieces) - 1.0
    assert reading / 56 <= 0.041


def test_reports_take_the_share_that_they_are_given(tmp_path: Path) -> None:
    taken = []
    for share in (0.01, 0.04):
        b = bench(tmp_path / str(share), learning=0.0, judge_every=0.1, judge_samples=500)
        desk = JudgeDesk(partial(_judge, b), b.parts.core, reading_share=share)
        for _ in range(5000):
            b.clock.pass_by(0.01)
            desk.work(idle=False)
        taken.append(sum(_judge(b).pieces))
    assert 0.4 < taken[0] < 0.6 + MOST_CREDIT
    assert 1.8 < taken[1] < 2.2 + MOST_CREDIT


def test_paused_the_judge_finishes_learning_and_then_rests(tmp_path: Path) -> None:
    b = bench(tmp_path, learning=1.0)
    judge = _judge(b)
    b.turns(3)
    b.applied(Pause())
    start = b.clock.now()
    while not judge.ready and b.clock.now() < start + 2:
        b.turns(1)
    assert judge.ready, "it has the machine for itself"
    pieces = len(judge.pieces)
    b.turns(100)
    assert len(judge.pieces) == pieces


def _judge(b: Bench) -> FakeJudge:
    assert b.judge is not None
    return b.judge
