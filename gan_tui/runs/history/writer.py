"""The trainer's side of the history: a queue, and one thread that writes it down about once a second."""

import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Final

from gan_tui.link.messages import Down, Event, Player, Report, Stage, Telemetry
from gan_tui.runs.errors import RunError
from gan_tui.runs.history.rows import alive, has_update, insert, insert_latest, latest_key
from gan_tui.runs.history.schema import open_for_writing
from gan_tui.runs.history.thinning import STANDARD, Thinner, Thinning
from gan_tui.runs.names import SUFFIX
from gan_tui.runs.run import Run

COMMIT_EVERY: Final = 1.0
"""Seconds between two commits, at least."""
RETRY_EVERY: Final = 5.0
"""Seconds between two tries while the disk refuses."""
MAX_WAITING: Final = 50_000
"""Rows in memory (some 50 MB); more are written at once, and while the disk refuses the oldest half goes, but
for its events."""

_Row = Telemetry | Event | Report


class _Rewind:
    """A new segment begins at this step."""

    def __init__(self, step: int) -> None:
        self.step = step


class HistoryWriter:
    """Appends to a run's history; its calls never wait for the disk. One at a time: under the run's lock.

    A damaged history is set aside (``history.sqlite.damaged-…``) and a new one begun: training goes on.

    Args:
        run: whose history.
        on_error: called once, in the writing thread, with one sentence when writing begins to fail; what was
            put is kept in memory and written when it works again. Called anew after the next success.
        thinning: how much stays of what grows old.

    Raises:
        RunError: a newer gan-tui wrote the file, or it cannot be opened at all.
    """

    def __init__(
        self, run: Run, on_error: Callable[[str], None] | None = None, thinning: Thinning = STANDARD
    ) -> None:
        self._path, self._checkpoints = run.history_path, run.checkpoints_dir
        self._on_error = on_error
        self._failing = False
        self._queue: queue.SimpleQueue[Down | _Rewind | threading.Event | None] = queue.SimpleQueue()
        self._rows: list[_Row | _Rewind] = []
        self._latest: dict[str, tuple[Down, float]] = {}
        self._newest: Telemetry | None = None
        self._flushes: list[threading.Event] = []
        self._numbering = threading.Lock()
        self._connection = self._open()
        self._thinner = Thinner(self._connection, self._saved, thinning)
        self._segment = int(self._connection.execute("SELECT MAX(segment) FROM segments").fetchone()[0])
        self._seq = int(self._connection.execute("SELECT COALESCE(MAX(seq), 0) FROM events").fetchone()[0])
        self._thread = threading.Thread(target=self._work, name="history", daemon=True)
        self._thread.start()

    @property
    def event_seq(self) -> int:
        """Number of the newest event; 0 before the first."""
        return self._seq

    @property
    def failing(self) -> bool:
        """Whether the last try to write failed."""
        return self._failing

    def put(self, record: Down) -> None:
        """Append telemetry, an event or a report; of the other records the newest of each type is kept.

        A sign of life, that is telemetry without an update, is such another record: it appends nothing, and
        is kept with the losses of the newest update.
        """
        self._queue.put(record)

    def event(self, step: int, who: str, kind: str, text: str, player: Player = "", mark: str = "") -> Event:
        """Number an event, append it, and return it for the stream. Kind "restored" rewinds to its step."""
        with self._numbering:
            self._seq += 1
            event = Event(
                seq=self._seq,
                time=time.time(),
                step=step,
                who=who,
                kind=kind,
                text=text,
                player=player,
                mark=mark,
            )
            if kind == "restored":
                self.rewind(step)
            self._queue.put(event)
        return event

    def rewind(self, step: int) -> None:
        """Training goes on from this step: what was written beyond it is of a past that was given up.

        For a restore (done by :meth:`event`), and once at the start of a trainer that resumes.
        """
        self._queue.put(_Rewind(step))

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until all that was put is on the disk.

        Returns:
            False where the time, in seconds, is up or the disk refuses.
        """
        done = threading.Event()
        self._queue.put(done)
        return done.wait(timeout) and not self._failing

    def close(self, timeout: float = 10.0) -> None:
        """Write what is left, make the file whole in itself, end the thread. May be called again."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join(timeout)

    def _saved(self) -> set[str]:
        """Names of the checkpoints that are there."""
        return {path.stem for path in self._checkpoints.iterdir() if path.suffix == SUFFIX}

    def _open(self) -> sqlite3.Connection:
        try:
            return open_for_writing(self._path)
        except sqlite3.OperationalError as error:
            raise RunError(f"{self._path} cannot be written ({error}); checkpoints are untouched") from error
        except sqlite3.DatabaseError as error:
            aside = self._path.with_name(f"{self._path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
            self._path.rename(aside)
            for ending in ("-wal", "-shm", "-journal"):
                self._path.with_name(self._path.name + ending).unlink(missing_ok=True)
            if self._on_error is not None:
                self._on_error(
                    f"the history was damaged ({error}); it is kept as {aside.name}, a new one begins"
                )
            return open_for_writing(self._path)

    def _work(self) -> None:
        next_commit = 0.0
        while True:
            waiting = bool(self._rows or self._latest or self._flushes)
            try:
                pause = max(0.0, next_commit - time.monotonic()) if waiting else None
                item = self._queue.get(timeout=pause)
            except queue.Empty:
                next_commit = time.monotonic() + self._commit()
                continue
            if item is None:
                self._commit()
                self._finish()
                return
            if isinstance(item, threading.Event):
                self._flushes.append(item)
                next_commit = 0.0
            else:
                self._take(item)
            if next_commit <= time.monotonic() or (len(self._rows) > MAX_WAITING and not self._failing):
                next_commit = time.monotonic() + self._commit()

    def _take(self, item: Down | _Rewind) -> None:
        if isinstance(item, Telemetry):
            if has_update(item):
                self._rows.append(item)
                self._newest = item
            elif self._newest is not None:
                item = alive(item, self._newest)
        elif isinstance(item, Event | Report | _Rewind):
            self._rows.append(item)
        if not isinstance(item, Event | Stage | _Rewind):
            self._latest[latest_key(item)] = (item, time.time())
        if self._failing and len(self._rows) > MAX_WAITING:
            half = len(self._rows) // 2
            older: list[_Row | _Rewind] = [
                row for row in self._rows[:half] if isinstance(row, Event | _Rewind)
            ]
            self._rows = [*older, *self._rows[half:]]

    def _commit(self) -> float:
        """Write all that waits; returns the seconds until the next try."""
        try:
            self._thinner.after(self._write())
        except sqlite3.Error as error:
            self._fail(error)
            pause = RETRY_EVERY
        else:
            self._failing = False
            pause = COMMIT_EVERY
        for done in self._flushes:
            done.set()
        self._flushes.clear()
        return pause

    def _write(self) -> int:
        """One transaction with all that waits; returns how many rows it added."""
        if not self._rows and not self._latest:
            return 0
        segment = self._segment
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for row in self._rows:
                if isinstance(row, _Rewind):
                    segment += 1
                    self._connection.execute(
                        "INSERT INTO segments VALUES (?, ?, ?)", (segment, row.step, time.time())
                    )
                else:
                    insert(self._connection, row, segment)
            for key, (record, when) in self._latest.items():
                insert_latest(self._connection, key, record, when)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        written = len(self._rows)
        self._segment = segment
        self._rows.clear()
        self._latest.clear()
        return written

    def _fail(self, error: sqlite3.Error) -> None:
        if not self._failing:
            self._failing = True
            if self._on_error is not None:
                self._on_error(
                    f"the history cannot be written ({error}); training goes on, "
                    "checkpoints are not touched, free some disk space"
                )

    def _finish(self) -> None:
        try:
            self._connection.execute("PRAGMA busy_timeout = 200")
            self._connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.Error:
            pass  # a reader is in it: the WAL stays beside the file, and nothing is lost
        finally:
            self._connection.close()
