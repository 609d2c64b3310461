"""Signals and terminals that go away: the viewer ends, its terminal is restored, and it never spins."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import sys
import termios
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from textual.app import App

BACKSTOP: Final = 3
"""Seconds that an orderly end may take, before the process ends itself."""
WATCH_EVERY: Final = 1.0
"""Seconds between two looks at the terminal."""
_LEAVE_FULL_SCREEN: Final = (
    b"\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"
)


def watch(
    app: App[Any], end: Callable[[], None], redraw: Callable[[], None], saved: list[Any] | None
) -> None:
    """End the app in order at SIGTERM, SIGHUP and when its terminal is gone; let it be stopped from outside.

    Textual has no handler for the first two, so that the terminal would stay raw; and with SIGHUP ignored and
    the terminal gone, it would read end-of-file for ever.

    Args:
        app: it runs in the present event loop.
        end: asks it to end.
        redraw: draws the whole screen anew.
        saved: the terminal's settings from before the app took it, for the backstop.
    """

    def ending(number: int = 0) -> None:
        _arm(saved, number)
        end()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, ending, number)
    with contextlib.suppress(ValueError):  # not the main thread
        _take_the_terminal_once(lambda: loop.call_soon_threadsafe(redraw))

    def look() -> None:
        if terminal_gone():
            ending()

    app.set_interval(WATCH_EVERY, look)


def disarm() -> None:
    """The app has ended in order."""
    with contextlib.suppress(ValueError):
        signal.alarm(0)


def terminal_gone(descriptor: int = 0) -> bool:
    """Whether the other end of the terminal is closed."""
    poll = select.poll()
    try:
        poll.register(descriptor, select.POLLHUP)
        return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
    except (OSError, ValueError):
        return True


def terminal_settings() -> list[Any] | None:
    """The terminal's present settings; None where there is none."""
    try:
        return termios.tcgetattr(sys.__stdin__.fileno() if sys.__stdin__ else 0)
    except (termios.error, ValueError, OSError):
        return None


def _take_the_terminal_once(redraw: Callable[[], object]) -> None:
    """Let Textual take the terminal at SIGCONT only where it gave it back at SIGTSTP.

    After a SIGSTOP from outside, which no program sees, it still has the terminal. Taking it again would
    start a second thread that reads keys, which an ending app may wait for in vain, and would remember the
    raw mode as what is to be restored. Then it is enough to draw the screen anew.
    """
    give, take = signal.getsignal(signal.SIGTSTP), signal.getsignal(signal.SIGCONT)
    if not callable(give) or not callable(take):
        return
    given = False

    def suspended(number: int, frame: FrameType | None) -> None:
        nonlocal given
        given = True
        give(number, frame)

    def continued(number: int, frame: FrameType | None) -> None:
        nonlocal given
        if given:
            given = False
            take(number, frame)
        else:
            redraw()

    signal.signal(signal.SIGTSTP, suspended)
    signal.signal(signal.SIGCONT, continued)


def _arm(saved: list[Any] | None, number: int) -> None:
    def too_long(_number: int, _frame: object) -> None:
        with contextlib.suppress(OSError, termios.error):
            os.set_blocking(1, False)
            os.write(1, _LEAVE_FULL_SCREEN)
        if saved is not None:
            with contextlib.suppress(OSError, termios.error):
                termios.tcsetattr(0, termios.TCSANOW, saved)
        os._exit(128 + number if number else 1)

    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGALRM, too_long)
        signal.alarm(BACKSTOP)
