"""A run's checkpoints: list, find, keep, delete. Reads headers and previews; weights are never loaded here.

``checkpoints/latest`` holds the newest checkpoint's file name, ``checkpoints/kept`` the file names, one a
line, that the user wants to keep.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from gan_tui.runs.atomic import atomic_write_bytes, fsync_folder
from gan_tui.runs.checkpoint_header import Header, read_header, read_tensor_bytes
from gan_tui.runs.checkpoint_metadata import CheckpointMetadata
from gan_tui.runs.errors import RunError
from gan_tui.runs.names import CHECKPOINT_FILE, SUFFIX
from gan_tui.runs.run import Run, find_run

__all__ = [
    "CheckpointInfo",
    "Header",
    "delete_checkpoint",
    "keep_checkpoint",
    "latest_checkpoint",
    "list_checkpoints",
    "prune",
    "read_header",
    "resolve_checkpoint",
    "set_latest",
]

LATEST: Final = "latest"
KEPT: Final = "kept"
PREVIEW: Final = "preview"
"""Tensor of a few samples: uint8, (K,H,W) or (K,H,W,C)."""
MAX_LIST_FILE: Final = 1 << 20


class CheckpointInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One checkpoint as the list shows it.

    Attributes:
        name: "step-001150". path: its file. step: finished steps. time: when written, Unix seconds.
        who, label: who saved it, and under which name or why. size: bytes.
        latest: it is the newest. kept: it is never deleted by the keep policy.
        digits, classes: classes seen, of how many; None where no judge had read.
        d_loss, g_loss: mean losses at that time, or None.
        preview: uint8 pixels in row order of ``preview_shape``, (K,H,W) or (K,H,W,C); empty where none are.
        problem: one sentence where the file cannot be used; then only name, path, time and size hold.
    """

    name: str
    path: Path
    step: int
    time: float
    size: int
    who: str = "auto"
    label: str = ""
    latest: bool = False
    kept: bool = False
    digits: int | None = None
    classes: int | None = None
    d_loss: float | None = None
    g_loss: float | None = None
    preview: bytes = b""
    preview_shape: tuple[int, ...] = ()
    problem: str = ""


def list_checkpoints(run: Run, previews: bool = True) -> list[CheckpointInfo]:
    """Every checkpoint of a run, newest first; damaged ones carry their problem.

    Args:
        run: whose.
        previews: read the preview pixels, too.
    """
    latest, kept = _latest_file(run), _kept(run)
    found = [
        _info(path, latest=path.name == latest, kept=path.name in kept, previews=previews)
        for path in _files(run)
    ]
    return sorted(found, key=lambda info: (info.time, info.step, info.name), reverse=True)


def latest_checkpoint(run: Run) -> Path | None:
    """The file that ``latest`` names, else the newest whole one, else None."""
    name = _latest_file(run)
    if name is not None:
        return run.checkpoints_dir / name
    whole = [info for info in list_checkpoints(run, previews=False) if not info.problem]
    return whole[0].path if whole else None


def set_latest(run: Run, name: str) -> None:
    """Let ``latest`` name this checkpoint, atomically.

    Raises:
        RunError: it is no checkpoint's name. OSError: the folder cannot be written.
    """
    atomic_write_bytes(run.checkpoints_dir / LATEST, _file_name(name).encode() + b"\n")


def resolve_checkpoint(ref: str, runs_dir: Path) -> Path:
    """The checkpoint that a user means: a file, or a run (its latest).

    Raises:
        RunError: there is no such file or run, or the run has no checkpoint yet.
    """
    if "\0" not in ref:
        with suppress(OSError):  # a name too long for a file is no path
            path = Path(ref).expanduser()
            if path.is_file():
                return path.absolute()
            if path.suffix == SUFFIX:
                raise RunError(f"there is no checkpoint {ref}; gan-tui runs lists runs")
    run = find_run(ref, runs_dir)
    latest = latest_checkpoint(run)
    if latest is None:
        raise RunError(f"{run.name} has no checkpoint yet; nothing was started")
    return latest


def keep_checkpoint(run: Run, name: str, kept: bool = True) -> None:
    """Protect a checkpoint from the keep policy, or no longer.

    Raises:
        RunError: there is no such checkpoint. OSError: the folder cannot be written.
    """
    file = _existing(run, name).name
    names = _kept(run) | {file} if kept else _kept(run) - {file}
    atomic_write_bytes(run.checkpoints_dir / KEPT, "".join(f"{line}\n" for line in sorted(names)).encode())


