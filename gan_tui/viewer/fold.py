"""Pure functions from (snapshot, record) to the next snapshot: what each word of the trainer changes.

Losses and speeds over time are collected beside, in :mod:`gan_tui.viewer.picture`, for they grow.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from gan_tui.link.messages import (
    Applied,
    Event,
    Goodbye,
    Health,
    Refused,
    Report,
    RunState,
    Samples,
    Stage,
    Status,
    Telemetry,
    Welcome,
)
from gan_tui.viewer.snapshot import Snapshot, ViewState

MAX_EVENTS: Final = 200
"""Newest events that are kept for the screen; all stand in the run's history."""
MAX_MARKS: Final = 200
"""Newest interventions that the chart's axis shows: more than any screen has columns for."""
SILENCE: Final = 5.0
"""Seconds without a word after which the header says DETACHED."""


@dataclass(frozen=True)
class Facts:
    """What the header's word is made from.

    Attributes:
        alive: the trainer's process is there. state: the last that it said of itself, or None.
        silent_for: seconds since its last word.
    """

    alive: bool
    state: RunState | None
    silent_for: float


def view_state(facts: Facts) -> ViewState:
    """The header's word, as SCREENS.md's table of states has it.

    A trainer that starts may be silent for as long as importing torch takes; only one that trained is missed.
    """
    if not facts.alive:
        if facts.state in {"finished", "stopped"}:
            return "FINISHED" if facts.state == "finished" else "STOPPED"
        return "CONNECTING" if facts.state is None else "TRAINER DIED"
    if facts.state is None or facts.state == "starting":
        return "WARMING UP"
    if facts.silent_for > SILENCE:
        return "DETACHED"
    words: dict[RunState, ViewState] = {
        "training": "TRAINING",
        "paused": "PAUSED",
        "finished": "FINISHED",
        "stopped": "STOPPED",
        "crashed": "TRAINER DIED",
    }
    return words[facts.state]


def fold(snapshot: Snapshot, record: msgspec.Struct) -> Snapshot:
    """The snapshot after one record; records of an unknown type change nothing."""
    change = _CHANGES.get(type(record))
    return snapshot if change is None else change(snapshot, record)


def fold_all(snapshot: Snapshot, records: Iterable[msgspec.Struct]) -> Snapshot:
    """The snapshot after several records."""
    for record in records:
        snapshot = fold(snapshot, record)
    return snapshot


def _stage(snapshot: Snapshot, stage: Stage) -> Snapshot:
    stages = snapshot.stages
    if any(known.name == stage.name for known in stages):
        stages = tuple(stage if known.name == stage.name else known for known in stages)
    else:
        stages = (*stages, stage)
    return replace(snapshot, stages=stages)


def _status(snapshot: Snapshot, status: Status) -> Snapshot:
    return replace(snapshot, status=status)


def _telemetry(snapshot: Snapshot, tick: Telemetry) -> Snapshot:
    if snapshot.telemetry is not None and tick.time < snapshot.telemetry.time:
        return snapshot
    return replace(snapshot, telemetry=tick)


def _samples(snapshot: Snapshot, samples: Samples) -> Snapshot:
    if samples.kind == "real":
        return replace(snapshot, real=samples)
    return replace(snapshot, samples=samples)


def _report(snapshot: Snapshot, report: Report) -> Snapshot:
    return replace(snapshot, report=report)


def _health(snapshot: Snapshot, health: Health) -> Snapshot:
    return replace(snapshot, health=health)


def _event(snapshot: Snapshot, event: Event) -> Snapshot:
    """Add one event, once; a mark joins the chart's axis, and a restore takes away those after its step."""
    if snapshot.events and event.seq <= snapshot.events[-1].seq:
        return snapshot
    marks = snapshot.marks
    if event.kind == "restored":
        marks = tuple(mark for mark in marks if mark[0] <= event.step)
    if event.mark:
        marks = (*marks, (event.step, event.mark))[-MAX_MARKS:]
    return replace(snapshot, events=(*snapshot.events, event)[-MAX_EVENTS:], marks=marks)


def _goodbye(snapshot: Snapshot, goodbye: Goodbye) -> Snapshot:
    if snapshot.status is None:
        return snapshot
    return replace(
        snapshot, status=msgspec.structs.replace(snapshot.status, state=goodbye.state), saving=False
    )


def _welcome(snapshot: Snapshot, welcome: Welcome) -> Snapshot:
    parts: list[msgspec.Struct | None] = [
        welcome.status,
        welcome.telemetry,
        welcome.samples,
        welcome.report,
        welcome.health,
    ]
    stages = welcome.stages or snapshot.stages
    after = fold_all(snapshot, (part for part in parts if part is not None))
    return replace(after, run=welcome.run, stages=stages)


def _answer(snapshot: Snapshot, answer: Applied | Refused) -> Snapshot:  # noqa: ARG001 - see below
    """Answers are matched with what was sent where that is known, in the picture."""
    return snapshot


_CHANGES: Final[dict[type[msgspec.Struct], Callable[[Snapshot, Any], Snapshot]]] = {
    Stage: _stage,
    Status: _status,
    Telemetry: _telemetry,
    Samples: _samples,
    Report: _report,
    Health: _health,
    Event: _event,
    Goodbye: _goodbye,
    Welcome: _welcome,
    Applied: _answer,
    Refused: _answer,
}
