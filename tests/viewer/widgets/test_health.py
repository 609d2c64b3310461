import pytest

from gan_tui.link.messages import Health
from gan_tui.viewer.widgets.health import REFUSAL_SECONDS
from tests.viewer import fixtures
from tests.viewer.fixtures import training, view
from tests.viewer.widgets.drawn import rows_of, text_of

DEAD = "the trainer was killed by the system (signal 9); all but the last 73 steps are safe"
COLLAPSED = "only 3 of 10 digits (no 0 2 3 5 6 8 9): G repeats itself.  u undoes G lr 5e-4 to 2e-3"
SAYS = "10 of 10 digits, D is right about 7 fakes in 10"


def test_room_decides_what_is_added() -> None:
    assert text_of("health", training(), view(), (120, 40)) == [f"  healthy  {SAYS}, losses steady", ""]
    assert text_of("health", training(), view(), (80, 24)) == [f"  healthy  {SAYS}"]
    assert text_of("health", training(), view(), (60, 50)) == [f" healthy  {SAYS}"]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (fixtures.starting, "  starting  these are real digits; G's own follow in a moment"),
        (
            fixtures.paused,
            "  paused  nothing moves; you can still steer, save and restore, and take single steps",
        ),
        (fixtures.detached, "  watch   no word from the trainer for 6 s; trying again"),
        (fixtures.finished, "  finished  1,223 steps in 0:01:35; best distance 18 at step 1,100"),
        (
            fixtures.died,
            f"  alarm      {DEAD}",
        ),
        (
            fixtures.collapsed,
            f"  alarm    {COLLAPSED}",
        ),
    ],
)
def test_states_say_what_is(make: type, expected: str) -> None:
    assert text_of("health", make(), view())[0] == expected


def test_paused_in_little_room() -> None:
    said = text_of("health", fixtures.paused(), view(), (80, 24))
    assert said == ["  paused  nothing moves; changes are kept for the next step"]


def test_an_alarm_outlives_a_pause() -> None:
    alarm = Health(level="alarm", text="D's loss is not finite since step 1,231", more="")
    said = text_of("health", fixtures.paused(health=alarm), view())[0]
    assert said == "  alarm    D's loss is not finite since step 1,231"


def test_levels_look_different() -> None:
    options = view()
    style = options.look.style
    healthy = rows_of("health", training(), options, (120, 40))[0]
    watch = training(health=Health(level="watch", text="9 of 10 digits (no 5)"))
    assert healthy[0].style == style("text", bold=True)
    assert rows_of("health", watch, options, (120, 40))[0][0].style == style("text", bold=True, reverse=True)
    alarm = rows_of("health", fixtures.collapsed(), options, (120, 40))[0]
    assert alarm[0].style == style("bg", "alarm", bold=True)


def test_a_refusal_stands_for_five_seconds() -> None:
    refused = training(refusal=("pause first (space)", 100.0))
    assert text_of("health", refused, view(clock=100.1))[0] == "  refused: pause first (space)"
    late = view(clock=100.0 + REFUSAL_SECONDS)
    assert text_of("health", refused, late)[0].startswith("  healthy")


def test_the_hint_is_in_the_second_row_while_it_is_asked_for() -> None:
    hint = (
        "  new here? space pauses, arrows steer, ? explains every number; this line goes with your first key"
    )
    assert text_of("health", training(), view(hint=True))[1] == hint
    assert text_of("last", training(), view(hint=True), (80, 24)) == [hint.split(";", maxsplit=1)[0]]
    assert text_of("last", training(), view(), (80, 24)) == [" last event  step 1,150  saved step-001150"]


def test_a_long_sentence_ends_in_an_ellipsis() -> None:
    long = training(health=Health(level="watch", text="x" * 200))
    (said,) = text_of("health", long, view(), (80, 24))
    assert len(said) == 80
    assert said.endswith("x…")
