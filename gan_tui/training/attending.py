"""What the trainer does between two updates of a long step: it listens, and shows that it lives."""

from collections.abc import Sequence
from typing import Any, Final

from gan_tui.link.commands import AnyCommand
from gan_tui.training.clock import Clock, Rhythm
from gan_tui.training.ports import Server
from gan_tui.training.telemetry import Meter

LOOK_SECONDS: Final = 0.1
"""Least time between two looks inside steps: quick steps are not slowed down."""


class Attendant:
    """Takes what comes over the link; commands are kept for the step's border, where alone they are obeyed.

    Whoever attaches meanwhile is welcomed at once, and a sign of life goes out each second.

    Args:
        server: where commands come. meter: gives the signs of life. clock: for the rhythm.
    """

    def __init__(self, server: Server, meter: Meter, clock: Clock) -> None:
        self._server, self._meter = server, meter
        self._rhythm = Rhythm(clock, LOOK_SECONDS)
        self._heard: list[tuple[Any, AnyCommand]] = []

    def look(self) -> None:
        """Between two updates; costs a reading of the clock where the last look was just now."""
        if self._rhythm.due:
            self._rhythm.take()
            self._heard += self._server.poll(0.0)
            self._meter.beat(inside=True)

    def take(self, patience: float) -> Sequence[tuple[Any, AnyCommand]]:
        """At a step's border: the commands that have come, oldest first.

        Args:
            patience: seconds to wait for one, if none was heard inside the step.
        """
        heard, self._heard = self._heard, []
        return [*heard, *self._server.poll(0.0 if heard else patience)]
