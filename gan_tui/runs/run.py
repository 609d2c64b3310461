"""A run is a folder; here it is made and found.

``run.json`` manifest, ``history.sqlite`` history, ``checkpoints/`` with ``latest``, ``trainer.log`` whatever
the trainer printed, ``tensorboard/`` event files, ``lock`` held by the trainer while it lives.
"""

import datetime as dt
import fcntl
import os
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gan_tui import __version__
from gan_tui.config.errors import UsageError
from gan_tui.config.fields import to_values
from gan_tui.link.endpoints import Endpoints
from gan_tui.runs.errors import RunError
from gan_tui.runs.index import known_runs, register
from gan_tui.runs.manifest import FILE, Manifest, read_manifest, write_manifest
from gan_tui.runs.names import checked_name, default_run_name, numbered
from gan_tui.runs.places import endpoints_for

if TYPE_CHECKING:
    from gan_tui.config.run_config import RunConfig

CHECKPOINTS: Final = "checkpoints"


class Run:
    """One run's folder: its paths, and its manifest. Holds nothing open.

    Args:
        path: the folder; it need not be looked into yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def history_path(self) -> Path:
        """The SQLite file."""
        return self.path / "history.sqlite"

    @property
    def log_path(self) -> Path:
        """The trainer's stdout and stderr."""
        return self.path / "trainer.log"

    @property
    def lock_path(self) -> Path:
        """The file that a live trainer holds."""
        return self.path / "lock"

    @property
    def checkpoints_dir(self) -> Path:
        """The checkpoints, and ``latest``."""
        return self.path / CHECKPOINTS

    @property
    def tensorboard_dir(self) -> Path:
        """TensorBoard's event files."""
        return self.path / "tensorboard"

    def manifest(self) -> Manifest:
        """Read the manifest.

        Raises:
            RunError: it is not there or cannot be understood.
        """
        return read_manifest(self.path)

    def update_manifest(self, **changes: Any) -> Manifest:
        """Change fields of the manifest, atomically, one writer after the other; returns the new one.

        Raises:
            RunError: it cannot be read. OSError: it cannot be written.
        """
        with _one_at_a_time(self.path):
            manifest = msgspec.structs.replace(self.manifest(), **changes)
            write_manifest(self.path, manifest)
            return manifest

    def endpoints(self) -> Endpoints:
        """Where the trainer's sockets are, or will be.

        Raises:
            RunError: the manifest cannot be read, or there is no private folder for sockets.
        """
        return endpoints_for(self.path, self.manifest().endpoints)

    def active_at(self) -> float:
        """When something in the folder last changed, in Unix seconds; 0 where it is gone."""
        files = (FILE, "history.sqlite", "history.sqlite-wal", "trainer.log", CHECKPOINTS)
        return max(_changed(self.path / name) for name in files)


def create_run(
    config: "RunConfig",
    runs_dir: Path,
    name: str | None,
    given: Mapping[str, Any],
    resume: str | None = None,
) -> Run:
    """Make a run's folder, with its manifest, and remember it in the index.

    Args:
        config: all settings.
        runs_dir: the folder of runs; made where it is not there.
        name: the user's, or None for recipe and day, made unique by a number.
        given: the settings that the user gave, by field name.
        resume: the checkpoint that it begins from.

    Raises:
        UsageError: the name cannot be a folder's, or is taken.
        RunError: the folder cannot be made.
    """
    chosen = None if name is None else checked_name(name)
    folder = _make_folder(runs_dir, chosen, config.recipe)
    run = Run(folder)
    try:
        run.checkpoints_dir.mkdir()
        write_manifest(
            folder,
            Manifest(
                name=run.name,
                created_at=time.time(),
                config=to_values(config),
                given=dict(given),
                recipe=config.recipe,
                versions={"gan-tui": __version__, "python": platform.python_version()},
                seeds={"seed": config.seed},
                machine=_machine(),
                host=platform.node(),
                endpoints=endpoints_for(folder, None),
                resumed_from=resume,
            ),
        )
    except OSError as error:
        raise RunError(f"{folder} cannot be written: {error.strerror}; nothing was started") from error
    register(folder)
    return run


def find_run(ref: str | None, runs_dir: Path) -> Run:
    """The run that a user means.

    Args:
        ref: a run's path, a name (in ``runs_dir`` first, then anywhere in the index), or None for the one
            that was last active.
        runs_dir: the folder of runs.

    Raises:
        RunError: there is none, or the name means several.
    """
    if ref is None:
        runs = [Run(path) for path in known_runs(runs_dir)]
        if not runs:
            raise RunError(f"there is no run yet in {runs_dir} or elsewhere; gan-tui starts one")
        return max(runs, key=Run.active_at)
    if "\0" in ref:
        raise RunError("a run's name has no NUL character; gan-tui runs lists runs")
    with suppress(OSError):  # a name too long for a file is no path
        for path in (Path(ref).expanduser(), runs_dir / ref):
            if (path / FILE).is_file():
                register(path.absolute())
                return Run(path)
    named = [path for path in known_runs(None) if path.name == ref]
    if len(named) == 1:
        return Run(named[0])
    if named:
        places = ", ".join(str(path) for path in named)
        raise RunError(f"several runs are called {ref!r}: {places}; give the path")
    raise RunError(f"there is no run {ref!r} in {runs_dir} or elsewhere; gan-tui runs lists what there is")


def run_of_checkpoint(checkpoint: Path) -> Run | None:
    """The run that a checkpoint's file lies in, or None where it lies elsewhere."""
    folder = checkpoint.absolute().parent
    if folder.name == CHECKPOINTS and (folder.parent / FILE).is_file():
        return Run(folder.parent)
    return None


def _make_folder(runs_dir: Path, name: str | None, recipe: str) -> Path:
    stem = name or default_run_name(recipe, dt.datetime.now().astimezone().date())
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, 10_000):
            folder = runs_dir.absolute() / numbered(stem, attempt)
            try:
                folder.mkdir()
            except FileExistsError:
                if name is not None:
                    raise UsageError(
                        f"--name: there is a {name!r} in {runs_dir} already; "
                        f"take another name, or go on with it: gan-tui --resume {name}"
                    ) from None
            else:
                return folder
    except OSError as error:
        raise RunError(
            f"no run can be made in {runs_dir}: {error.strerror}; "
            "give --runs-dir a folder that can be written"
        ) from error
    raise RunError(f"{runs_dir} has 10,000 runs called {stem}; give --name")


def _machine() -> dict[str, Any]:
    system = os.uname()
    return {
        "system": f"{system.sysname} {system.release}",
        "architecture": system.machine,
        "processors": os.cpu_count() or 0,
    }


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with ExitStack() as stack:
        with suppress(OSError):  # a network file system may not lock folders; each write stays atomic
            descriptor = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
