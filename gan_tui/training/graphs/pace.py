"""How far the host may run ahead of the device."""

from collections.abc import Callable
from typing import Protocol


class Event(Protocol):
    """A mark in the device's queue, as torch.cuda.Event."""

    def record(self) -> None:
        """Set the mark behind all that was asked for so far."""

    def synchronize(self) -> None:
        """Wait until the device has come to the mark; at once where it was never set."""


class Pace:
    """Lets the host be a few steps ahead, so that the device never waits, and no more.

    A replay is asked for in microseconds. Without a limit a thousand would wait in the device's queue, and a
    key that is pressed now would be obeyed behind them.

    Args:
        make_event: makes a mark.
        ahead: steps that may be under way, at least 1.
    """

    def __init__(self, make_event: Callable[[], Event], ahead: int) -> None:
        self._events = [make_event() for _ in range(ahead)]
        self._next = 0

    def step(self) -> None:
        """A step is about to be asked for: wait until the one so many steps before has begun."""
        event = self._events[self._next]
        event.synchronize()
        event.record()
        self._next = (self._next + 1) % len(self._events)
