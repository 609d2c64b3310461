"""The one place where a viewer's knowledge changes: records and answers in, immutable snapshots out."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from gan_tui.link.commands import Command, Pause, Restore, Resume, Save, Set, ShowEma, Stop
from gan_tui.link.messages import (
    Applied,
    Event,
    Goodbye,
    Refused,
    RunState,
    Settings,
    Status,
    Telemetry,
    Welcome,
)
from gan_tui.viewer.fold import MAX_EVENTS, Facts, fold, view_state
from gan_tui.viewer.rates_buffer import RatesBuffer
from gan_tui.viewer.series_buffer import SeriesBuffer
from gan_tui.viewer.snapshot import Death, Snapshot

_SHOWING_EMA: Final = "showing_ema"
_STATES: Final[dict[str, RunState]] = {"pause": "paused", "resume": "training"}
"""Command → the state that it has led to when it is answered; before, training still moves."""


@dataclass(frozen=True)
class _Sent:
    """A command that is under way: which control it moves, and to which value."""

    name: str
    value: float | bool


class Picture:
    """Folds what comes into a snapshot. Belongs to one thread; the snapshots may go anywhere.

    A changed setting shows its new value at once, marked as pending, and falls back when it is refused.

    Args:
        run: the run's name. clock: a steady clock, in seconds.
    """

    def __init__(self, run: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._base = Snapshot(run=run)
        self._series = SeriesBuffer()
        self._rates = RatesBuffer()
        self._sent: dict[int, _Sent] = {}
        self._notes: tuple[Event, ...] = ()
        self._alive = False
        self._last_word = clock()
        self._started: float | None = None
        self._saved_state: RunState | None = None
        self._wanted_seq = 0
        self._stopping = False
        self._left = False
        self._dirty = True
        self._shown = self._base
        self._series_dirty = self._rates_dirty = False

    @property
    def last_event(self) -> int:
        """Number of the newest event that is here."""
        return self._base.events[-1].seq if self._base.events else 0

    @property
    def behind(self) -> bool:
        """Whether the run's history holds events that are not here."""
        return self._wanted_seq > self.last_event

    @property
    def greeted(self) -> bool:
        """Whether the trainer has said what it is."""
        return self._base.status is not None

    @property
    def ended(self) -> bool:
        """Whether the trainer said goodbye, or its run had ended before."""
        return self._state() in {"finished", "stopped"}

    @property
    def mourned(self) -> bool:
        """How the trainer ended is known already."""
        return not self._alive and (self._base.death is not None or self.ended)

    def launched(self) -> None:
        """A new trainer is starting; figures of the old one stay, real digits stand in for its samples."""
        self._alive, self._started, self._last_word = True, self._clock(), self._clock()
        self._left = False
        self._sent.clear()
        self._stopping = False
        self._saved_state = "starting"
        status = self._base.status
        self._base = replace(
            self._base,
            death=None,
            samples=None,
            stages=(),
            saving=False,
            status=None if status is None else msgspec.structs.replace(status, state="starting"),
        )
        self._dirty = True

    def alive(self, alive: bool) -> None:
        """Whether the trainer's process is there, as the watcher sees it; one that said goodbye is not."""
        alive &= not self._left
        if alive != self._alive:
            self._alive, self._dirty = alive, True
            if not alive:
                self._sent.clear()

    def was(self, state: RunState | None) -> None:
        """The state that the run's history tells of, for a trainer that is no longer there."""
        self._saved_state, self._dirty = state, True

    def died(self, death: Death) -> None:
        """The trainer ended without a goodbye."""
        self._alive = False
        self._sent.clear()
        status = self._base.status
        if status is not None:
            status = msgspec.structs.replace(status, state="crashed")
        self._saved_state = "crashed"
        self._base = replace(self._base, death=death, saving=False, status=status)
        self._dirty = True

    def refuse(self, because: str) -> None:
        """Say for a few seconds that something was refused."""
        self._base, self._dirty = replace(self._base, refusal=(because, self._clock())), True

    def note(self, text: str, who: str = "you", kind: str = "note") -> None:
        """Show an event of this viewer's own among the run's; it is in no history."""
        tick = self._base.telemetry
        step = 0 if tick is None else tick.step
        self._notes = (
            *self._notes,
            Event(seq=0, time=time.time(), step=step, who=who, kind=kind, text=text),
        )
        self._dirty = True

    def history(self, columns: Mapping[str, Sequence[float | None]], events: Iterable[Event]) -> None:
        """Take losses and events from the run's history."""
        if columns:
            self._series.load(columns)
            self._series_dirty = True
        self.events(events)
        self._dirty = True

    def recall(self, records: Iterable[msgspec.Struct]) -> None:
        """Take the newest records of the run's history; they are no word of the trainer's now."""
        for record in records:
            self._base, self._dirty = fold(self._base, record), True

    def events(self, events: Iterable[Event]) -> None:
        """Take events from the run's history, in order."""
        for event in events:
            self._base = fold(self._base, event)
            self._dirty = True

    def sent(self, number: int, command: Command) -> None:
        """Remember a command until it is answered."""
        match command:
            case Set():
                self._sent[number] = _Sent(command.parameter, command.value)
            case ShowEma():
                self._sent[number] = _Sent(_SHOWING_EMA, command.ema)
            case Pause() | Resume():
                self._sent[number] = _Sent(type(command).__name__.lower(), True)
            case Save() | Restore():
                self._sent[number] = _Sent("save", True)
            case Stop():
                self._stopping = command.save
            case _:
                return
        self._dirty = True

    def take(self, records: Iterable[msgspec.Struct]) -> None:
        """Fold what the link brought."""
        now = self._clock()
        for record in records:
            self._last_word, self._dirty = now, True
            self._take(record, now)

    def snapshot(self) -> Snapshot:
        """The newest snapshot; the same object as before if nothing changed that the screen shows."""
        now = self._clock()
        silent = now - self._last_word
        since = 0.0 if self._started is None else now - self._started
        state = view_state(Facts(self._alive, self._state(), silent))
        if state == "WARMING UP" and int(since * 4) != int(self._shown.since_start * 4):
            self._dirty = True
        if state == "DETACHED" and int(silent) != int(self._shown.silent_for):
            self._dirty = True
        if not self._dirty and state == self._shown.state:
            return self._shown
        if self._series_dirty:
            self._base = replace(self._base, series=self._series.view())
        if self._rates_dirty:
            self._base = replace(self._base, rates=self._rates.view())
        self._dirty = self._series_dirty = self._rates_dirty = False
        self._shown = replace(
            self._base,
            version=self._shown.version + 1,
            state=state,
            alive=self._alive,
            events=_merged(self._base.events, self._notes),
            status=self._expected(),
            pending=frozenset(sent.name for sent in self._sent.values()),
            saving=self._stopping or any(sent.name == "save" for sent in self._sent.values()),
            since_start=since,
            silent_for=silent,
        )
        return self._shown

    def _take(self, record: msgspec.Struct, now: float) -> None:
        match record:
            case Applied() | Refused():
                self._answered(record)
                return
            case Event() if record.seq > self.last_event + 1:
                self._wanted_seq = max(self._wanted_seq, record.seq)
                return
            case Telemetry():
                self._tick(record, now)
            case Status():
                self._saved_state = record.state
            case Welcome():
                if record.telemetry is not None:
                    self._wanted_seq = max(self._wanted_seq, record.telemetry.event_seq)
                if record.status is not None:
                    self._saved_state = record.status.state
                    self._left = False
            case Goodbye():
                self._saved_state = record.state
                self._stopping, self._left = False, True
                self._sent.clear()
                self._alive = False
        self._base = fold(self._base, record)

    def _tick(self, tick: Telemetry, now: float) -> None:
        self._wanted_seq = max(self._wanted_seq, tick.event_seq)
        self._series_dirty |= self._series.append(tick)
        self._rates.add(tick, now)
        self._rates_dirty = True

    def _answered(self, answer: Applied | Refused) -> None:
        sent = self._sent.pop(answer.id, None)
        if isinstance(answer, Refused):
            if not self.ended:
                self._stopping = False
                self.refuse(answer.because)
        elif sent is not None and self._base.status is not None:
            self._base = replace(self._base, status=_moved(self._base.status, sent))
            if sent.name in _STATES and self._saved_state in _STATES.values():
                self._saved_state = _STATES[sent.name]

    def _expected(self) -> Status | None:
        status = self._base.status
        for sent in self._sent.values():
            status = None if status is None else _moved(status, sent)
        return status

    def _state(self) -> RunState | None:
        return self._saved_state


def _merged(events: tuple[Event, ...], notes: tuple[Event, ...]) -> tuple[Event, ...]:
    """Both, by time, oldest first."""
    return tuple(sorted((*events, *notes), key=lambda event: event.time))[-MAX_EVENTS:] if notes else events


def _moved(status: Status, sent: _Sent) -> Status:
    """The status with one control moved."""
    if sent.name == _SHOWING_EMA:
        return msgspec.structs.replace(status, showing_ema=bool(sent.value))
    if sent.name not in Settings.__struct_fields__:
        return status
    old = getattr(status.settings, sent.name)
    changed = msgspec.structs.replace(status.settings, **{sent.name: type(old)(sent.value)})
    return msgspec.structs.replace(status, settings=changed)
