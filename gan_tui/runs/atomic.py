"""Files that are either whole or not there: temporary name, fsync, rename, fsync of the folder."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

TEMPORARY: Final = ".tmp"
"""Ending of a file that is not whole yet; its name begins with a dot."""


def atomic_write(path: Path, write: Callable[[BinaryIO], object], mode: int = 0o644) -> None:
    """Write a file that appears whole, or not at all, also when the machine loses power.

    Args:
        path: the file; an older one is replaced.
        write: writes the content to the open file that it is given.
        mode: permission bits, less the user's umask.

    Raises:
        OSError: the disk is full, or the folder cannot be written; the older file is as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


def atomic_write_bytes(path: Path, content: bytes) -> None:
    """:func:`atomic_write` of these bytes."""
    atomic_write(path, lambda file: file.write(content))


def fsync_folder(folder: Path) -> None:
    """Make renames and removals in a folder last; silent where the file system cannot."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_leftovers(folder: Path) -> int:
    """Delete what writers that were killed left unfinished; call only while nobody writes there.

    Returns:
        How many files went.
    """
    gone = 0
    for path in folder.glob(f".*{TEMPORARY}"):
        with contextlib.suppress(OSError):
            path.unlink()
            gone += 1
    return gone
