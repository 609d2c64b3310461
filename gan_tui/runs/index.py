"""The per-user index of runs: a list of folders, so that a run is found from anywhere.

``runs.json`` in the user's state folder: ``{"format": 1, "runs": ["/path/of/a/run", …]}``. It is a
convenience: where it is damaged or cannot be written the runs themselves are untouched, and it grows anew.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from gan_tui.config.paths import state_dir
from gan_tui.runs.atomic import atomic_write_bytes
from gan_tui.runs.manifest import FILE as MANIFEST

FORMAT: Final = 1
MAX_BYTES: Final = 16 << 20
MAX_RUNS: Final = 10_000
"""Runs that are remembered; the oldest are forgotten (their folders stay)."""


class _Index(msgspec.Struct):
    format: int = FORMAT
    runs: list[str] = []


def index_file() -> Path:
    """Where the index is."""
    return state_dir() / "runs.json"


def register(run: Path) -> None:
    """Remember a run's folder; forget those that are gone.

    Silent where the state folder cannot be written.
    """
    path = os.path.realpath(run)
    if path in _read():
        return
    with suppress(OSError, UnicodeError):
        index_file().parent.mkdir(parents=True, exist_ok=True)
        with _locked():
            runs = [known for known in _read() if known != path and _is_run(Path(known))]
            runs = [*runs, path][-MAX_RUNS:]
            atomic_write_bytes(index_file(), msgspec.json.encode(_Index(runs=runs)) + b"\n")


def known_runs(runs_dir: Path | None) -> list[Path]:
    """Every run that is there: those of the index, and those found in a folder of runs.

    Args:
        runs_dir: the folder of runs; None: the index alone.
    """
    found = {Path(path): None for path in _read() if _is_run(Path(path))}
    if runs_dir is not None:
        for path in runs_in(runs_dir):
            found.setdefault(path.resolve(), None)
    return list(found)


def runs_in(runs_dir: Path) -> list[Path]:
    """The runs in a folder of runs, in order of name; none where it cannot be read."""
    try:
        return sorted(path for path in runs_dir.iterdir() if _is_run(path))
    except OSError:
        return []


def _is_run(path: Path) -> bool:
    try:
        return (path / MANIFEST).is_file()
    except (OSError, ValueError):
        return False


def _read() -> list[str]:
    try:
        with index_file().open("rb") as file:
            index = msgspec.json.decode(file.read(MAX_BYTES), type=_Index)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError):
        return []
    return [path for path in index.runs if path.startswith("/") and "\0" not in path]


@contextmanager
def _locked() -> Iterator[None]:
    with index_file().with_suffix(".lock").open("ab") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        yield
