"""The history's buffer: bounded, rising, and never changed under a view."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gan_tui.link.messages import Moments, Telemetry
from gan_tui.viewer.series_buffer import SeriesBuffer

STEPS = st.lists(st.integers(-3, 5), max_size=120)
LOSS = st.none() | st.floats(-1e6, 1e6)


def tick(step: int, loss: float | None = 0.5) -> Telemetry:
    moments = None if loss is None else Moments(count=1, mean=loss, min=loss, max=loss)
    return Telemetry(
        seq=1, time=0.0, step=step, d_updates=step, g_updates=step, epoch=0.0, elapsed=step / 10, g=moments
    )


@given(moves=STEPS, limit=st.integers(2, 40))
@settings(deadline=None)
def test_is_bounded_rising_and_ends_at_the_newest(moves: list[int], limit: int) -> None:
    buffer, step = SeriesBuffer(limit), 1
    for move in moves:
        step = max(0, step + move)
        buffer.append(tick(step))
        series = buffer.view()
        assert len(series) <= limit
        assert (np.diff(series.step) > 0).all()
        assert series.step[-1] == step


@given(steps=st.integers(1, 300), limit=st.integers(2, 64))
@settings(deadline=None)
def test_views_never_change(steps: int, limit: int) -> None:
    buffer, views = SeriesBuffer(limit), []
    for step in range(steps):
        buffer.append(tick(step, float(step)))
        view = buffer.view()
        views.append((view, view.step.copy(), view.g.copy()))
    buffer.append(tick(steps // 2))
    for view, step_then, g_then in views:
        assert np.array_equal(view.step, step_then)
        assert np.array_equal(view.g, g_then)
        assert not view.step.flags.writeable


@given(losses=st.lists(LOSS, min_size=1, max_size=50))
def test_keeps_every_value_below_the_limit(losses: list[float | None]) -> None:
    buffer = SeriesBuffer(100)
    for step, loss in enumerate(losses):
        assert buffer.append(tick(step, loss)) == (loss is not None)
    wanted = np.array([loss for loss in losses if loss is not None], np.float32)
    assert np.array_equal(buffer.view().g, wanted)
    assert np.isnan(buffer.view().d_real).all()


def test_merging_keeps_the_mean() -> None:
    buffer = SeriesBuffer(64)
    for step in range(65):
        buffer.append(tick(step, float(step)))
    series = buffer.view()
    assert len(series) == 33
    assert series.g[0] == 0.5
    assert series.step[0] == 1
    assert series.step[-1] == 64


def test_merging_does_not_let_a_gap_swallow_a_value() -> None:
    buffer = SeriesBuffer(2)
    buffer.load({"step": [1, 2, 3, 4], "g": [None, 2.0, 3.0, None], "d_real": [None] * 4})
    series = buffer.view()
    assert series.g.tolist() == [2.0, 3.0]
    assert np.isnan(series.d_real).all()


def test_a_restore_leaves_the_time_line_that_was_given_up() -> None:
    buffer = SeriesBuffer()
    for step in (1, 2, 3, 4, 5):
        buffer.append(tick(step))
    buffer.append(tick(3, 9.0))
    assert buffer.view().step.tolist() == [1, 2, 3]
    assert buffer.view().g[-1] == 9.0


@given(steps=st.lists(st.integers(0, 20), max_size=60), limit=st.integers(2, 30))
def test_loading_is_rising_whatever_the_history_says(steps: list[int], limit: int) -> None:
    buffer = SeriesBuffer(limit)
    buffer.load({"step": [float(s) for s in steps], "g": [1.0] * len(steps)})
    series = buffer.view()
    assert (np.diff(series.step) > 0).all()
    assert len(series) <= limit
    if steps:
        assert series.step[-1] == steps[-1]


def test_appending_costs_amortised_constant_time() -> None:
    """Counted in copies, not seconds: the columns are made anew only some ten times in 8,000 ticks."""
    buffer, made, last = SeriesBuffer(), 0, None
    for step in range(8_000):
        buffer.append(tick(step))
        if buffer._columns is not last:
            made, last = made + 1, buffer._columns
    assert made < 10
