"""The picture: pending controls, refusals, silence, death and a new beginning."""

from gan_tui.link.commands import Pause, Save, Set, ShowEma, Stop
from gan_tui.link.messages import Applied, Goodbye, Refused
from gan_tui.viewer.picture import Picture
from tests.viewer import fixtures


class Clock:
    """A steady clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def live() -> tuple[Picture, Clock]:
    clock = Clock()
    picture = Picture("balanced-1124", clock)
    picture.alive(True)
    picture.take([fixtures.status(), fixtures.telemetry()])
    return picture, clock


def d_steps(picture: Picture) -> int:
    status = picture.snapshot().status
    assert status is not None
    return status.settings.d_steps


def test_a_change_shows_at_once_and_pends_until_answered() -> None:
    picture, _ = live()
    picture.sent(7, Set(parameter="d_steps", value=3))
    assert d_steps(picture) == 3
    assert picture.snapshot().pending == {"d_steps"}
    picture.take([Applied(id=7, step=1224)])
    assert d_steps(picture) == 3
    assert picture.snapshot().pending == frozenset()


def test_a_refused_change_falls_back_and_says_why() -> None:
    picture, clock = live()
    picture.sent(7, Set(parameter="d_steps", value=0))
    assert d_steps(picture) == 0
    picture.take([Refused(id=7, because="D steps and G steps cannot both be 0")])
    assert d_steps(picture) == 1
    assert picture.snapshot().refusal == ("D steps and G steps cannot both be 0", clock.now)
    assert not picture.snapshot().pending


def test_two_changes_of_one_control_end_at_the_newest() -> None:
    picture, _ = live()
    picture.sent(1, Set(parameter="d_steps", value=2))
    picture.sent(2, Set(parameter="d_steps", value=3))
    picture.take([Applied(id=1, step=1), fixtures.status(d_steps=2)])
    assert d_steps(picture) == 3
    assert picture.snapshot().pending == {"d_steps"}
    picture.take([Applied(id=2, step=1), fixtures.status(d_steps=3)])
    assert d_steps(picture) == 3
    assert not picture.snapshot().pending


def test_counts_stay_whole_numbers() -> None:
    picture, _ = live()
    picture.sent(1, Set(parameter="g_steps", value=2.0))
    status = picture.snapshot().status
    assert status is not None
    assert isinstance(status.settings.g_steps, int)


def test_ema_and_pause_pend_too() -> None:
    picture, _ = live()
    picture.sent(1, ShowEma(ema=False))
    picture.sent(2, Pause())
    snapshot = picture.snapshot()
    assert snapshot.status is not None
    assert not snapshot.status.showing_ema
    assert snapshot.pending == {"showing_ema", "pause"}


def test_saving_lasts_until_answered_and_stopping_until_goodbye() -> None:
    picture, _ = live()
    assert not picture.snapshot().saving
    picture.sent(1, Save())
    assert picture.snapshot().saving
    picture.take([Applied(id=1, step=1)])
    assert not picture.snapshot().saving
    picture.sent(2, Stop())
    picture.take([Applied(id=2, step=1)])
    assert picture.snapshot().saving
    picture.take([Goodbye(state="stopped", text="")])
    assert not picture.snapshot().saving
    picture.alive(False)
    assert picture.snapshot().state == "STOPPED"


def test_silence_is_told_and_the_numbers_stay() -> None:
    picture, clock = live()
    step = picture.snapshot().telemetry
    clock.now += 6.0
    snapshot = picture.snapshot()
    assert snapshot.state == "DETACHED"
    assert snapshot.silent_for == 6.0
    assert snapshot.telemetry is step
    picture.take([fixtures.telemetry(1300)])
    assert picture.snapshot().state == "TRAINING"


def test_nothing_new_is_the_same_object() -> None:
    picture, clock = live()
    first = picture.snapshot()
    clock.now += 1.0
    assert picture.snapshot() is first
    picture.take([fixtures.telemetry(1224)])
    assert picture.snapshot().version == first.version + 1


def test_events_that_the_stream_skipped_are_asked_for() -> None:
    picture, _ = live()
    assert picture.behind
    picture.events(fixtures.EVENTS)
    assert not picture.behind
    picture.take([fixtures.event(8, 1300, "auto", "later")])
    assert picture.behind
    assert picture.last_event == 5
    picture.events(fixtures.event(n, 1300, "auto", "later") for n in (6, 7, 8))
    assert not picture.behind


def test_death_and_a_new_trainer() -> None:
    picture, clock = live()
    picture.sent(1, Set(parameter="d_steps", value=3))
    death = fixtures.died().death
    assert death is not None
    picture.died(death)
    snapshot = picture.snapshot()
    assert (snapshot.state, snapshot.alive, snapshot.pending) == ("TRAINER DIED", False, frozenset())
    assert snapshot.death is death
    picture.launched()
    clock.now += 2.0
    snapshot = picture.snapshot()
    assert (snapshot.state, snapshot.alive, snapshot.death) == ("WARMING UP", True, None)
    assert snapshot.since_start == 2.0
    picture.take([fixtures.status()])
    assert picture.snapshot().state == "TRAINING"


def test_a_refusal_of_the_link_after_the_goodbye_is_no_news() -> None:
    picture, _ = live()
    picture.sent(1, Stop())
    picture.take([Goodbye(state="stopped", text=""), Refused(id=1, because="the trainer went away")])
    assert picture.snapshot().refusal is None


def test_a_note_stands_among_the_events_and_makes_no_gap() -> None:
    picture, _ = live()
    picture.events(fixtures.EVENTS)
    picture.note("samples written to x.png")
    assert picture.snapshot().events[-1].text == "samples written to x.png"
    assert picture.last_event == 5
    picture.take([fixtures.event(6, 1300, "auto", "saved")])
    assert {e.text for e in picture.snapshot().events} >= {"saved", "samples written to x.png"}
