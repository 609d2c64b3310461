"""A run's manifest, ``run.json``: what it was asked to do, by which versions, where it lives."""

from pathlib import Path
from typing import Any, Final

import msgspec

from gan_tui.link.endpoints import Endpoints
from gan_tui.runs.atomic import atomic_write_bytes
from gan_tui.runs.errors import RunError

FORMAT: Final = 1
"""Version of the file; a newer one is refused with a sentence."""
FILE: Final = "run.json"
MAX_BYTES: Final = 1 << 20


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The content of ``run.json``.

    Attributes:
        format: version of this file.
        name: the run's name when it was made (its folder's name counts).
        created_at: Unix seconds.
        config: every setting of the run, by field name; ``auto`` and null until the trainer resolved them.
        given: the settings that the user gave, by field name.
        recipe: the recipe in use; "auto" until chosen.
        versions: package → version. seeds: what → seed. machine: what → text or number.
        pid, host: of the trainer that last held the run; started_at: when it began, Unix seconds.
        endpoints: its sockets.
        resumed_from: checkpoint that the run began from, or None.
    """

    format: int = FORMAT
    name: str
    created_at: float
    config: dict[str, Any] = {}
    given: dict[str, Any] = {}
    recipe: str = "auto"
    versions: dict[str, str] = {}
    seeds: dict[str, int] = {}
    machine: dict[str, Any] = {}
    pid: int | None = None
    host: str = ""
    started_at: float | None = None
    endpoints: Endpoints | None = None
    resumed_from: str | None = None


def read_manifest(folder: Path) -> Manifest:
    """Read ``run.json``.

    Raises:
        RunError: it is not there, cannot be understood, or is of a newer version.
    """
    path = folder / FILE
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise RunError(f"{path} is larger than {MAX_BYTES:,} bytes, so it is no run's manifest")
        manifest = msgspec.json.decode(content, type=Manifest)
    except FileNotFoundError as error:
        raise RunError(f"{folder} is no run: it has no {FILE}; gan-tui runs lists runs") from error
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}; nothing was changed") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise RunError(
            f"{path} cannot be understood ({error}); the run's checkpoints are untouched and can be resumed"
        ) from error
    if manifest.format > FORMAT:
        raise RunError(f"{path} was written by a newer gan-tui (format {manifest.format}); update gan-tui")
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``run.json``, atomically.

    Raises:
        OSError: the folder cannot be written.
    """
    content = msgspec.json.encode(manifest, enc_hook=str)
    atomic_write_bytes(folder / FILE, msgspec.json.format(content, indent=2) + b"\n")
