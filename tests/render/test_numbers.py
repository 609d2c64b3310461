import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.render import numbers

NAN, INF = math.nan, math.inf

TABLE: list[tuple[Callable[[float], str], list[tuple[float, str]]]] = [
    (
        numbers.count,
        [
            (0, "0"),
            (7, "7"),
            (1230, "1,230"),
            (1_000_000, "1,000,000"),
            (999.6, "1,000"),
            (-0.2, "0"),
            (-1234, "-1,234"),
            (NAN, "nan"),
            (INF, "inf"),
        ],
    ),
    (
        numbers.loss,
        [
            (0.617, "0.617"),
            (0.6999999, "0.700"),
            (9.9994, "9.999"),
            (9.9996, "10.00"),
            (12.34, "12.34"),
            (99.996, "100.0"),
            (123.4, "123.4"),
            (999.96, " 1000"),
            (1234, " 1234"),
            (99999.4, "99999"),
            (99999.6, "  1e5"),
            (1e30, " 1e30"),
            (1e300, "1e300"),
            (0, "0.000"),
            (-0.0, "0.000"),
            (-1e-9, "0.000"),
            (-0.617, "-0.62"),
            (-12.34, "-12.3"),
            (-12345, " -1e4"),
            (-1e200, "-huge"),
            (NAN, "  nan"),
            (INF, "  inf"),
            (-INF, " -inf"),
        ],
    ),
    (
        numbers.opinion,
        [
            (0.45, ".45"),
            (0, ".00"),
            (1, "1.0"),
            (0.996, "1.0"),
            (0.994, ".99"),
            (-0.1, ".00"),
            (2, "1.0"),
            (NAN, "nan"),
            (INF, "1.0"),
        ],
    ),
    (
        numbers.lead,
        [
            (0.11, "+.11"),
            (-0.05, "-.05"),
            (0, "+.00"),
            (-0.001, "+.00"),
            (1, "+1.0"),
            (-1, "-1.0"),
            (3, "+1.0"),
            (NAN, " nan"),
            (-INF, "-1.0"),
        ],
    ),
    (
        numbers.rate,
        [
            (2e-4, "2.0e-4"),
            (5e-4, "5.0e-4"),
            (1e-10, "1.0e-10"),
            (0.01, "1.0e-2"),
            (9.96e-5, "1.0e-4"),
            (1, "1.0e0"),
            (0, "0"),
            (NAN, "nan"),
        ],
    ),
    (
        numbers.decay,
        [
            (0.995, "0.995"),
            (0.9999, "0.9999"),
            (0.99375, "0.99375"),
            (0, "0.000"),
            (0.9, "0.900"),
            (NAN, "nan"),
        ],
    ),
    (numbers.share, [(0.62, "62%"), (1, "100%"), (0, "0%"), (-0.001, "0%"), (0.999, "100%"), (NAN, "nan")]),
    (
        numbers.clock,
        [
            (95, "0:01:35"),
            (59.99, "0:00:59"),
            (0, "0:00:00"),
            (-3, "0:00:00"),
            (3600, "1:00:00"),
            (360_000, "100:00:00"),
            (NAN, "-:--:--"),
            (INF, "-:--:--"),
        ],
    ),
    (
        numbers.duration,
        [
            (4.2, "4 s"),
            (0, "0 s"),
            (59.9, "59 s"),
            (60, "1 min"),
            (3599, "59 min"),
            (3600, "1 h"),
            (90_000, "25 h"),
            (172_800, "2 d"),
            (NAN, "?"),
        ],
    ),
    (
        numbers.per_second,
        [
            (13.3, "13.3"),
            (999.94, "999.9"),
            (999.96, "1,000"),
            (1702, "1,702"),
            (0, "0.0"),
            (-0.01, "0.0"),
            (1_234_567, "1,234,567"),
            (NAN, "nan"),
            (INF, "inf"),
        ],
    ),
    (
        numbers.size,
        [
            (37e6, "37 MB"),
            (0, "0.0 MB"),
            (400_000, "0.4 MB"),
            (9.94e6, "9.9 MB"),
            (9.96e6, "10 MB"),
            (999.4e6, "999 MB"),
            (999.6e6, "0.9 GiB"),
            (2 * 1024**3, "2.0 GiB"),
            (141 * 1024**3, "141 GiB"),
            (NAN, "nan"),
        ],
    ),
    (
        numbers.gib,
        [
            (0.84 * 1024**3, "0.84"),
            (9.996 * 1024**3, "10.0"),
            (12.34 * 1024**3, "12.3"),
            (141 * 1024**3, " 141"),
            (0, "0.00"),
            (NAN, " nan"),
        ],
    ),
]


@pytest.mark.parametrize(
    ("write", "value", "text"), [(write, value, text) for write, rows in TABLE for value, text in rows]
)
def test_numbers_are_written_as_designed(write: Callable[[float], str], value: float, text: str) -> None:
    assert write(value) == text


ANY = st.floats(width=64)


@given(ANY)
def test_fields_keep_their_width(value: float) -> None:
    assert len(numbers.loss(value)) == 5
    assert len(numbers.opinion(value)) == 3
    assert len(numbers.lead(value)) == 4
    assert len(numbers.gib(value)) == 4


@given(ANY)
def test_any_number_can_be_written(value: float) -> None:
    for write, _ in TABLE:
        text = write(value)
        assert text
        assert text.isprintable()
        assert not text.strip().startswith(("-0.0 ", "-0%"))
    assert ".." in numbers.span(value, value)


@given(st.floats(0, 99_999))
def test_a_loss_is_true_to_its_last_digit(value: float) -> None:
    text = numbers.loss(value).strip()
    last = 10.0 ** -len(text.partition(".")[2])
    assert abs(float(text) - value) <= last / 2 * 1.0001


def test_fields_are_filled_from_the_left() -> None:
    assert numbers.count(1230, 7) == "  1,230"
    assert numbers.count(999_999, 7) == "999,999"
    assert numbers.share(0.62, 4) == " 62%"
    assert numbers.per_second(13.3, 8) == "    13.3"


def test_a_range_is_written_by_its_form() -> None:
    assert numbers.span(13.1, 13.6) == "13.1..13.6"
    assert numbers.span(1665, 1731) == "1,665..1,731"
    assert numbers.span(0.5, 12, numbers.loss) == "0.500..12.00"
