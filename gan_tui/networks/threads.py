"""Several long tasks at once, each on one processor, in place of many short operations each on all.

Torch shares every single operation among its threads. Where a task is a hundred operations on what lies in
one core's cache, each would begin with a wake-up, end with a wait, and move the data to the other core. Here
each thread takes a part of the work and runs all of it alone. Torch holds no interpreter lock while it
computes.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from queue import SimpleQueue
from threading import RLock, Thread
from typing import Final

import torch

Work = Callable[[], None]


def cut(count: int, least: int = 1) -> list[tuple[int, int]]:
    """Cut a range into as many nearly equal parts as torch has threads.

    Args:
        count: length of the range.
        least: no part is made shorter than this, but where the range itself is.

    Returns:
        (start, end) of each part, in order; none for an empty range.
    """
    parts = max(1, min(torch.get_num_threads(), count // max(1, least)))
    borders = [count * part // parts for part in range(parts + 1)]
    return [(start, end) for start, end in pairwise(borders) if start < end]


def at_once(works: Sequence[Work]) -> None:
    """Run each of these on a thread of its own, without gradients, and wait for all.

    A single one runs here, and shares its operations as usual (but not within :func:`alone`). While several
    run, torch computes each operation on one thread. In inference mode all are in it. Not to be called from
    within a work.

    Args:
        works: one for each of torch's threads, at most; may be none.

    Raises:
        BaseException: the first of what the works raised, after all have ended; or what interrupted the wait
            for them (a KeyboardInterrupt), when some may still write to what nobody will use.
    """
    with torch.no_grad():
        if len(works) <= 1:
            for work in works:
                work()
            return
        with _LOCK:
            threads = torch.get_num_threads()
            torch.set_num_threads(1)
            try:
                _run(works)
            finally:
                torch.set_num_threads(threads)


@contextmanager
def alone(when: bool = True) -> Iterator[None]:
    """Compute on one thread for a while: a short operation ends before another thread is awake."""
    threads = torch.get_num_threads()
    if not when or threads == 1:
        yield
        return
    with _LOCK:
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


class _Helper:
    """A thread that runs one work after another, until it is told to end or the process ends."""

    def __init__(self) -> None:
        self._works: SimpleQueue[tuple[Work, bool] | None] = SimpleQueue()
        self._ends: SimpleQueue[BaseException | None] = SimpleQueue()
        Thread(target=self._serve, name="gan-tui networks", daemon=True).start()

    def begin(self, work: Work) -> None:
        self._works.put((work, torch.is_inference_mode_enabled()))

    def wait(self) -> BaseException | None:
        return self._ends.get()

    def end(self) -> None:
        self._works.put(None)

    def _serve(self) -> None:
        torch.set_num_threads(1)
        while (given := self._works.get()) is not None:
            work, inference = given
            # A mode belongs to a thread; tensors made in inference mode can be written to in it alone.
            with torch.inference_mode(inference), torch.no_grad():
                self._ends.put(_raised(work))
            # What the work holds must not live on until the next one.
            del work, given


def _raised(work: Work) -> BaseException | None:
    """What the work raises."""
    try:
        work()
    except BaseException as error:  # noqa: BLE001  # it is raised where the work was given
        return error
    return None


_LOCK: Final = RLock()
_helpers: list[_Helper] = []


def _forget_helpers() -> None:
    """A forked process has none of the threads."""
    _helpers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)


def _run(works: Sequence[Work]) -> None:
    while len(_helpers) < len(works) - 1:
        _helpers.append(_Helper())
    busy = _helpers[: len(works) - 1]
    try:
        for helper, work in zip(busy, works[1:], strict=True):
            helper.begin(work)
        errors = [_raised(works[0]), *(helper.wait() for helper in busy)]
    except BaseException:
        # Interrupted: which have been heard is not known, and an old answer must not pass for a new one.
        for helper in _helpers:
            helper.end()
        _helpers.clear()
        raise
    for raised in errors:
        if raised is not None:
            raise raised
