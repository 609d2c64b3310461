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


def test_the_newest_stay_as_they_came_and_the_older_have_equal_parts_of_the_steps() -> None:
    buffer, limit = SeriesBuffer(64), 64
    for step in range(5_000):
        buffer.append(tick(step, float(step)))
    series = buffer.view()
    newest = limit // 2
    assert series.step[-newest:].tolist() == list(range(5_000 - newest, 5_000))
    assert series.g[-newest:].tolist() == list(range(5_000 - newest, 5_000))
    gaps = np.diff(series.step[:-newest], prepend=0)
    assert gaps.max() <= 2 * 5_000 / (limit * 3 / 8 - 2), "no part of the run fades away"


@given(
    losses=st.lists(st.tuples(LOSS, st.integers(1, 9)), min_size=1, max_size=300), limit=st.integers(2, 40)
)
@settings(deadline=None)
def test_merging_keeps_the_mean_over_steps_and_the_extremes(
    losses: list[tuple[float | None, int]], limit: int
) -> None:
    buffer, step, known = SeriesBuffer(limit), 0, []
    for loss, steps in losses:
        step += steps
        moments = None if loss is None else Moments(count=1, mean=loss, min=loss - 1, max=loss + 2)
        other = Moments(count=1, mean=1.0, min=1.0, max=1.0)
        buffer.append(
            Telemetry(
                seq=1, time=0.0, step=step, d_updates=0, g_updates=0, epoch=0.0, elapsed=step / 10,
                g=moments, d_fake=other,
            )
        )  # fmt: skip
        if loss is not None:
            known.append((loss, 1 if len(known) == 0 and step == steps else steps))
    series = buffer.view()
    assert np.allclose(series.d_fake, 1.0)
    assert np.isnan(series.d_real_min).all()
    if not known:
        assert np.isnan(series.g_max).all()
        return
    assert np.nanmin(series.g_min) == np.float32(min(loss for loss, _ in known) - 1)
    assert np.nanmax(series.g_max) == np.float32(max(loss for loss, _ in known) + 2)
    if len(known) == len(losses):
        weight = np.diff(series.step, prepend=losses[0][1] - 1)
        expected = sum(loss * steps for loss, steps in known) / sum(steps for _, steps in known)
        assert np.isclose(np.average(series.g.astype(float), weights=weight), expected, rtol=1e-4, atol=1.0)


def test_merging_does_not_let_a_gap_swallow_a_value() -> None:
    buffer = SeriesBuffer(2)
    buffer.load({"step": [1, 2, 3, 4], "g": [None, 2.0, None, 3.0], "d_real": [None] * 4})
    series = buffer.view()
    assert series.g.tolist() == [2.0, 3.0]
    assert series.g_min.tolist() == [2.0, 3.0]
    assert np.isnan(series.d_real).all()


def test_infinite_losses_stay_infinite() -> None:
    buffer = SeriesBuffer(2)
    buffer.load({"step": [1, 2, 3], "g": [1.0, float("inf"), 3.0]})
    assert buffer.view().g.tolist() == [float("inf"), 3.0]
    buffer.load({"step": [1, 2, 3], "g": [-float("inf"), float("inf"), 3.0]})
    series = buffer.view()
    assert np.isnan(series.g[0])
    assert (series.g_min[0], series.g_max[0]) == (-float("inf"), float("inf"))


def test_extremes_come_from_the_history_or_are_the_means() -> None:
    buffer = SeriesBuffer()
    buffer.load({"step": [1, 2], "g": [1.0, 2.0], "g_max": [5.0, None], "d_real": [3.0, None]})
    series = buffer.view()
    assert series.g_min.tolist() == [1.0, 2.0]
    assert series.g_max[0] == 5.0
    assert np.isnan(series.g_max[1])
    assert series.d_real_min[0] == series.d_real_max[0] == 3.0


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
