import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from gan_tui.render import (
    SPARK,
    SPARK_ASCII,
    RenderError,
    bars,
    bin_mean,
    decimate_minmax,
    smooth_centred,
    sparkline,
)

Floats = NDArray[np.float64]
CURVES = arrays(np.float64, st.integers(0, 200), elements=st.floats(width=64))


@given(
    CURVES,
    st.integers(0, 60),
    st.floats(),
    st.floats(),
    st.sampled_from([SPARK, SPARK_ASCII, " " + SPARK_ASCII]),
)
def test_a_sparkline_has_its_width(values: Floats, width: int, lo: float, hi: float, glyphs: str) -> None:
    line = sparkline(values, width, lo, hi, glyphs)
    assert len(line) == width
    assert set(line) <= set(" " + glyphs)
    assert len(sparkline(values, width, glyphs=glyphs)) == width


@given(CURVES)
def test_a_gap_means_no_data_and_nothing_else(values: Floats) -> None:
    line = sparkline(values, len(values))
    assert [c == " " for c in line] == np.isnan(values).tolist()


def test_a_sparkline_runs_from_the_lowest_step_to_the_highest() -> None:
    assert sparkline(range(7), 7) == SPARK
    assert sparkline(range(8), 8, glyphs=SPARK_ASCII) == SPARK_ASCII
    assert "█" not in SPARK
    assert sparkline([1, math.nan, 2, math.inf, -math.inf], 7, 0, 3) == "  ▃ ▅▇▁"
    assert sparkline([5, 5], 3) == " ▁▁"
    assert sparkline([], 3) == "   "
    assert sparkline([0, 0, 3, 3, math.nan, 6], 3) == "▁▄▇"
    with pytest.raises(RenderError):
        sparkline([1], 3, glyphs=" ")


@given(arrays(np.float64, st.integers(0, 14), elements=st.floats()), st.integers(0, 6))
def test_bars_have_their_rows_and_show_all_that_is_there(shares: Floats, height: int) -> None:
    rows = bars(shares, height, 0.2)
    assert [len(row) for row in rows] == [len(shares)] * height
    if height:
        assert [c != " " for c in rows[-1]] == (shares > 0).tolist()


def test_bars_fill_from_below() -> None:
    assert bars([0.2, 0.1, 0, 0.001, 9, 0.15], 2, 0.2) == ["█   █▄", "██ ▁██"]
    assert bars([0.2, 0.05], 2, 0.2, "=#") == ["# ", "#="]
    with pytest.raises(RenderError):
        bars([0.1], 2, 0)


@given(CURVES, st.integers(1, 30))
def test_decimation_keeps_the_extremes_of_every_part(y: Floats, bins: int) -> None:
    x = np.arange(len(y), dtype=float)
    kept_x, kept_y = decimate_minmax(x, y, bins)
    assert len(kept_x) == len(kept_y) <= 2 * bins
    assert (np.diff(kept_x) > 0).all()
    assert np.isfinite(kept_y).all()
    index = kept_x.astype(int)
    np.testing.assert_array_equal(kept_y, y[index])
    finite = np.isfinite(y)
    if finite.any():
        assert kept_y.min() == y[finite].min()
        assert kept_y.max() == y[finite].max()
        first, last = x[finite][0], x[finite][-1]
        part = np.minimum((x - first) / max(last - first, 1) * bins, bins - 1).astype(int)
        for number in np.unique(part[finite]):
            inside = y[finite & (part == number)]
            ours = kept_y[part[index] == number]
            assert (ours.min(), ours.max()) == (inside.min(), inside.max())
    else:
        assert len(kept_y) == 0


@given(CURVES, CURVES, st.integers(1, 30))
def test_reduced_curves_stay_finite_and_sorted(x: Floats, y: Floats, bins: int) -> None:
    n = min(len(x), len(y))
    x, y = x[:n], y[:n]
    finite = np.isfinite(x) & np.isfinite(y)
    for kept_x, kept_y in (decimate_minmax(x, y, bins), bin_mean(x, y, bins)):
        assert np.isfinite(kept_x).all()
        assert np.isfinite(kept_y).all()
        assert (len(kept_x) > 0) == finite.any()
        if finite.any():
            assert kept_y.min() >= y[finite].min()
            assert kept_y.max() <= y[finite].max()
    assert (np.diff(decimate_minmax(x, y, bins)[0]) >= 0).all()
    assert len(bin_mean(x, y, bins)[0]) <= bins


def test_means_of_parts() -> None:
    x, y = bin_mean([0, 1, 2, 3, 10], [1, 3, math.nan, 5, 7], 2)
    assert (x.tolist(), y.tolist()) == ([pytest.approx(4 / 3), 10], [pytest.approx(3), 7])
    assert bin_mean([5, 5], [1, 2], 3)[1].tolist() == [1.5]
    with pytest.raises(RenderError):
        bin_mean([1, 2], [1], 3)
    with pytest.raises(RenderError):
        decimate_minmax([1], [1], 0)


@given(CURVES, st.integers(1, 300))
def test_smoothing_is_the_mean_of_an_even_window(y: Floats, window: int) -> None:
    smooth = smooth_centred(y, window)
    assert len(smooth) == len(y)
    np.testing.assert_array_equal(np.isfinite(smooth), np.isfinite(y))
    half = window // 2
    for i in np.flatnonzero(np.isfinite(y)):
        reach = min(half, i, len(y) - 1 - i)
        around = y[i - reach : i + reach + 1]
        around = around[np.isfinite(around)]
        wanted = math.fsum(around / len(around) / 8)  # an eighth, so that the largest floats do not overflow
        room = 1e-12 * max(float(np.abs(around).max()), 1e-290)
        assert abs(smooth[i] / 8 - wanted) <= room * len(around)


def test_smoothing_never_lags() -> None:
    line = np.linspace(3, -2, 101)
    np.testing.assert_allclose(smooth_centred(line, 31), line, atol=1e-12)
    assert smooth_centred([1, 2, 9, 4, 5], 3).tolist() == pytest.approx([1, 4, 5, 6, 5])
    spike = np.ones(100)
    spike[10] = 1e300
    np.testing.assert_allclose(smooth_centred(spike, 5)[20:], 1)
    with pytest.raises(RenderError):
        smooth_centred([1.0], 0)
