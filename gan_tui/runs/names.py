"""Names of runs and of checkpoints: what a user may choose, and what we choose."""

import datetime as dt
import re
from typing import Final

from gan_tui.config.errors import UsageError

MAX_NAME: Final = 80
"""Bytes in a name that a user gives."""
CHECKPOINT_FILE: Final = re.compile(
    r"step-(\d{1,19})(?:-([^/\\\0-\x1f\x7f]{1,200}))?\.safetensors", re.DOTALL
)
SUFFIX: Final = ".safetensors"


def checked_name(name: str, what: str = "--name") -> str:
    """A name that is safe as a file's, on a terminal and on a command line.

    Raises:
        UsageError: empty, too long, with a slash, a control character or a leading dot or dash.
    """
    name = name.strip()
    if not name:
        problem = "is empty"
    elif not name.isprintable():
        problem = "has characters that cannot be shown"
    elif len(name.encode()) > MAX_NAME:
        problem = f"is longer than {MAX_NAME} bytes"
    elif "/" in name or "\\" in name:
        problem = "has a slash; give the folder with --runs-dir"
    elif name[0] in ".-":
        problem = f"begins with {name[0]!r}"
    else:
        return name
    raise UsageError(f"{what} {name!r} {problem}; give letters, digits, dots and dashes")


def default_run_name(recipe: str, today: dt.date) -> str:
    """``balanced-1124``: the recipe and the day; ``run-1124`` while the recipe is not chosen yet."""
    return f"{'run' if recipe == 'auto' else recipe}-{today:%m%d}"


def numbered(name: str, attempt: int) -> str:
    """The name for the first attempt, then ``name-2``, ``name-3``, …."""
    return name if attempt == 1 else f"{name}-{attempt}"


def checkpoint_name(step: int, label: str | None = None) -> str:
    """``step-001150``, or ``step-001150-before-G2`` with a label; spaces and slashes become dashes."""
    if not label:
        return f"step-{step:06d}"
    safe = re.sub(r"[^\w.+=@,-]+", "-", label).strip("-.")
    while len(safe.encode()) > MAX_NAME:
        safe = safe[:-1]
    return f"step-{step:06d}" + (f"-{safe}" if safe else "")
