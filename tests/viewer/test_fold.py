"""What each word of the trainer changes, and what the header says."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.link.messages import Applied, Event, Goodbye, RunState, Stage, Welcome
from gan_tui.viewer.fold import MAX_EVENTS, MAX_MARKS, SILENCE, Facts, fold, fold_all, view_state
from gan_tui.viewer.snapshot import Snapshot
from tests.viewer import fixtures


def event(seq: int, step: int = 0, kind: str = "saved", mark: str = "") -> Event:
    return fixtures.event(seq, step, "auto", f"event {seq}", kind=kind, mark=mark)


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        (Facts(True, None, 0.0), "WARMING UP"),
        (Facts(True, "starting", 60.0), "WARMING UP"),
        (Facts(True, "training", 0.0), "TRAINING"),
        (Facts(True, "training", SILENCE), "TRAINING"),
        (Facts(True, "training", SILENCE + 0.1), "DETACHED"),
        (Facts(True, "paused", 0.0), "PAUSED"),
        (Facts(True, "finished", 0.0), "FINISHED"),
        (Facts(False, "finished", 99.0), "FINISHED"),
        (Facts(False, "stopped", 99.0), "STOPPED"),
        (Facts(False, "training", 0.0), "TRAINER DIED"),
        (Facts(False, "paused", 0.0), "TRAINER DIED"),
        (Facts(False, "starting", 0.0), "TRAINER DIED"),
        (Facts(False, None, 0.0), "CONNECTING"),
    ],
)
def test_the_header_says_what_is(facts: Facts, word: str) -> None:
    assert view_state(facts) == word


def test_no_combination_is_without_a_word() -> None:
    states: tuple[RunState | None, ...] = (
        None,
        "starting",
        "training",
        "paused",
        "finished",
        "stopped",
        "crashed",
    )
    for alive, state, silent in itertools.product((True, False), states, (0.0, 99.0)):
        assert view_state(Facts(alive, state, silent))


@given(order=st.lists(st.integers(1, 20), max_size=60))
def test_events_come_once_and_in_order(order: list[int]) -> None:
    snapshot = fold_all(Snapshot(), (event(seq) for seq in order))
    numbers = [e.seq for e in snapshot.events]
    assert numbers == sorted(set(numbers))
    assert set(numbers) <= set(order)


def test_the_newest_events_stay() -> None:
    snapshot = fold_all(Snapshot(), (event(seq) for seq in range(1, MAX_EVENTS + 51)))
    assert len(snapshot.events) == MAX_EVENTS
    assert snapshot.events[-1].seq == MAX_EVENTS + 50


def test_marks_stand_where_the_intervention_was_and_go_with_its_time_line() -> None:
    snapshot = fold_all(Snapshot(), (event(1, 100, mark="G 1→2"), event(2, 200, mark="D 1→2")))
    assert snapshot.marks == ((100, "G 1→2"), (200, "D 1→2"))
    snapshot = fold(snapshot, event(3, 150, kind="restored", mark="restored"))
    assert snapshot.marks == ((100, "G 1→2"), (150, "restored"))


def test_the_newest_marks_stay() -> None:
    snapshot = fold_all(Snapshot(), (event(seq, seq, mark="x") for seq in range(1, MAX_MARKS + 51)))
    assert [step for step, _ in snapshot.marks] == list(range(51, MAX_MARKS + 51))


def test_a_stage_replaces_itself_and_keeps_its_place() -> None:
    stages = (Stage(name="torch", state="now"), Stage(name="data", state="next"))
    snapshot = fold_all(Snapshot(), (*stages, Stage(name="torch", state="done", seconds=2.0)))
    assert [(s.name, s.state) for s in snapshot.stages] == [("torch", "done"), ("data", "next")]


def test_a_late_tick_does_not_set_the_clock_back() -> None:
    new, old = fixtures.telemetry(1223), fixtures.telemetry(1200)
    assert fold_all(Snapshot(), (new, old)).telemetry is new


def test_real_digits_and_samples_have_places_of_their_own() -> None:
    snapshot = fold_all(Snapshot(), (fixtures.samples("real"), fixtures.samples("raw")))
    assert snapshot.real is not None
    assert snapshot.samples is not None
    assert (snapshot.real.kind, snapshot.samples.kind) == ("real", "raw")


def test_a_welcome_brings_everything_at_once() -> None:
    first = fixtures.training()
    welcome = Welcome(
        id=1,
        protocol=1,
        version="0",
        run="other",
        status=first.status,
        telemetry=first.telemetry,
        samples=first.samples,
        report=first.report,
        health=first.health,
        stages=(Stage(name="torch", state="done"),),
    )
    snapshot = fold(Snapshot(stages=(Stage(name="invented here", state="now"),)), welcome)
    assert snapshot.run == "other"
    assert (snapshot.status, snapshot.telemetry, snapshot.samples) == (
        first.status,
        first.telemetry,
        first.samples,
    )
    assert (snapshot.report, snapshot.health) == (first.report, first.health)
    assert [stage.name for stage in snapshot.stages] == ["torch"]


def test_a_goodbye_is_the_last_state() -> None:
    snapshot = fold(fixtures.training(), Goodbye(state="stopped", text="told to"))
    assert snapshot.status is not None
    assert snapshot.status.state == "stopped"


def test_folding_changes_no_snapshot_in_place() -> None:
    before = fixtures.training()
    copies = (before.events, before.marks, before.status)
    fold_all(before, (event(99, mark="x"), Goodbye(state="stopped", text=""), Applied(id=1, step=2)))
    assert (before.events, before.marks, before.status) == copies
