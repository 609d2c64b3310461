"""Start a run's trainer as a process of its own, and find out how it ended."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from gan_tui.runs.errors import RunError
from gan_tui.runs.run import Run

TRAINER: Final = "gan_tui.training"
TAIL_BYTES: Final = 256 * 1024
"""How much of a log's end is looked at."""
STARTED: Final = "== trainer started "
"""Begins the line that :func:`launch` writes into the log before each trainer."""
MAX_LINE: Final = 500
MALLOC: Final = {
    # Each step takes and frees the same large tensors. By its defaults glibc hands much of that back to the
    # kernel, which zeroes it again page by page: 1,400 page faults a step of "swift", and a sixth of its
    # processor time; with these it is 8. Read when a process starts: it cannot set them for itself.
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
    "MALLOC_TOP_PAD_": str(16 << 20),
}
"""Bytes; for the trainer under glibc, where the user has not set them."""
_ESCAPES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
_EXCEPTION: Final = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning)\b(?:: .*)?$")


class Cause(NamedTuple):
    """How a trainer ended. As text it is ``what``.

    Attributes:
        what: "killed by the system (signal 9), likely for want of memory".
        sentence: begins the health line: "the trainer was killed by the system (signal 9)".
        event: the event's words: "trainer killed (signal 9)".
    """

    what: str
    sentence: str
    event: str

    def __str__(self) -> str:
        return self.what


def launch(run: Run, resume: Path | None, module: str = TRAINER) -> "subprocess.Popen[bytes]":
    """Start the trainer in a session of its own; the terminal's signals and end do not reach it.

    Its stdin is empty, its stdout and stderr go to the end of ``trainer.log``.

    Args:
        run: what to train.
        resume: the checkpoint to go on from, or None.
        module: what to run with ``python -m`` (tests give another).

    Raises:
        RunError: the log cannot be written or no process can be made.
    """
    command = [sys.executable, "-P", "-m", module, str(run.path)]
    if resume is not None:
        command += ["--resume", str(resume.absolute())]
    try:
        with run.log_path.open("ab") as log:
            log.write(f"{STARTED}{time.strftime('%Y-%m-%d %H:%M:%S')}\n".encode())
            log.flush()
            return subprocess.Popen(  # noqa: S603 - this interpreter, our module, a path
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=trainer_environment(),
            )
    except OSError as error:
        raise RunError(
            f"the trainer of {run.name} cannot be started: {error}; its folder is untouched"
        ) from error


def tail_log(run: Run, lines: int) -> list[str]:
    """The newest trainer's last lines, oldest first, without control characters and blank lines."""
    try:
        with run.log_path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
            text = file.read(TAIL_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    kept: deque[str] = deque(maxlen=max(0, lines))
    for line in text.split("\n"):
        if line.startswith(STARTED):
            kept.clear()
            continue
        shown = _printable(line)
        if shown.strip():
            kept.append(shown)
    return list(kept)


def cause_of_death(returncode: int | None, log: Sequence[str] | str = ()) -> Cause:
    """Say how a trainer ended, from its exit status and the end of its log.

    Args:
        returncode: as ``Popen.returncode`` has it (negative: a signal); None where it was not our child.
        log: last lines, as :func:`tail_log` gives them, of this trainer.
    """
    lines = log.splitlines() if isinstance(log, str) else list(log)
    if returncode is not None and returncode < 0:
        return _by_signal(-returncode)
    said = _last_words(lines)
    if returncode == 0 and not said:
        return Cause("ended without a word", "the trainer ended without a word", "trainer ended")
    if said:
        return Cause(said, f"the trainer ended: {said}", "trainer ended with an error")
    if returncode is None:
        return Cause(
            "ended, nobody saw how; the system may have killed it for want of memory",
            "the trainer is gone",
            "trainer gone",
        )
    return Cause(
        f"ended with exit status {returncode}",
        f"the trainer ended with exit status {returncode}",
        f"trainer ended (exit status {returncode})",
    )


def _by_signal(number: int) -> Cause:
    if number == signal.SIGKILL:
        killed = f"killed by the system (signal {number})"
        return Cause(
            f"{killed}, likely for want of memory",
            f"the trainer was {killed}",
            f"trainer killed (signal {number})",
        )
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = "an unknown signal"
    verb = "crashed" if name in {"SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE"} else "was ended"
    how = f"by {name} (signal {number})" if verb == "was ended" else f"({name}, signal {number})"
    return Cause(f"{verb.removeprefix('was ')} {how}", f"the trainer {verb} {how}", f"trainer {verb} {how}")


def _last_words(lines: Sequence[str]) -> str:
    """The trainer's own sentence, or a traceback's last line; the later of the two."""
    traceback = False
    said = ""
    for line in lines:
        if line.startswith("gan-tui: "):
            said, traceback = line.removeprefix("gan-tui: "), False
        elif line.startswith(("Traceback (most recent call last)", "  + Exception Group Traceback")):
            traceback = True
        elif traceback and not line.startswith((" ", "\t")) and _EXCEPTION.match(line):
            said = line
    return said


def _printable(line: str) -> str:
    text = _ESCAPES.sub("", line.rstrip("\r").rsplit("\r", 1)[-1]).expandtabs(4)
    return "".join(character if character.isprintable() else "�" for character in text)[:MAX_LINE]


def trainer_environment() -> dict[str, str]:
    """The environment of a trainer: this process's own, with settings of memory where the user has none."""
    environment = {**(MALLOC if _has_glibc() else {}), **os.environ}
    environment |= {"PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
    source = Path(__file__).resolve().parents[2]
    if source.name not in {"site-packages", "dist-packages"}:
        # Run from a source folder: -P keeps the current folder's modules out, so say where ours are.
        others = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join([str(source), *([others] if others else [])])
    return environment


def _has_glibc() -> bool:
    try:
        return bool(os.confstr("CS_GNU_LIBC_VERSION"))
    except (AttributeError, OSError, ValueError):  # another C library, or another system
        return False
