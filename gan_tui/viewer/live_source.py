"""A run with a trainer process: one thread listens to it, reads its history and watches over it."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from gan_tui.config.errors import GanTuiError
from gan_tui.link.commands import AnyCommand
from gan_tui.link.messages import Event, RunState, Stage
from gan_tui.runs.checkpoints import (
    CheckpointInfo,
    delete_checkpoint,
    keep_checkpoint,
    latest_checkpoint,
    list_checkpoints,
)
from gan_tui.runs.errors import RunError
from gan_tui.runs.launch import launch, tail_log
from gan_tui.runs.lock import is_live
from gan_tui.runs.run import Run
from gan_tui.viewer.death import death_of, failed_start
from gan_tui.viewer.fold import MAX_EVENTS, MAX_MARKS
from gan_tui.viewer.picture import Picture
from gan_tui.viewer.series_buffer import MAX_POINTS
from gan_tui.viewer.snapshot import Snapshot

if TYPE_CHECKING:
    from gan_tui.link.client import Client
    from gan_tui.runs.history import HistoryReader

LISTEN: Final = 0.1
"""Seconds that the listener waits for the trainer before it looks elsewhere."""
WATCH_EVERY: Final = 0.5
"""Seconds between two looks whether the trainer lives."""
HISTORY_EVERY: Final = 0.3
"""Least seconds between two looks into the history for events that the stream did not bring."""
_COMING: Final = ("torch", "data", "networks", "warm-up")

Launch = Callable[[Run, Path | None], "subprocess.Popen[bytes]"]


class LiveSource:
    """Fills ``RunSource`` for a run folder.

    Args:
        run: which.
        start: start its trainer; else take part in what is there.
        resume: the checkpoint that the trainer goes on from, or None.
        launcher: starts a trainer (tests give another).
        prepare: called once in the listener's thread, before the first number is shown: loads what drawing
            needs, so that the event loop never waits for it.
    """

    def __init__(
        self,
        run: Run,
        *,
        start: bool,
        resume: Path | None = None,
        launcher: Launch = launch,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        self._run = run
        self._start = start
        self._resume = resume
        self._launcher = launcher
        self._prepare = prepare
        self._picture = Picture(run.name)
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._request: tuple[Path | None, AnyCommand | None] | None = None
        self._then: AnyCommand | None = None
        self._client: Client | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log_size = 0
        self._next_watch = self._next_history = 0.0
        self._thread = threading.Thread(target=self._work, name="listener", daemon=True)
        if start:
            self._picture.launched()

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self._run.path

    def start(self) -> None:
        """Begin to listen, and start the trainer if this source was made to."""
        self._thread.start()

    def snapshot(self) -> Snapshot:
        """The newest picture of the run."""
        with self._lock:
            return self._picture.snapshot()

    def send(self, command: AnyCommand) -> None:
        """Send a command; never waits."""
        with self._lock:
            if self._client is None or self._client.closed:
                self._picture.refuse("the trainer is not there")
                return
            self._picture.sent(self._client.send(command), command)

    def refuse(self, because: str) -> None:
        """Show why something was not done."""
        with self._lock:
            self._picture.refuse(because)

    def note(self, text: str) -> None:
        """Show an event of this viewer's own."""
        with self._lock:
            self._picture.note(text)

    def resume_from_checkpoint(self, name: str | None = None, then: AnyCommand | None = None) -> None:
        """Have the listener start a new trainer, from the last checkpoint or that of this name.

        ``then`` is sent when the new trainer trains towards an end, or has found that it is there.
        """
        path = None if name is None else self._run.checkpoints_dir / f"{name}.safetensors"
        with self._lock:
            self._request = (path, then)

    def close(self) -> None:
        """Stop listening; the trainer goes on."""
        self._closing.set()
        client = self._client
        if client is not None:
            client.close()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def checkpoints(self) -> Sequence[CheckpointInfo]:
        """The run's checkpoints, newest first."""
        return list_checkpoints(self._run)

    def keep_checkpoint(self, name: str, keep: bool) -> None:
        """Keep one, or no longer."""
        keep_checkpoint(self._run, name, keep)

    def delete_checkpoint(self, name: str) -> None:
        """Delete one."""
        delete_checkpoint(self._run, name)

    def log(self, lines: int) -> Sequence[str]:
        """The last lines of the trainer's log."""
        return tail_log(self._run, lines)

    # The listener's thread.

    @cached_property
    def _history(self) -> HistoryReader:
        from gan_tui.runs.history import HistoryReader  # noqa: PLC0415 - SQLite and pyzmq, after the first paint

        return HistoryReader(self._run)

    def _work(self) -> None:
        try:
            if self._start:
                self._launch(self._resume)
            from gan_tui.link.client import Client  # noqa: PLC0415 - pyzmq, after the first paint

            self._client = Client(self._run.endpoints())
        except GanTuiError as error:
            with self._lock:
                self._picture.died(failed_start(str(error)))
            return
        self._prepare()
        with suppress(RunError):
            self._read_history()
        while not self._closing.is_set():
            try:
                self._once(self._client)
            except GanTuiError as error:
                self.refuse(str(error))
                self._closing.wait(1.0)

    def _once(self, client: Client) -> None:
        records = client.receive(LISTEN)
        with self._lock:
            self._picture.take(records)
            request = self._request
        now = time.monotonic()
        if request is not None and not self._alive():
            self._request = None
            self._launch(request[0] or latest_checkpoint(self._run))
            self._then = request[1]
        self._go_on()
        if self._picture.behind and now >= self._next_history:
            self._next_history = now + HISTORY_EVERY
            events = self._events(self._picture.last_event)
            with self._lock:
                self._picture.events(events)
        if now >= self._next_watch:
            self._next_watch = now + WATCH_EVERY
            self._watch(client)

    def _go_on(self) -> None:
        """Send the new trainer what it was started for."""
        snapshot, then = self.snapshot(), self._then
        if then is None or snapshot.status is None or not snapshot.alive:
            return
        if snapshot.state == "FINISHED" or (snapshot.state == "TRAINING" and snapshot.status.target_steps):
            self._then = None
            self.send(then)

    def _launch(self, resume: Path | None) -> None:
        try:
            self._log_size = self._run.log_path.stat().st_size
        except OSError:
            self._log_size = 0
        with self._lock:
            self._picture.launched()
        try:
            self._process = self._launcher(self._run, resume)
        except RunError as error:
            with self._lock:
                self._picture.died(failed_start(str(error)))
            return
        stages = [
            Stage(name="run folder", state="done", detail=self._run.name),
            Stage(name="trainer", state="now", detail=f"pid {self._process.pid}"),
            *(Stage(name=name, state="next") for name in _COMING),
        ]
        with self._lock:
            self._picture.take(stages)

    def _read_history(self) -> None:
        """What is known of the run before this viewer came, or before it died."""
        latest = self._history.latest()
        columns = self._history.telemetry(MAX_POINTS // 2)
        events = self._events()
        shown = {**columns, "time": columns.get("elapsed", [])}
        records: tuple[msgspec.Struct | None, ...] = (
            latest.real,
            latest.ema or latest.raw,
            latest.report,
            latest.health,
            latest.telemetry,
        )
        with self._lock:
            self._picture.history(shown, events)
            if not self._picture.greeted:
                if not self._start and latest.status is not None:
                    records = (latest.status, *records)
                self._picture.recall(record for record in records if record is not None)

    def _events(self, after: int = 0) -> list[Event]:
        """What the screen shows of the run's events after this one, however many there are."""
        marked = self._history.events(after, limit=MAX_MARKS, marked=True)
        newest = self._history.events(after, limit=MAX_EVENTS)
        first = newest[0].seq if newest else 0
        return [*(event for event in marked if event.seq < first), *newest]

    def _watch(self, client: Client) -> None:
        """See whether the trainer lives; find out how it ended if it does not."""
        process = self._process
        if self._alive():
            with self._lock:
                self._picture.alive(True)
            return
        records = client.receive(0.0)
        with self._lock:
            self._picture.take(records)
            mourned = self._picture.mourned
        if mourned:
            return
        last = self._last_state()
        if last in {"finished", "stopped"}:
            with self._lock:
                self._picture.was(last)
                self._picture.alive(False)
        elif last != "starting" or process is not None:
            returncode = None if process is None else process.returncode
            death, event = death_of(self._run, returncode, self._log_size, self.snapshot())
            with self._lock:
                self._picture.died(death)
                self._picture.note(event, who="alarm", kind="alarm")

    def _last_state(self) -> RunState:
        """The state that the trainer wrote down before it went; that of an earlier one does not count."""
        from gan_tui.runs.summary import state_of  # noqa: PLC0415 - as the history

        row = self._history.status()
        if self._process is None:
            return state_of(False, self._run.manifest(), row)
        mine = row is not None and row.status is not None and row.status.pid == self._process.pid
        return row.state if row is not None and mine else "crashed"

    def _alive(self) -> bool:
        return is_live(self._run) if self._process is None else self._process.poll() is None
