"""The child process that loads MATLAB files, because `scipy.io.loadmat` can die of a signal on a damaged one.

It is started as a script (`gan_tui.data.matread`), imports NumPy and SciPy alone, reads one JSON request from
stdin and answers on stdout: a JSON line, then for each array that it found a `.npy` stream. No pickle.
"""

import json
import sys
from pathlib import Path
from typing import IO, Any

import numpy as np
from scipy.io import loadmat


def limit(memory: int, seconds: int) -> None:
    """Let this process take at most `memory` bytes more and `seconds` of processor time, and leave no core.

    Systems without such limits (Windows) or that refuse them (macOS) go on without: the sizes were checked
    by the parent, and it has a time limit too.
    """
    try:
        import resource  # noqa: PLC0415 - absent on Windows
    except ImportError:
        return
    wanted = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, seconds)]
    statm = Path("/proc/self/statm")
    if statm.exists():
        pages = int(statm.read_text(encoding="ascii").split()[0])
        wanted.append((resource.RLIMIT_AS, pages * resource.getpagesize() + memory))
    for kind, value in wanted:
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)  # noqa: PLW2901
        try:
            resource.setrlimit(kind, (value, hard))
        except (ValueError, OSError):
            continue


def find(variables: dict[str, Any], dotted: str) -> np.ndarray[Any, Any] | None:
    """Return the array that `a.b.c` names: field c of field b of the variable a; None where it is missing."""
    name, *fields = dotted.split(".")
    value = variables.get(name)
    for field in fields:
        if not isinstance(value, np.ndarray) or field not in (value.dtype.names or ()) or value.size != 1:
            return None
        value = value.reshape(-1)[0][field]
    return value if isinstance(value, np.ndarray) else None


class Pipe:
    """A stream that can only be written to: NumPy asks a real file for its position, which a pipe has not."""

    def __init__(self, out: IO[bytes]) -> None:
        self.write = out.write


def answer(request: dict[str, Any], out: IO[bytes]) -> None:
    """Load what `request` names from its file, and write the answer.

    Args:
        request: `path`, `names` (dotted), `memory` (bytes) and `seconds`.
        out: where the answer goes: a JSON line with `error` (a reason, or null) and `arrays` (name → what it
            is), then each array whose entry is `sent`, in that order.
    """
    limit(request["memory"], request["seconds"])
    names: list[str] = request["names"]
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    said: dict[str, str] = {}
    reason = None
    try:
        variables = loadmat(
            request["path"], variable_names=[name.split(".")[0] for name in names], appendmat=False
        )
        for name in names:
            array = find(variables, name)
            if array is None:
                said[name] = "missing"
            elif array.dtype.kind not in "buif":
                said[name] = "no array of numbers"
            else:
                arrays[name], said[name] = array, "sent"
    except MemoryError:
        reason = "it asks for more memory than its size allows"
    except Exception as error:  # noqa: BLE001 - whatever SciPy raises on damage, the parent says it in a sentence
        reason = " ".join(str(error).split())[:200] or type(error).__name__
    if reason is not None:
        arrays = {}
    out.write(json.dumps({"error": reason, "arrays": said if reason is None else {}}).encode() + b"\n")
    for array in arrays.values():
        np.lib.format.write_array(Pipe(out), array, allow_pickle=False)
    out.flush()


if __name__ == "__main__":
    answer(json.loads(sys.stdin.buffer.readline()), sys.stdout.buffer)
