"""A real terminal: a shell in a private tmux server, keys, resizes, and what is on the screen."""

import contextlib
import itertools
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psutil

from tests.terminal.house import PATIENCE, House, wait_for

PROMPT: Final = "sh>"
DIALOG: Final = ("╭", "+-- ")
_numbers = itertools.count(1)
Predicate = Callable[[str], object]


class Terminal:
    """One terminal with an interactive shell in it.

    Args:
        house: whose environment it has.
        columns, rows: its size.
        environment: differs from the house's; None removes a variable.
    """

    def __init__(
        self,
        house: House,
        columns: int = 120,
        rows: int = 40,
        environment: dict[str, str | None] | None = None,
    ) -> None:
        self.house = house
        self._socket = house.root / f"tmux-{next(_numbers)}"
        self.raw = self._socket.with_suffix(".raw")
        changed = {**house.environment, **(environment or {})}
        inside = {name: value for name, value in changed.items() if value is not None}
        # tmux itself needs UTF-8 and a TERM it knows; the shell gets the environment under test.
        self._outside = {**house.environment, "TERM": "xterm-256color"}
        shell = ["env", "-i", *(f"{name}={value}" for name, value in inside.items())]
        shell += ["bash", "--norc", "--noprofile", "-i"]
        size = ["-x", str(columns), "-y", str(rows)]
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, "-c", str(house.work), *shell)
        self._tmux("set-option", "-g", "escape-time", "0")
        self.until(lambda text: PROMPT in text, "the shell's prompt")
        self._tmux("pipe-pane", "-O", f"cat > '{self.raw}'")

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-S", str(self._socket), *arguments],
            env=self._outside,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"tmux {arguments[0]}: {done.stderr.strip()}"
        return done.stdout

    def text(self, *, colours: bool = False) -> str:
        """The screen's rows, without the blanks at their ends; with colours, escape sequences too."""
        return self._tmux("capture-pane", "-p", *(["-e"] if colours else []))

    def rows(self) -> list[str]:
        """The screen's rows, the empty ones too."""
        return self.text().removesuffix("\n").split("\n")

    def until(self, predicate: Predicate, what: str, patience: float = PATIENCE) -> str:
        """Look at the screen until the predicate holds; returns the screen.

        Raises:
            AssertionError: it did not hold in time; with the last screen.
        """
        seen = ""

        def look() -> bool:
            nonlocal seen
            seen = self.text()
            return bool(predicate(seen))

        try:
            wait_for(look, what, patience)
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen:\n{seen}") from None
        return seen

    def shows(self, *words: str, without: tuple[str, ...] = ()) -> str:
        """Wait until all these words are on the screen, and none of the others."""
        return self.until(
            lambda text: all(word in text for word in words) and not any(word in text for word in without),
            f"{words} on the screen" + (f" without {without}" if without else ""),
        )

    def press(self, *keys: str) -> None:
        """Send keys by tmux's names: Space, Escape, Enter, Up, C-z, d …"""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Send letters as they are."""
        self._tmux("send-keys", "-l", text)

    def command(self, line: str) -> None:
        """Type a line at the shell's prompt."""
        self.type(line)
        self.press("Enter")

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def state(self, name: str) -> str:
        """A format of tmux: alternate_on, cursor_flag, mouse_any_flag, pane_pid, …"""
        return self._tmux("display-message", "-p", f"#{{{name}}}").strip()

    def shell(self) -> psutil.Process:
        """The shell."""
        return psutil.Process(int(self.state("pane_pid")))

    def program(self) -> psutil.Process | None:
        """What the shell has in front (the viewer), or None at the prompt."""
        for child in self.shell().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                words = child.cmdline()[:3]
                if any(Path(word).name == "gan-tui" or word == "gan_tui" for word in words):
                    return child
        return None

    def viewer(self) -> psutil.Process:
        """The viewer's process.

        Raises:
            AssertionError: there is none.
        """
        found = self.program()
        assert found is not None, f"no program runs here; the screen:\n{self.text()}"
        return found

    def raw_bytes(self) -> bytes:
        """All bytes that were written to this terminal so far."""
        return self.raw.read_bytes()

    def kill_server(self) -> None:
        """The terminal goes away, as when its window is closed."""
        self._tmux("kill-server")

    def close(self) -> None:
        """Close the terminal, whatever state it is in."""
        with contextlib.suppress(AssertionError, psutil.Error, OSError):
            viewer = self.program()
            if viewer is not None:
                viewer.kill()
        with contextlib.suppress(AssertionError, OSError):
            self.kill_server()
        with contextlib.suppress(OSError):
            self._socket.unlink()


def step(text: str) -> int:
    """The step that a screen shows; -1 where it shows none."""
    found = re.search(r"\bstep +([\d,]+)", text)
    return int(found[1].replace(",", "")) if found else -1


def setting(text: str, name: str) -> str:
    """A value of STEER, as written; empty where it is not on the screen, or sent and not yet answered."""
    found = re.search(rf"{re.escape(name)} +([\d.]+(?:e-?\d+)?)[* ] +[●·─#.-]", text)
    return found[1] if found else ""


def training(text: str) -> bool:
    """The viewer shows a training that goes on, with samples and losses, and no dialog over it."""
    return " TRAINING " in text and "by G" in text and not any(mark in text for mark in DIALOG)
