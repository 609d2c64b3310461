"""The newest of all that the trainer tells: published, kept for the next welcome, and kept in the history."""

import logging
from typing import Any, Final

import msgspec

from gan_tui.link.messages import (
    PROTOCOL,
    Event,
    Goodbye,
    Health,
    Player,
    Report,
    RunState,
    Samples,
    Stage,
    Status,
    Telemetry,
    Welcome,
)
from gan_tui.training.ports import History, Server

LOG: Final = logging.getLogger("gan_tui.trainer")
"""One readable line for each thing worth reading afterwards; the process sends it to stderr."""

UNLOGGED: Final = frozenset({"saved", "created", "stopped", "finished", "crashed"})
"""Kinds of events that the log has a better line for."""


class Board:
    """What a viewer would be told now. Only the trainer's main thread touches it."""

    def __init__(self, run: str, version: str, status: Status, history: History) -> None:
        self._run, self._version, self._history = run, version, history
        self._server: Server | None = None
        self.status = status
        self.telemetry: Telemetry | None = None
        self.samples: Samples | None = None
        self.report: Report | None = None
        self.health: Health | None = None
        self.stages: dict[str, Stage] = {}
        self.event_seq = 0

    def connect(self, server: Server) -> None:
        """From now on there is somebody to tell."""
        self._server = server

    @property
    def viewers(self) -> int:
        """How many watch."""
        return self._server.viewers if self._server else 0

    def change(self, **fields: Any) -> None:
        """Change fields of the status; it is sent and kept where that made a difference."""
        status = msgspec.structs.replace(self.status, **fields)
        if status != self.status:
            self.status = status
            self._history.put(status)
            self._publish(status)

    def tell(self, record: Telemetry | Samples | Report | Health | Stage, keep: bool = True) -> None:
        """Send a record, and put it into the history unless ``keep`` is False."""
        match record:
            case Telemetry():
                self.telemetry = record
            case Samples():
                self.samples = record
            case Report():
                self.report = record
            case Health():
                if record == self.health:
                    return
                self.health = record
            case Stage():
                self.stages[record.name] = record
        if keep:
            self._history.put(record)
        self._publish(record)

    def keep(self, record: Telemetry) -> None:
        """Put a record into the history alone."""
        self._history.put(record)

    def event(self, step: int, who: str, kind: str, text: str, player: Player = "", mark: str = "") -> Event:
        """Record that something happened, send it, and write a line of it."""
        event = self._history.event(step, who, kind, text, player, mark)
        self.event_seq = event.seq
        if kind not in UNLOGGED:
            LOG.info("step %s  %s%s", f"{step:,}", "" if who in {"auto", "you"} else f"{who}: ", text)
        self._publish(event)
        return event

    def farewell(self, state: RunState, text: str) -> None:
        """The trainer ends, on purpose: the last status, and the last words."""
        self.change(state=state)
        goodbye = Goodbye(state=state, text=text)
        self._history.put(goodbye)
        self._publish(goodbye)

    def welcome(self, identifier: int) -> Welcome:
        """All that a viewer needs to paint at once."""
        return Welcome(
            id=identifier,
            protocol=PROTOCOL,
            version=self._version,
            run=self._run,
            status=self.status,
            telemetry=self.telemetry,
            samples=self.samples,
            report=self.report,
            health=self.health,
            stages=tuple(self.stages.values()),
        )

    def _publish(self, record: Any) -> None:
        if self._server is not None:
            self._server.publish(record)
