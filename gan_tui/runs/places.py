"""Where a live run's sockets lie, and how its database may be opened there. One place decides.

Home folders on clusters are often network file systems, where Unix sockets and SQLite's WAL fail. So sockets
lie in the user's private runtime folder on a local disk, under a name made from the run folder's real path
(the same after a restart, another for a copied run), and the run's manifest says where.
"""

import hashlib
import os
from pathlib import Path
from typing import Final, Literal

from gan_tui.config.paths import runtime_dir
from gan_tui.link.endpoints import Endpoints
from gan_tui.runs.errors import RunError

JournalMode = Literal["WAL", "TRUNCATE"]

NETWORK_FILE_SYSTEMS: Final = frozenset({
    "9p", "acfs", "afs", "beegfs", "beegfs_nodev", "ceph", "cifs", "coda", "davfs", "gfs2", "glusterfs",
    "gpfs", "lustre", "ncpfs", "nfs", "nfs3", "nfs4", "ocfs2", "orangefs", "panfs", "prl_fs", "pvfs2", "smb2",
    "smb3", "smbfs", "vboxsf", "virtiofs", "wekafs",
})  # fmt: skip
"""Types in /proc/mounts on which memory shared through a file is not to be trusted; ``fuse.*`` are others."""
MOUNTS: Final = Path("/proc/mounts")


def endpoints_for(run: Path, recorded: Endpoints | None) -> Endpoints:
    """The sockets of a run.

    Args:
        run: the run's folder.
        recorded: what its manifest says; it holds where it is this very folder's and still usable, so that
            a viewer with another environment finds the trainer.

    Raises:
        RunError: there is no private folder to put sockets in.
    """
    token = hashlib.sha256(os.fsencode(run.resolve())).hexdigest()[:12]
    names = f"{token}.stream", f"{token}.commands"
    if (
        recorded is not None
        and (Path(recorded.stream).name, Path(recorded.commands).name) == names
        and recorded.usable()
    ):
        return recorded
    try:
        folder = runtime_dir()
    except OSError as error:
        raise RunError(
            f"there is no private folder for the run's sockets ({error}); nothing was started, "
            "set XDG_RUNTIME_DIR to a folder of your own with mode 0700"
        ) from error
    return Endpoints(*(str(folder / name) for name in names))


def journal_mode(folder: Path) -> JournalMode:
    """How SQLite keeps its journal there: WAL on a local disk, a truncated rollback journal on others."""
    return "TRUNCATE" if is_network(folder) else "WAL"


def is_network(folder: Path) -> bool:
    """Whether a folder lies on a network file system; False where that cannot be known."""
    try:
        kind = file_system_of(folder.resolve(), MOUNTS.read_text(encoding="utf-8", errors="surrogateescape"))
    except OSError:
        return False
    return kind in NETWORK_FILE_SYSTEMS or kind.startswith("fuse.")


def file_system_of(folder: Path, mounts: str) -> str:
    """The type of the file system that holds an absolute folder, by a table as /proc/mounts has it."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(_unescape(fields[1]))
        if folder.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind


def _unescape(text: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, character)
    return text
