import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gan_tui.viewer.widgets.axes import SHRINK_AFTER, YAxis, rounded, tick_label, x_ticks, y_ticks

LOSSES = st.lists(st.floats(0, 1e6), min_size=1, max_size=8)
WILD = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=8)


@given(values=LOSSES, log=st.booleans())
@example(values=[1.9999999998835847], log=True)
def test_limits_contain_all_values(values: list[float], log: bool) -> None:
    lo, hi = rounded(values, log)
    assert lo < hi
    assert lo <= max(min(values), 1e-4 if log else 0)
    assert hi >= max(values)


@given(values=WILD, log=st.booleans())
def test_limits_are_finite_whatever_comes(values: list[float], log: bool) -> None:
    lo, hi = rounded(values, log)
    assert math.isfinite(lo)
    assert lo < hi


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.617, 0.872], (0.5, 0.9)),
        ([0.6, 0.88], (0.5, 0.9)),
        ([0.05, 4.616], (0.0, 4.8)),
        ([], (0.0, 1.0)),
        ([0.01], (0.0, 0.1)),
    ],
)
def test_limits_are_round(values: list[float], expected: tuple[float, float]) -> None:
    assert rounded(values, log=False) == pytest.approx(expected)


def test_log_limits_are_1_2_5() -> None:
    assert rounded([0.03, 4.6], log=True) == pytest.approx((0.02, 5))
    assert rounded([1.0], log=True) == pytest.approx((1, 2))
    assert rounded([0.0, 1.0], log=True)[0] == pytest.approx(1e-4)


def test_the_axis_grows_at_once_and_shrinks_after_thirty_seconds() -> None:
    now = 0.0
    axis = YAxis(lambda: now)
    assert axis.limits([0.6, 0.87]) == pytest.approx((0.5, 0.9))
    assert axis.limits([0.6, 4.0])[1] >= 4
    grown = axis.limits([0.6, 0.87])
    for now in (1.0, 15.0, 29.9):  # noqa: B007 - the axis reads it
        assert axis.limits([0.6, 0.87]) == grown
    now = SHRINK_AFTER
    assert axis.limits([0.6, 0.87]) == pytest.approx((0.5, 0.9))


def test_the_thirty_seconds_begin_again_when_the_room_is_needed() -> None:
    now = 0.0
    axis = YAxis(lambda: now)
    axis.limits([0.6, 4.0])
    grown = axis.limits([0.6, 0.87])
    now = 20.0
    assert axis.limits([0.6, 4.0]) == grown
    now = 35.0
    assert axis.limits([0.6, 0.87]) == grown
    now = 70.0
    assert axis.limits([0.6, 0.87]) != grown


def test_less_than_a_fifth_is_not_worth_a_change() -> None:
    now = 0.0
    axis = YAxis(lambda: now)
    wide = axis.limits([0.5, 1.95])
    for now in (0.0, 100.0, 200.0):  # noqa: B007 - the axis reads it
        assert axis.limits([0.5, 1.75]) == wide


def test_another_scale_is_another_axis() -> None:
    axis = YAxis(lambda: 0.0)
    axis.limits([0.5, 4.0])
    assert axis.limits([0.5, 0.9], log=True) == pytest.approx((0.5, 1.0))


@given(lo=st.floats(0, 1e4), size=st.floats(0.1, 1e4), rows=st.integers(3, 60), log=st.booleans())
def test_y_ticks_are_inside_and_not_too_many(lo: float, size: float, rows: int, log: bool) -> None:
    lo, hi = rounded([lo, lo + size], log)
    ticks = y_ticks(lo, hi, rows, log)
    assert all(lo - 1e-6 <= t <= hi * (1 + 1e-6) for t in ticks)
    assert len(ticks) <= max(3, rows / 2.5 + 1) or log
    assert ticks == sorted(ticks)
    assert all(len(tick_label(t)) == 4 for t in ticks)


def test_y_ticks_of_the_design() -> None:
    assert y_ticks(0.5, 1.0, 8) == pytest.approx([0.6, 0.8, 1.0])
    assert y_ticks(0.5, 1.0, 32) == pytest.approx([0.5 + 0.05 * k for k in range(11)])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1.00"),
        (0.05, "0.05"),
        (12.0, "12.0"),
        (150, " 150"),
        (1500, "1500"),
        (20_000, " 2e4"),
        (-0.0, "0.00"),
    ],
)
def test_tick_labels(value: float, text: str) -> None:
    assert tick_label(value) == text


@given(first=st.floats(0, 1e6), span=st.floats(1, 1e8), cells=st.integers(2, 200))
def test_x_ticks_are_round_and_far_enough_apart(first: float, span: float, cells: int) -> None:
    ticks = x_ticks(first, first + span, cells)
    assert len(ticks) <= max(2, cells // 14) + 1
    assert all(first - 1e-6 * span <= t <= first + span * (1 + 1e-6) for t in ticks)
    assert x_ticks(0, 1223, 60) == [0, 500, 1000]