def delete_checkpoint(run: Run, name: str) -> None:
    """Delete one; where it was the latest, the next newest is.

    Raises:
        RunError: there is no such checkpoint, or it cannot be deleted.
    """
    path = _existing(run, name)
    was_latest = _latest_file(run) == path.name
    try:
        path.unlink()
        if was_latest:
            (run.checkpoints_dir / LATEST).unlink(missing_ok=True)
            newest = latest_checkpoint(run)
            if newest is not None:
                set_latest(run, newest.name)
        fsync_folder(run.checkpoints_dir)
    except OSError as error:
        raise RunError(f"{path} cannot be deleted: {error.strerror}; the others are untouched") from error


def prune(run: Run, keep: int) -> list[str]:
    """Delete automatic checkpoints beyond the newest ``keep``.

    Never those with a label, saved by the user, kept, the latest, or that cannot be read.

    Returns:
        The names that went.
    """
    automatic = [
        info
        for info in list_checkpoints(run, previews=False)
        if not info.problem and info.who == "auto" and not info.label and not info.kept
    ]
    gone = []
    for info in automatic[max(0, keep) :]:
        if not info.latest:
            with suppress(OSError):
                info.path.unlink()
                gone.append(info.name)
    if gone:
        fsync_folder(run.checkpoints_dir)
    return gone


def _files(run: Run) -> list[Path]:
    try:
        return [path for path in run.checkpoints_dir.iterdir() if CHECKPOINT_FILE.fullmatch(path.name)]
    except OSError:
        return []


def _info(path: Path, latest: bool, kept: bool, previews: bool) -> CheckpointInfo:
    match = CHECKPOINT_FILE.fullmatch(path.name)
    step = int(match[1]) if match else 0
    name = path.name.removesuffix(SUFFIX)
    try:
        header = read_header(path)
        metadata = CheckpointMetadata.from_strings(header.metadata)
    except RunError as error:
        return _problem(path, name, step, latest, str(error))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return _problem(path, name, step, latest, f"{path} cannot be used: {error}")
    preview, shape = _preview(header) if previews else (b"", ())
    return CheckpointInfo(
        name=name,
        path=path,
        step=metadata.step,
        time=metadata.time or header.time,
        size=header.size,
        who=metadata.who,
        label=metadata.label,
        latest=latest,
        kept=kept or metadata.kept,
        digits=metadata.digits,
        classes=metadata.classes,
        d_loss=metadata.d_loss,
        g_loss=metadata.g_loss,
        preview=preview,
        preview_shape=shape,
    )


def _problem(path: Path, name: str, step: int, latest: bool, sentence: str) -> CheckpointInfo:
    try:
        status = path.lstat()
        size, time = status.st_size, status.st_mtime
    except OSError:
        size, time = 0, 0.0
    return CheckpointInfo(
        name=name, path=path, step=step, time=time, size=size, latest=latest, problem=sentence
    )


def _preview(header: Header) -> tuple[bytes, tuple[int, ...]]:
    info = header.tensors.get(PREVIEW)
    if info is None or info.dtype != "U8" or len(info.shape) not in {3, 4}:
        return b"", ()
    try:
        return read_tensor_bytes(header, PREVIEW), info.shape
    except RunError:
        return b"", ()


def _file_name(name: str) -> str:
    file = name if name.endswith(SUFFIX) else name + SUFFIX
    if not CHECKPOINT_FILE.fullmatch(file):
        raise RunError(f"{name!r} is no checkpoint's name; they look like step-001150")
    return file


def _existing(run: Run, name: str) -> Path:
    path = run.checkpoints_dir / _file_name(name)
    if not path.is_file():
        raise RunError(f"{run.name} has no checkpoint {name}; nothing was changed")
    return path


def _latest_file(run: Run) -> str | None:
    for name in _lines(run.checkpoints_dir / LATEST)[:1]:
        with suppress(RunError, OSError):
            return _existing(run, name).name
    return None


def _kept(run: Run) -> set[str]:
    return set(_lines(run.checkpoints_dir / KEPT))


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_LIST_FILE)
    except OSError:
        return []
    return [line.strip() for line in content.decode("utf-8", "replace").splitlines() if line.strip()]
