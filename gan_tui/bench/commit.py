"""Which commit of the source was measured, where it lies in a checkout."""

import contextlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

import msgspec

import gan_tui

PACKAGE: Final = Path(gan_tui.__file__).resolve().parent
PATIENCE: Final = 10.0
"""Seconds that git may take for an answer."""


class Commit(msgspec.Struct, frozen=True):
    """Both None where there is no checkout, or no git.

    Attributes:
        id: 40 or 64 hexadecimal digits.
        changed: whether files of the package differ from that commit, so that it does not say all.
    """

    id: str | None = None
    changed: bool | None = None


def commit_of(folder: Path = PACKAGE) -> Commit:
    """The commit that is checked out where the package lies.

    A package that is installed below another project's checkout, as in a virtual environment, is none of that
    project's files, and has no commit.

    Args:
        folder: of a package, with its ``__init__.py``.
    """
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        git = shutil.which("git")
        if git and _asked(git, folder, "ls-files", "--error-unmatch", "__init__.py") is not None:
            found = _asked(git, folder, "rev-parse", "HEAD")
            if found is not None:
                changes = _asked(git, folder, "status", "--porcelain", "--", ".")
                return Commit(found.strip(), None if changes is None else bool(changes.strip()))
    return Commit()


def _asked(git: str, folder: Path, *question: str) -> str | None:
    """Git's answer, None where it has none."""
    done = subprocess.run(  # noqa: S603 - git itself, and our own words
        [git, "-C", str(folder), *question], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    return done.stdout if done.returncode == 0 else None
