"""Signals and vanishing terminals, in a real pseudo-terminal: the viewer ends, the terminal is whole."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest

from gan_tui.viewer.signals import BACKSTOP, terminal_gone

PROGRAM = """
import signal, sys, time
from gan_tui.viewer import signals
from gan_tui.viewer.app import ViewerApp
from gan_tui.viewer.look import Look
from tests.viewer.fake_source import FakeSource

if "nohup" in sys.argv:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
source = FakeSource()
app = ViewerApp(source, Look(), watch_terminal=True)
if "stuck" in sys.argv:
    source.close = lambda: time.sleep(600)
words = app.run()
signals.disarm()
print("LAST WORDS:", words)
"""


class Terminal:
    """A program in a pseudo-terminal of 80 × 24."""

    def __init__(self, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (24, 80))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color"},
            start_new_session=True,
        )
        self.seen = b""

    def until(self, text: bytes, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < deadline:
            self.read()
        assert text in self.seen, self.seen[-2000:]

    def read(self) -> None:
        with suppress(OSError):
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 65536)

    def ended(self, seconds: float) -> int:
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read()
        assert self.process.poll() is not None, "it still runs"
        for _ in range(3):
            self.read()
        return int(self.process.returncode)


@contextmanager
def running(*arguments: str) -> Iterator[Terminal]:
    terminal = Terminal(*arguments)
    try:
        terminal.until(b"TRAINING")
        terminal.until(b"quit")
        yield terminal
    finally:
        terminal.process.kill()
        terminal.process.wait(10)
        for descriptor in (terminal.master, terminal.slave):
            with suppress(OSError):
                os.close(descriptor)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(number: signal.Signals) -> None:
    with running() as terminal:
        raw = termios.tcgetattr(terminal.slave)
        assert raw[3] != terminal.before[3]
        terminal.process.send_signal(number)
        assert terminal.ended(30.0) == 0
        assert b"LAST WORDS: balanced-1124 goes on (step 1,223)" in terminal.seen
        assert b"\x1b[?1049l" in terminal.seen
        assert termios.tcgetattr(terminal.slave)[3] == terminal.before[3]


def test_after_a_suspension_the_whole_screen_is_drawn_anew() -> None:
    with running() as terminal:
        os.write(terminal.master, b"\x1a")
        terminal.until(b"\x1b[?1049l")
        assert termios.tcgetattr(terminal.slave)[3] == terminal.before[3]
        assert stands_still(terminal.process.pid)
        terminal.seen = b""
        terminal.process.send_signal(signal.SIGCONT)
        for words in (b"TRAINING", b"SAMPLES", b"quit"):
            terminal.until(words, 20.0)


def test_stopped_from_outside_it_keeps_its_terminal_and_draws_anew() -> None:
    with running() as terminal:
        threads = count_threads(terminal.process.pid)
        for _ in range(3):
            terminal.process.send_signal(signal.SIGSTOP)
            assert stands_still(terminal.process.pid)
            terminal.seen = b""
            terminal.process.send_signal(signal.SIGCONT)
            for words in (b"TRAINING", b"SAMPLES", b"quit"):
                terminal.until(words, 20.0)
        assert count_threads(terminal.process.pid) == threads
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.ended(30.0) == 0
        assert termios.tcgetattr(terminal.slave)[3] == terminal.before[3]


def count_threads(pid: int) -> int:
    """How many threads the process has."""
    return psutil.Process(pid).num_threads()


def stands_still(pid: int, seconds: float = 10.0) -> bool:
    """Whether the process is stopped, or will be within this time."""
    process = psutil.Process(pid)
    deadline = time.monotonic() + seconds
    while process.status() != psutil.STATUS_STOPPED:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_the_backstop_ends_one_that_hangs_and_restores_the_terminal() -> None:
    with running("stuck") as terminal:
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.ended(BACKSTOP + 30.0) == 128 + signal.SIGTERM
        assert termios.tcgetattr(terminal.slave)[3] == terminal.before[3]


def test_a_terminal_that_goes_away_ends_it_even_without_a_signal() -> None:
    with running("nohup") as terminal:
        os.close(terminal.slave)
        os.close(terminal.master)
        deadline = time.monotonic() + 30.0
        while terminal.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert terminal.process.poll() is not None, "it spins"


def test_a_pipe_that_is_closed_is_a_terminal_that_is_gone() -> None:
    reading, writing = os.pipe()
    assert not terminal_gone(reading)
    os.close(writing)
    assert terminal_gone(reading)
    os.close(reading)
    assert terminal_gone(reading)
