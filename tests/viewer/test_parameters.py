import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.link.commands.settings import LIMITS
from gan_tui.viewer.parameters import PARAMETERS, SteerParameter
from tests.viewer.fixtures import RECIPE

EACH = pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.name)


def test_they_are_the_settings() -> None:
    assert tuple(p.name for p in PARAMETERS) == RECIPE.__struct_fields__


@EACH
@given(share=st.floats(-1, 2))
def test_a_place_on_the_track_is_a_value_within_the_limits(parameter: SteerParameter, share: float) -> None:
    value = parameter.at(share)
    low, high = LIMITS[parameter.name]
    assert low <= value <= high
    assert parameter.share(value) == pytest.approx(min(1, max(0, share)), abs=0.051)


@EACH
@given(steps=st.lists(st.tuples(st.sampled_from([-1, 1]), st.booleans()), max_size=60))
def test_changes_stay_within_the_limits_and_go_where_they_should(
    parameter: SteerParameter, steps: list[tuple[int, bool]]
) -> None:
    value = parameter.value(RECIPE)
    low, high = LIMITS[parameter.name]
    for direction, coarse in steps:
        after = parameter.changed(value, direction, coarse)
        assert low <= after <= high
        assert after >= value if direction > 0 else after <= value
        if low < value < high:
            assert after != value
        value = after
        assert len(parameter.words(value)) <= 7


def test_steps_of_the_design() -> None:
    count, rate, ema = PARAMETERS[0], PARAMETERS[2], PARAMETERS[4]
    assert count.changed(2, +1) == 3
    assert count.changed(2, +1, coarse=True) == 5
    assert count.changed(2, -1, coarse=True) == 0
    assert rate.changed(2e-4, +1) == pytest.approx(2.5e-4)
    assert rate.changed(2e-4, -1, coarse=True) == pytest.approx(1e-4)
    assert ema.changed(0.995, +1) == pytest.approx(0.996)
    assert ema.changed(0.995, -1, coarse=True) == pytest.approx(0.99)


def test_words() -> None:
    written = [p.words(p.value(RECIPE)) for p in PARAMETERS]
    assert written == ["1", "1", "2.0e-4", "5.0e-4", "0.995", "2"]
