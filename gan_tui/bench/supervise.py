"""Waits for the measuring process, and ends it when its time is over; knows no torch.

What compiles or multiplies cannot be interrupted, and a foreign compiler may die: so the measuring is done by
a process of its own. A task that takes too long ends with it, and a new one goes on with the next task. Tasks
whose peak of memory is told have a new one anyway, in which nothing ran before.
"""

import contextlib
import math
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Final, Protocol

import msgspec

from gan_tui.bench.deadline import Deadline
from gan_tui.bench.environment import racing_environment
from gan_tui.bench.errors import BenchError
from gan_tui.bench.messages import Began, Compared, Ended, Looked, Message, Skipped
from gan_tui.bench.plan import Chosen, Options, Task
from gan_tui.bench.worker import Job

GRACE: Final = 2.0
"""Seconds between asking the process to end, so that what it started ends, too, and ending it."""
LEAST: Final = 8.0
"""Seconds below which no new process is begun: loading alone takes as long on slow machines."""
NO_TIME: Final = "no time was left"
_CHUNK: Final = 65536


class Worker(Protocol):
    """A measuring process."""

    def messages(self, timeout: float) -> "list[Message] | None":
        """What came within so many seconds, perhaps nothing; None when it has ended."""

    def why(self) -> str:
        """Why it ended, in half a sentence."""

    def close(self) -> None:
        """End it, if it has not ended."""


class ProcessWorker:
    """The real one.

    Args:
        job: what it is to do.
    """

    def __init__(self, job: Job) -> None:
        reading, writing = os.pipe()
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close
        # Closed by close, too.
        self._folder = tempfile.TemporaryDirectory(prefix="gan-tui-bench-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "gan_tui.bench.worker", str(writing)],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            pass_fds=(writing,),
            env=racing_environment(self._folder.name),
            start_new_session=True,
        )
        os.close(writing)
        self._pipe = os.fdopen(reading, "rb", buffering=0)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._pipe, selectors.EVENT_READ)
        self._rest = b""
        self._decoder = msgspec.json.Decoder(Message)
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError), self._process.stdin as given:
                given.write(msgspec.json.encode(job))

    def messages(self, timeout: float) -> list[Message] | None:
        """See ``Worker.messages``."""
        if not self._selector.select(timeout):
            return []
        chunk = self._pipe.read(_CHUNK)
        if not chunk:
            return None
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return [self._decoder.decode(line) for line in lines]

    def why(self) -> str:
        """See ``Worker.why``."""
        try:
            status = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            # It lets go of the pipe before the libraries that it loaded shut down, which may hang, too.
            return "the measuring process said its last word and did not end"
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        cause = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        return f"the measuring process ended ({cause})" + (f": {lines[-1][:200]}" if lines else "")

    def close(self) -> None:
        """See ``Worker.close``."""
        for ending in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is not None:
                break
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, ending)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
        # Compilers that it started are in its group.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._selector.close()
        self._pipe.close()
        self._log.close()
        self._folder.cleanup()


class Supervisor:
    """Has tasks done.

    Args:
        options: what was asked for.
        deadline: when all must have ended.
        take: takes every message.
        begin: starts a measuring process.
        limit: makes the deadline of one task; tests have their own.
    """

    def __init__(
        self,
        options: Options,
        deadline: Deadline,
        take: Callable[[Message], object],
        begin: Callable[[Job], Worker] = ProcessWorker,
        limit: Callable[[float | None], Deadline] = Deadline,
    ) -> None:
        self._options, self._deadline, self._take = options, deadline, take
        self._begin, self._limit = begin, limit
        self._looked = self._worked = False
        self._chosen: dict[str, Chosen] = {}

    def run(self, tasks: list[Task]) -> None:
        """Have them done in their order; what was not done is told as skipped.

        Raises:
            BenchError: the first measuring process ended before it began a task. Where a later one does,
                its tasks are told as skipped: what was measured before stays.
        """
        left = list(enumerate(tasks))
        while left:
            if not self._deadline.fits(LEAST):
                self._skip(left, NO_TIME)
                return
            left = self._some(left)

    def _some(self, left: list[tuple[int, Task]]) -> list[tuple[int, Task]]:
        """Do them until the process ends; returns those that are still to be done."""
        seconds = self._deadline.left
        tasks = left[: _together(left)]
        job = Job(
            self._options,
            tasks,
            seconds if math.isfinite(seconds) else None,
            not self._looked,
            dict(self._chosen),
        )
        shift = _Shift(dict(tasks))
        with _closing(self._begin(job)) as worker:
            reason = self._watch(worker, shift)
        rest = [one for one in left if one[0] not in shift.done]
        self._worked |= bool(shift.done) or shift.task is not None
        if self._deadline.left <= 0 or not rest:
            return self._skip(rest, NO_TIME, shift)
        if shift.task is None:
            # It did all that it was to do, or ended between two tasks, or could not even begin.
            if not self._worked:
                raise BenchError(f"nothing could be measured: {reason}")
            if not shift.done:
                self._skip(tasks, reason)
                return left[len(tasks) :]
            return rest
        self._skip([(-1, shift.task)], reason, shift)
        return [one for one in rest if one[1] is not shift.task]

    def _watch(self, worker: Worker, shift: "_Shift") -> str:
        """Take its messages until it ends or is to be ended; returns why."""
        limit = Deadline(None)
        while True:
            until = min(self._deadline.left, limit.left)
            found = worker.messages(min(until, 1.0))
            if found is None:
                return worker.why()
            for message in found:
                self._looked |= isinstance(message, Looked)
                if shift.took(message):
                    limit = self._limit(shift.task.limit if shift.task else None)
                if isinstance(message, Compared):
                    self._chosen[message.recipe] = Chosen(message.threads, message.precision)
                self._take(message)
            if not found and until <= 0:
                return f"it took longer than {shift.task.limit:.0f} s" if shift.task else NO_TIME

    def _skip(
        self, tasks: list[tuple[int, Task]], why: str, shift: "_Shift | None" = None
    ) -> list[tuple[int, Task]]:
        """Tell that these were not done, but for the peers that had a turn; returns nothing to do."""
        for _, task in tasks:
            shown = shift.shown if shift is not None and task is shift.task else set()
            missing = [task.named(peer) for peer in task.peers if peer not in shown]
            for what in missing if task.peers else [task.title]:
                self._take(Skipped(what, why))
        return []


class _Shift:
    """What one measuring process has done so far.

    Attributes:
        done: places of the tasks that ended. task: the one that it is at. shown: its peers that are settled:
            they had a turn, or were told as skipped.
    """

    def __init__(self, tasks: dict[int, Task]) -> None:
        self._tasks = tasks
        self.done: set[int] = set()
        self.task: Task | None = None
        self.shown: set[str] = set()

    def took(self, message: Message) -> bool:
        """Keep what it says; whether a task began or ended."""
        if isinstance(message, Began):
            self.task, self.shown = self._tasks[message.index], set()
        elif isinstance(message, Ended):
            self.done.add(message.index)
            self.task = None
        elif isinstance(message, Compared):
            self.shown |= set(message.peers)
        elif isinstance(message, Skipped):
            self.shown.add(message.what.rpartition(": ")[2])
        return isinstance(message, Began | Ended)


def _together(left: list[tuple[int, Task]]) -> int:
    """How many of them, from the first on, one process does: until the next that needs a new one."""
    later = (number for number, (_, task) in enumerate(left) if number and task.fresh)
    return next(later, len(left))


@contextlib.contextmanager
def _closing(worker: Worker) -> Iterator[Worker]:
    try:
        yield worker
    finally:
        worker.close()
