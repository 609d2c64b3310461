"""Signals become flags that the loop reads at a step's border.

SIGTERM and SIGINT: stop, with a checkpoint. SIGUSR1: save now. SIGHUP (the terminal is gone): nothing.
"""

import signal
from types import FrameType


class Signals:
    """Flags, set by handlers or by tests.

    Attributes:
        stopped_by: name of the signal that asked for the end, or empty. save: a save was asked for.
    """

    def __init__(self) -> None:
        self.stopped_by = ""
        self.save = False

    @property
    def stop(self) -> bool:
        """Whether the end was asked for."""
        return bool(self.stopped_by)

    def install(self) -> None:
        """Take the process' signals over; main thread only."""
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGUSR1, self._on_save)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def take_save(self) -> bool:
        """Whether a save was asked for since the last call."""
        asked, self.save = self.save, False
        return asked

    def _on_stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - Python's signature
        self.stopped_by = signal.Signals(number).name

    def _on_save(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - Python's signature
        self.save = True
