"""Where gan-tui keeps things: one place that knows."""

import os
import tempfile
from pathlib import Path
from typing import Final

import platformdirs

RUNS_DIR_VARIABLE: Final = "GAN_TUI_RUNS_DIR"
"""Environment variable that names the folder of runs."""
APP: Final = "gan-tui"


def runs_dir(given: str | Path | None = None) -> Path:
    """The folder that new runs are made in: the option, the variable, or ``./checkpoints``."""
    return Path(given or os.environ.get(RUNS_DIR_VARIABLE) or "checkpoints").expanduser().absolute()


def cache_dir() -> Path:
    """Data sets and judges; may be deleted at any time."""
    return Path(platformdirs.user_cache_dir(APP))


def state_dir() -> Path:
    """The per-user index of runs."""
    return Path(platformdirs.user_state_dir(APP))


def config_dir() -> Path:
    """The user's settings file, ``settings.toml``."""
    return Path(platformdirs.user_config_dir(APP))


def runtime_dir() -> Path:
    """A private folder (0700) on a local disk for sockets; a socket's path may have 107 bytes at most.

    ``$XDG_RUNTIME_DIR`` where it is a folder of ours, else a folder in the temporary folder.

    Raises:
        PermissionError: somebody else owns the folder of that name.
    """
    base = os.environ.get("XDG_RUNTIME_DIR")
    usable = (
        bool(base) and Path(base or "").is_dir() and os.access(base or "", os.W_OK) and len(base or "") < 60
    )
    folder = Path(base or "") / APP if usable else Path(tempfile.gettempdir()) / f"{APP}-{os.getuid()}"
    if len(os.fsencode(folder)) > 70:
        folder = Path("/tmp") / f"{APP}-{os.getuid()}"  # noqa: S108 - made private and checked just below
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        if found.st_uid != os.getuid():
            raise PermissionError(f"{folder} belongs to somebody else")
        folder.chmod(0o700)
    return folder
