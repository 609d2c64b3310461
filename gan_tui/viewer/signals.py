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
from typing import Any, Final

from textual.app import App

BACKSTOP: Final = 3
"""Seconds that an orderly end may take, before the process ends itself."""
WATCH_EVERY: Final = 1.0
"""Seconds between two looks at the terminal."""
_LEAVE_FULL_SCREEN: Final = (
    b"\x1b[?1000l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"
)


def watch(app: App[Any], end: Callable[[], None], saved: list[Any] | None) -> None:
    """End the app in order at SIGTERM, SIGHUP and when its terminal is gone.

    Textual has no handler for these signals, so that the terminal would stay raw; and with SIGHUP ignored and
    the terminal gone, it would read end-of-file for ever.

    Args:
        app: it runs in the present event loop.
        end: asks it to end.
        saved: the terminal's settings from before the app took it, for the backstop.
    """

    def ending(number: int = 0) -> None:
        _arm(saved, number)
        end()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, ending, number)

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
