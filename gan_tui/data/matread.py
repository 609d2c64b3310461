"""Reads arrays from a MATLAB file in a short-lived child process (`gan_tui.data.matchild`)."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from gan_tui.data.arrays import Numbers
from gan_tui.data.errors import DataError, brief, wrong
from gan_tui.data.npy import read_body, read_header

_CHILD: Final = Path(__file__).with_name("matchild.py")
_SECONDS: Final = 120
"""Longest that a child may take; EMNIST's largest file takes about 15 s."""

_MEMORY: Final = 256 << 20
"""Bytes that a child may take besides three times the size of what it reads."""

_GRACE: Final = 2
"""Seconds that a child has to end once its answer is read."""

_LONGEST_ANSWER: Final = 1 << 16


def read_arrays(path: Path, names: Sequence[str], unpacked: int) -> dict[str, Numbers]:
    """Load arrays of numbers from a MATLAB file.

    Args:
        path: of the file, whose headers `gan_tui.data.matscan.scan` has checked.
        names: of the arrays; `a.b` is field b of the struct a.
        unpacked: bytes that the variables take by their headers; nothing larger is accepted.

    Returns:
        The arrays by name; those that the file lacks, or that hold no numbers, are left out.

    Raises:
        DataError: the file is damaged, or the child died of it or took too long.
    """
    request = {
        "path": str(path.absolute()),
        "names": list(names),
        "memory": 3 * unpacked + _MEMORY,
        "seconds": _SECONDS,
    }
    with _child(path, request) as out:
        return _receive(path, out, unpacked)


def _receive(path: Path, out: IO[bytes], unpacked: int) -> dict[str, Numbers]:
    """Read the child's answer; None of it is trusted, for the child may have been damaged by the file."""
    line = out.readline(_LONGEST_ANSWER)
    if not line.endswith(b"\n"):
        raise _Died
    try:
        said: dict[str, Any] = json.loads(line)
        reason, arrays = said["error"], dict(said["arrays"])
    except (ValueError, KeyError, TypeError) as error:
        raise _Died from error
    if reason is not None:
        raise wrong(path, "a whole MATLAB file", f"damage ({brief(reason)})")
    received: dict[str, Numbers] = {}
    left = unpacked
    for name in (name for name, what in arrays.items() if what == "sent"):
        header = read_header(path, name, out)
        if header.body > left:
            raise wrong(path, f"at most {left:,} bytes in {name}", f"{header.body:,}")
        left -= header.body
        received[name] = read_body(path, name, header, out)
    return received


class _Died(Exception):  # noqa: N818 - not an error by itself: how the child ended says what to report
    """The child's answer is none."""


@contextmanager
def _child(path: Path, request: dict[str, object]) -> Iterator[IO[bytes]]:
    """Run the child with a request; its stdout is yielded; a child that died becomes a sentence."""
    process = start()
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(_SECONDS, stop)
    timer.start()
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("start() makes both pipes")
    try:
        try:
            with process.stdin as stdin:
                stdin.write(json.dumps(request).encode() + b"\n")
        except BrokenPipeError:
            pass  # it died at once; its answer is missing and says so below
        yield process.stdout
    except (_Died, DataError) as error:
        code = _end(process)
        if late.is_set():
            raise wrong(
                path, f"a MATLAB file that is read within {_SECONDS} s", "one that takes longer"
            ) from None
        if code != 0:
            raise wrong(path, "a whole MATLAB file", f"damage ({_how(code)})") from None
        if isinstance(error, DataError):
            raise
        raise wrong(path, "a whole MATLAB file", "damage (its reader gave no answer)") from None
    finally:
        timer.cancel()
        process.kill()
        process.stdout.close()
        process.wait()


def _end(process: subprocess.Popen[bytes]) -> int:
    """Return how a child ended; one that goes on after an answer that is none is ended, and counts as 0."""
    try:
        return process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return 0


def _how(code: int) -> str:
    """Say how a child ended, by its exit code."""
    if code >= 0:
        return f"its reader ended with code {code}"
    try:
        return f"its reader died of {signal.Signals(-code).name}"
    except ValueError:
        return f"its reader died of signal {-code}"


def start() -> subprocess.Popen[bytes]:
    """Start the child: one thread of linear algebra (each takes address space), and a silent stderr."""
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    # -P keeps this package's folder, which is the script's, from standing before the standard library.
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-P", str(_CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
