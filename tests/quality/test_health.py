"""Each rule on figures that show its fault, and silence on figures that do not."""

import pytest

from gan_tui.link.messages import Report
from gan_tui.quality import Game, assess, not_finite, steady

DIGITS = tuple("0123456789")


def report(shares: tuple[float, ...] = (0.1,) * 10, readable: float = 0.9, distance: float = 18) -> Report:
    return Report(
        step=1000,
        shares=shares,
        readable=readable,
        seen=sum(share >= 0.005 for share in shares),
        distance=distance,
        floor=5,
        samples=500,
        accuracy=0.97,
        seconds=0.1,
        ema=True,
    )


IN_PLAY = Game(opinion_real=0.56, opinion_fake=0.45, right_fake=0.68, step=1000, was_complete=True)


def test_healthy() -> None:
    health = assess(IN_PLAY, report(), DIGITS)
    assert (health.level, health.text, health.more) == (
        "healthy",
        "10 of 10 digits, D is right about 7 fakes in 10",
        ", losses steady",
    )


FIVE_GONE = (0.2,) * 5 + (0.0,) * 5
ONE_GONE = (0.12,) * 5 + (0.0,) + (0.1,) * 4
FOUR_SEEN = (0.25,) * 4 + (0.0,) * 6
UNREAD = "the judge has not read yet, D is right about no fakes in 10"
EARLY = "4 of 10 digits so far; G still draws noise for the rest"
COLLAPSE = "only 5 of 10 digits (no 5 6 7 8 9): G repeats itself"
MISSING = "9 of 10 digits (no 5), D is right about 7 fakes in 10"
SEES_THROUGH = "D sees through G: right about 10 fakes in 10; give G a step (g)"
FOOLED = "G fools D: right about 4 fakes in 10; give D a step (d)"
UNCLEAR = "10 of 10 digits; 30% of the samples can be read so far"
STUCK = "no better for 4,000 steps (distance 18); try a lower lr"


@pytest.mark.parametrize(
    ("game", "found", "level", "text"),
    [
        (Game(right_fake=0.02), None, "learning", UNREAD),
        (Game(), report(FOUR_SEEN, 0.2), "learning", EARLY),
        (IN_PLAY, report(FIVE_GONE), "alarm", COLLAPSE),
        (IN_PLAY, report(ONE_GONE), "watch", MISSING),
        (Game(0.97, 0.01, 0.99), report(readable=0.7), "watch", SEES_THROUGH),
        (Game(0.5, 0.52, 0.42), report(), "watch", FOOLED),
        (Game(0.5, 0.4, 0.6), report(readable=0.3), "learning", UNCLEAR),
        (Game(0.5, 0.4, 0.6, 9000, 5000, 10), report(distance=18), "watch", STUCK),
    ],
)
def test_each_fault_has_its_sentence(game: Game, found: Report | None, level: str, text: str) -> None:
    health = assess(game, found, DIGITS)
    assert (health.level, health.text) == (level, text)


def test_collapse_of_noise_is_no_alarm() -> None:
    """At the start every sample is the same noise: that is no collapse."""
    assert assess(Game(), report((1.0,) + (0.0,) * 9, 0.0), DIGITS).level == "learning"


def test_a_lead_is_no_fault_while_samples_are_good() -> None:
    assert assess(Game(0.97, 0.01, 0.99), report(readable=0.95), DIGITS).level == "healthy"


def test_other_data_has_classes_not_digits() -> None:
    health = assess(IN_PLAY, report((0.5, 0.5), 0.9), ("shirt", "shoe"))
    assert health.text.startswith("2 of 2 classes")


def test_the_alarm_for_a_loss_that_is_not_finite() -> None:
    health = not_finite("D", 1231, 1150)
    assert health.level == "alarm"
    assert health.text == "D's loss is not finite since step 1,231; paused, nothing bad was saved"
    assert "step 1,150 is safe" in health.more
    assert "nothing was saved yet" in not_finite("G", 3, None).more


def test_steady() -> None:
    assert steady([0.7, 0.71, 0.69] * 5)
    assert not steady([0.2, 4.0] * 5)
    assert steady([9.0, float("nan")])  # too few to say
