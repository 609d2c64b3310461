"""The trainer's lines in ``trainer.log``, which stays below a size however long a run is.

The log is the trainer's stderr and stdout, given to it by :func:`gan_tui.runs.launch.launch`: reports of
crashes and complaints of libraries stand there beside our own lines. A handler that opens a file of its own
(:class:`logging.handlers.RotatingFileHandler`) would leave those behind in the old one, so here the
descriptors themselves are turned to the new file.
"""

import contextlib
import logging
import os
import sys
from pathlib import Path
from typing import Final, TextIO

from gan_tui.runs.atomic import atomic_write_bytes

MOST_BYTES: Final = 4 << 20
"""A log that has become larger is cut; some 32 hours of lines."""
CUT: Final = "== older lines were dropped\n"
"""Begins a log that was cut."""


class LogHandler(logging.StreamHandler[TextIO]):
    """Writes lines to stderr. Where that is the run's log, the log keeps its newest half when it is full.

    Args:
        path: the log. most: its bytes at most, but for one line.
    """

    def __init__(self, path: Path, most: int = MOST_BYTES) -> None:
        super().__init__(sys.stderr)
        self._path, self._most = path, most

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line; then see to the size. A disk that refuses is left alone: the log is as it was."""
        super().emit(record)
        with contextlib.suppress(OSError, ValueError):  # ValueError: stderr is closed
            if os.fstat(self.stream.fileno()).st_size > self._most:
                self._cut()

    def _cut(self) -> None:
        own = [number for number in (1, 2) if self._leads_here(number)]
        if not own:
            return
        with self._path.open("rb") as file:
            file.seek(-(self._most // 2), os.SEEK_END)
            newest = file.read()
        whole = newest[newest.find(b"\n") + 1 :]
        atomic_write_bytes(self._path, CUT.encode() + whole)
        with self._path.open("ab") as file:
            for number in own:
                os.dup2(file.fileno(), number)

    def _leads_here(self, number: int) -> bool:
        """Whether this descriptor writes to the run's log."""
        try:
            return os.path.samestat(os.fstat(number), self._path.stat())
        except OSError:
            return False
