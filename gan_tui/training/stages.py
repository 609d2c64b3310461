"""The named stages of start-up, and how the trainer stays polite while it goes through them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Generic, TypeVar

from gan_tui.link.commands import Stop
from gan_tui.link.messages import Applied, Refused, Stage
from gan_tui.training.board import LOG, Board
from gan_tui.training.clock import Clock, Rhythm
from gan_tui.training.ports import Server
from gan_tui.training.signals import Signals

NAMES: Final = ("run folder", "trainer", "torch", "data", "networks", "warm-up")
POLL_SECONDS: Final = 0.05
REFRESH_SECONDS: Final = 0.5
"""A stage that takes its time is told again this often, with its seconds."""
_Result = TypeVar("_Result")


class StoppedEarlyError(Exception):
    """Somebody asked for the end before training began; a signal's name, where it was one."""


class Errand(Generic[_Result]):
    """Work in a thread, so that the main thread can answer meanwhile."""

    def __init__(self, work: Callable[[], _Result]) -> None:
        self._work = work
        self._results: list[_Result] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="errand", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether it is over, well or not."""
        return not self._thread.is_alive()

    def result(self) -> _Result:
        """What came out, once done; raises what it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _run(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            self._error = error


class Stages:
    """Tells which stage is next, now or done, with its seconds.

    Args:
        board: where they are told. clock: for the seconds.
    """

    def __init__(self, board: Board, clock: Clock) -> None:
        self._board, self._clock = board, clock
        self._begun: dict[str, float] = {}
        self._details: dict[str, str] = {}
        self._refresh = Rhythm(clock, REFRESH_SECONDS)
        for name in NAMES:
            board.tell(Stage(name=name, state="next"), keep=False)

    def begin(self, name: str, detail: str = "") -> None:
        """A stage is now."""
        self._begun[name] = self._clock.now()
        self._details[name] = detail
        self._tell(name, "now")

    def done(self, name: str, detail: str = "", seconds: float | None = None) -> None:
        """A stage is done; in so many seconds, if it is not since it was begun."""
        self._details[name] = detail
        if seconds is not None:
            self._begun[name] = self._clock.now() - seconds
        seconds = self._tell(name, "done")
        del self._begun[name]
        LOG.info("%s", f"{name}  {detail}  {seconds:.1f} s")

    def failed(self, why: str) -> None:
        """Whatever is now has failed."""
        for name in tuple(self._begun):
            self._details[name] = why
            self._tell(name, "failed")

    def refresh(self) -> None:
        """Tell what is now again, now and then, with its seconds."""
        if self._refresh.due:
            self._refresh.take()
            for name in self._begun:
                self._tell(name, "now")

    @contextmanager
    def stage(self, name: str, detail: str = "") -> Iterator[Callable[[str], None]]:
        """A stage around a block; the block is given a function that sets the final detail."""
        final = [detail]

        def say(text: str) -> None:
            final[0] = text

        self.begin(name, detail)
        yield say
        self.done(name, final[0])

    def _tell(self, name: str, state: Any) -> float:
        seconds = self._clock.now() - self._begun[name]
        self._board.tell(
            Stage(name=name, state=state, detail=self._details[name], seconds=seconds), keep=False
        )
        return seconds


class Doorman:
    """Answers who asks before training begins: only a stop is obeyed."""

    def __init__(self, server: Server, signals: Signals, stages: Stages) -> None:
        self._server, self._signals, self._stages = server, signals, stages

    def look(self, timeout: float = 0.0) -> None:
        """Take what has come.

        Raises:
            StoppedEarlyError: a stop was among it, or a signal came.
        """
        stop = self._signals.stop
        for token, command in self._server.poll(timeout):
            if isinstance(command, Stop):
                self._server.answer(token, Applied(id=token.id, step=0))
                stop = True
            else:
                self._server.answer(token, Refused(id=token.id, because="still warming up"))
        if stop:
            raise StoppedEarlyError(self._signals.stopped_by)
        self._stages.refresh()

    def wait_for(self, errand: Errand[_Result]) -> _Result:
        """The errand's result, answering meanwhile."""
        while not errand.done:
            self.look(POLL_SECONDS)
        return errand.result()
