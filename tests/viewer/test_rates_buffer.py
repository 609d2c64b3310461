"""Speed figures: one value a second, a minute of them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.link.messages import Hardware, Telemetry
from gan_tui.viewer.rates_buffer import ORDER, RatesBuffer, figures
from tests.viewer.fixtures import replace_telemetry, telemetry


def at_speed(speed: float, hardware: Hardware | None = None) -> Telemetry:
    return replace_telemetry(telemetry(), steps_per_second=speed, hardware=hardware)


@given(pauses=st.lists(st.floats(0, 90), min_size=1, max_size=80))
def test_a_value_a_second_at_most_sixty(pauses: list[float]) -> None:
    buffer, now = RatesBuffer(), 1000.0
    for number, pause in enumerate(pauses):
        now += pause
        buffer.add(at_speed(float(number)), now)
        values = buffer.view().values["steps/s"]
        assert len(values) <= 60
        assert values[-1] == number
    seconds = int(now) - int(1000.0 + pauses[0]) + 1
    assert len(values) == min(60, seconds)


def test_the_newest_of_a_second_stands_for_it() -> None:
    buffer = RatesBuffer()
    for now, speed in ((5.0, 1.0), (5.5, 2.0), (6.1, 3.0)):
        buffer.add(at_speed(speed), now)
    assert buffer.view().values["steps/s"].tolist() == [2.0, 3.0]


def test_silence_is_a_gap() -> None:
    buffer = RatesBuffer()
    buffer.add(at_speed(1.0), 5.0)
    buffer.add(at_speed(2.0), 8.0)
    values = buffer.view().values["steps/s"]
    assert np.isnan(values).tolist() == [False, True, True, False]


def test_names_are_those_of_the_machine_in_display_order() -> None:
    cpu = at_speed(1.0, Hardware(cpu_percent=50.0, ram_bytes=2**30))
    gpu = at_speed(
        1.0, Hardware(cpu_percent=50.0, ram_bytes=2**30, gpu_percent=90.0, gpu_bytes=2**31, gpu_watts=300.0)
    )
    assert list(figures(cpu)) == ["steps/s", "images/s", "cpu %", "ram GiB"]
    assert list(figures(gpu)) == ["steps/s", "images/s", "gpu %", "gpu GiB", "watts", "cpu %"]
    assert figures(gpu)["gpu GiB"] == 2.0
    buffer = RatesBuffer()
    buffer.add(cpu, 1.0)
    buffer.add(gpu, 2.0)
    assert list(buffer.view().values) == [name for name in ORDER if name in buffer.view().values]
    assert np.isnan(buffer.view().values["gpu %"][0])
