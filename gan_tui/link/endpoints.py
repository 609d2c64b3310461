"""Where a run's two sockets are: paths of Unix socket files, on a local disk, in a private folder."""

import os
from pathlib import Path
from typing import Final

import msgspec

MAX_SOCKET_PATH: Final = 107
"""Bytes that a Unix socket's path may have (``sun_path`` less its closing zero)."""


class Endpoints(msgspec.Struct, frozen=True):
    """The two socket files of a live run.

    Attributes:
        stream: the trainer publishes there, viewers subscribe.
        commands: viewers ask there, the trainer answers.
    """

    stream: str
    commands: str

    @property
    def addresses(self) -> tuple[str, str]:
        """Stream and commands as ZeroMQ addresses."""
        return f"ipc://{self.stream}", f"ipc://{self.commands}"

    def usable(self) -> bool:
        """Whether both paths are absolute, short enough and in a folder that only this user can enter."""
        return all(_usable(path) for path in (self.stream, self.commands))

    def remove(self) -> None:
        """Delete what is left of the two files."""
        for path in (self.stream, self.commands):
            Path(path).unlink(missing_ok=True)


def _usable(path: str) -> bool:
    if not path.startswith("/") or "\0" in path or len(os.fsencode(path)) > MAX_SOCKET_PATH:
        return False
    try:
        folder = Path(path).parent.lstat()
    except OSError:
        return False
    return folder.st_uid == os.getuid() and not folder.st_mode & 0o077
