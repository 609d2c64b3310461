import pytest

from gan_tui.viewer.widgets.header import Header
from gan_tui.viewer.widgets.rows import plain
from tests.viewer import fixtures
from tests.viewer.fixtures import paused, replace_telemetry, starting, status, telemetry, training, view
from tests.viewer.widgets.drawn import rows_of, text_of

WHAT = "balanced  mnist 60,000  cpu 2 threads bf16"


@pytest.mark.parametrize(
    ("snapshot", "size", "expected"),
    [
        (
            training(),
            (120, 40),
            f"{' TRAINING   step   1,223   epoch   1.30   0:01:35 elapsed':<77}{WHAT}",
        ),
        (
            training(),
            (80, 24),
            " TRAINING   step   1,223   epoch   1.30   0:01:35 elapsed         balanced  cpu",
        ),
        (training(), (60, 50), " TRAINING  step   1,223  epoch  1.30  0:01:35"),
        (paused(), (60, 50), " PAUSED  step   1,229  epoch  1.31  0:01:35"),
        (
            starting(),
            (120, 40),
            f"{' WARMING UP   step       0   0:00:06 since start':<77}{WHAT}",
        ),
    ],
)
def test_texts(snapshot: object, size: tuple[int, int], expected: str) -> None:
    assert text_of("header", snapshot, view(), size) == [expected]  # type: ignore[arg-type]


def test_the_device_is_named_as_it_should() -> None:
    gpu = training(status=status(device="cuda:0 H100", threads=8))
    assert text_of("header", gpu, view())[0].endswith("balanced  mnist 60,000  cuda:0 H100 bf16")
    assert text_of("header", gpu, view(), (80, 24))[0].endswith("balanced  cuda:0")
    one = training(status=status(threads=1))
    assert text_of("header", one, view())[0].endswith("cpu 1 thread bf16")


def test_time_to_the_end() -> None:
    ends = status(target_steps=6000)
    assert "   0:05:59 left " in text_of("header", training(status=ends), view())[0]
    still = replace_telemetry(telemetry(), steps_per_second=0.0)
    assert "   -:--:-- left " in text_of("header", training(status=ends, telemetry=still), view())[0]
    timed = status(target_seconds=120.0)
    assert "   0:00:24 left " in text_of("header", training(status=timed), view())[0]
    assert "left" not in text_of("header", training(status=ends), view(), (80, 24))[0]


@pytest.mark.parametrize(
    ("make", "fg", "bg"),
    [
        (fixtures.paused, "bg", "text"),
        (fixtures.finished, "bg", "text"),
        (fixtures.detached, "bg", "dim"),
        (fixtures.died, "bg", "alarm"),
        (fixtures.training, "text", "lift"),
        (fixtures.starting, "text", "lift"),
    ],
)
def test_the_row_takes_the_states_ground(make: type, fg: str, bg: str) -> None:
    options = view()
    (row,) = rows_of("header", make(), options, (120, 40))
    blanks = [s.style for s in row if not s.text.strip()]
    assert set(blanks) == {options.look.style(fg, bg)}
    badge = options.look.style("bg", "text" if bg == "lift" else bg, bold=True)
    assert row[0].style == badge


def test_watching_is_said() -> None:
    assert text_of("header", training(), view(watching=True))[0].startswith(" TRAINING WATCHING ")


def test_the_field_of_steps_grows_once() -> None:
    pane, options = Header(), view()
    past = training(telemetry=replace_telemetry(telemetry(), step=1_000_000))
    before = plain(pane.rows(training(), options, 120, 1)[0])
    assert before.index("epoch") == 27
    assert plain(pane.rows(past, options, 120, 1)[0]).index("epoch") == 29
    assert plain(pane.rows(training(), options, 120, 1)[0]).index("epoch") == 29
