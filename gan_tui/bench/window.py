"""A program in a pseudo-terminal whose output is read and counted."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence

from gan_tui.bench.errors import BenchError
from gan_tui.bench.scratch import PATIENCE


class Window:
    """Starts a program in a terminal of its own.

    Args:
        command: what to start, with its arguments.
        size: columns and rows.

    Attributes:
        started: when, by ``time.perf_counter``. pid: of the program.
        seen: all that it wrote. ended: whether its side of the terminal is closed.
    """

    def __init__(self, command: Sequence[str], size: tuple[int, int]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.started = time.perf_counter()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                list(command), stdin=slave, stdout=slave, stderr=slave, start_new_session=True
            )
        except OSError:
            os.close(self._master)
            raise
        finally:
            os.close(slave)
        self.pid = self._process.pid
        os.set_blocking(self._master, False)
        self.seen = bytearray()
        self.ended = False

    def read(self, timeout: float) -> bytes:
        """What was written meanwhile; waits for the first byte only."""
        if not select.select([self._master], [], [], timeout)[0]:
            return b""
        try:
            piece = os.read(self._master, 1 << 20)
        except BlockingIOError:
            return b""
        except OSError:
            piece = b""
        if not piece:
            self.ended = True
        self.seen += piece
        return piece

    def write(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._master, keys)

    def until(self, *words: bytes) -> float:
        """Read until all words came; returns the seconds since the start.

        Raises:
            BenchError: they did not come in time.
        """
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not self.ended:
            self.read(0.5)
            if all(word in self.seen for word in words):
                return time.perf_counter() - self.started
        wanted = " and ".join(word.decode(errors="replace") for word in words)
        raise BenchError(f"{wanted} did not appear; the last output: {bytes(self.seen[-300:])!r}")

    def drain(self, seconds: float) -> int:
        """Read for some time; returns how many bytes came."""
        end = time.monotonic() + seconds
        total = 0
        while (left := end - time.monotonic()) > 0 and not self.ended:
            total += len(self.read(left))
        return total

    def close(self) -> None:
        """End the program as the terminal's end would, and by force if need be."""
        self._process.terminate()
        end = time.monotonic() + 5
        while self._process.poll() is None:
            self.read(0.05)
            if time.monotonic() > end:
                self._process.kill()
                break
        self._process.wait()
        with contextlib.suppress(OSError):
            os.close(self._master)
