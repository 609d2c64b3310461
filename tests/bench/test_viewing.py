"""The viewer's cost: its arithmetic, its plan, and once a real viewer."""

import sys
import time

import msgspec
import pytest

from gan_tui.bench import viewing
from gan_tui.bench.errors import BenchError
from gan_tui.bench.viewing import OPENING, SECONDS, SETTLE, START, Plan, Viewing, Watched, summarise
from gan_tui.bench.window import Window


@pytest.mark.parametrize("budget", [0.0, 20.0, 30.0, 45.0, 60.0, 120.0, 600.0])
def test_a_plan_keeps_to_its_budget(budget: float) -> None:
    plan = Plan.within(budget)
    takes = START + plan.rounds * OPENING + (2 * plan.rounds + 1) * (plan.settle + plan.seconds)
    assert plan.rounds >= 1
    assert SECONDS / 3 <= plan.seconds <= SECONDS
    assert takes <= max(budget, 30.0) + 1e-9
    one_more = takes + OPENING + 2 * (SETTLE + SECONDS)
    assert plan.seconds < SECONDS or one_more > budget, "as many rounds as fit"


def test_each_window_stands_beside_its_neighbours() -> None:
    watched = [Watched(90.0, 0.05, 20_000.0), Watched(190.0, 0.07, 40_000.0)]
    found = summarise("swift", (120, 40), 10.0, watched, [80.0, 120.0, 280.0])
    # 90 beside 100, 190 beside 200.
    assert (found.throughput_ratio.min, found.throughput_ratio.max) == pytest.approx((0.90, 0.95))
    assert found.throughput_ratio.median == pytest.approx(0.925)
    assert found.share_of_a_core.median == pytest.approx(0.06)
    assert found.bytes_per_second.max == 40_000.0
    assert found.steps_per_second_without.n == 3
    assert found.noise_without == 3.5
    assert msgspec.json.decode(msgspec.json.encode(found), type=Viewing) == found


def test_a_real_viewer() -> None:
    found = viewing.measure({"recipe": "swift", "threads": 1}, plan=Plan(1, 1.0, 0.5), size=(100, 30))
    assert (found.recipe, found.columns, found.rows) == ("swift", 100, 30)
    assert found.throughput_ratio.n == 1
    assert found.throughput_ratio.median > 0
    assert 0 < found.share_of_a_core.median < 2
    assert found.bytes_per_second.median > 100, "the screen moves"
    assert found.steps_per_second_without.n == 2


def test_a_window_reads_writes_and_ends() -> None:
    script = "import os; print(os.get_terminal_size(), input(), flush=True); input()"
    window = Window([sys.executable, "-c", script], (77, 33))
    try:
        window.write(b"a key\n")
        assert window.until(b"columns=77, lines=33", b"a key") > 0
    finally:
        window.close()
    assert window._process.returncode is not None


def test_words_that_do_not_come_are_told() -> None:
    window = Window([sys.executable, "-c", "print('something else')"], (80, 24))
    try:
        with pytest.raises(BenchError, match=r"word did not appear; the last output: .*something else"):
            window.until(b"word")
    finally:
        window.close()


def test_a_program_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    ignoring = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    script = f"{ignoring}; print('up', flush=True); signal.pause()"
    window = Window([sys.executable, "-c", script], (80, 24))
    window.until(b"up")
    moments = iter(range(0, 10_000, 3))
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    window.close()
    assert window._process.returncode == -9
