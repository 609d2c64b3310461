import math
import sys
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gan_tui.render.ticks import labels, limits, ticks

ENDS = st.floats(allow_nan=True, allow_infinity=True)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6), st.integers(2, 12))
def test_ticks_are_round_lie_on_the_axis_and_are_about_as_many(lo: float, length: float, about: int) -> None:
    hi = lo + length
    assume(length > 1e-9 * abs(lo))
    found = ticks(lo, hi, about)
    assert about / 2 - 1 <= len(found) <= 2 * about + 1
    dust = length * 1e-6
    assert all(lo - dust <= t <= hi + dust for t in found)
    for a, b in pairwise(found):
        mantissa = f"{b - a:.3e}".split("e")[0]
        assert float(mantissa) in {1.0, 2.0, 5.0}


@given(ENDS, ENDS, st.integers(-1, 30), st.booleans())
def test_any_axis_gives_ticks_or_none(lo: float, hi: float, about: int, whole: bool) -> None:
    found = ticks(lo, hi, about, whole)
    assert len(found) <= 2 * max(about, 1) + 1
    assert found == sorted(found)
    assert all(math.isfinite(t) for t in found)
    if whole:
        assert all(t == int(t) for t in found)
    assert len(labels(found)) == len(found)


@given(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), st.integers(1, 12))
def test_limits_hold_the_values(lo: float, hi: float, about: int) -> None:
    below, above = limits(lo, hi, about)
    assert below <= min(lo, hi) <= max(lo, hi) <= above
    assert below < above


def test_known_axes() -> None:
    assert ticks(0, 1223, 3, whole=True) == [0, 500, 1000]
    assert ticks(0.55, 1.02, 3) == [0.6, 0.8, 1.0]
    assert ticks(0, 3, 10, whole=True) == [0, 1, 2, 3]
    assert ticks(4, 4) == [4]
    assert ticks(math.nan, 1) == []
    assert ticks(5, 1) == []
    assert limits(0.61, 0.91, 3) == (0.6, 1.0)
    assert limits(2, 2)[0] < 2 < limits(2, 2)[1]
    assert limits(0, 0) == pytest.approx((-1, 1))
    with pytest.raises(ValueError, match="finite"):
        limits(0, math.inf)


def test_labels_have_the_decimals_they_need() -> None:
    assert labels([0.6, 0.8, 1.0]) == ["0.60", "0.80", "1.00"]
    assert labels([0, 500, 1000]) == ["0", "500", "1,000"]
    assert labels([-0.001, 0, 0.001]) == ["-0.001", "0.000", "0.001"]
    assert labels([0, 0.5, 1]) == ["0.00", "0.50", "1.00"]
    assert labels([0, 1e12]) == ["0", "1e+12"]
    assert labels([]) == []
    assert labels([sys.float_info.max]) == ["1.8e+308"]
