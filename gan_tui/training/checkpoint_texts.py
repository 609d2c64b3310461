"""A checkpoint's texts: how far the training was, its settings, and on what it ran."""

from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from gan_tui.config.fields import ConfigError, read_values
from gan_tui.config.run_config import RunConfig
from gan_tui.link.commands.settings import LIMITS
from gan_tui.link.messages import Settings
from gan_tui.training.checkpoint_file import CheckpointFile, damaged, open_file

_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_MOST: Final = 2**63 - 1


class Counters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a training is: its counts, its place in the data, the updates in its running average."""

    step: int
    d_updates: int
    g_updates: int
    epoch: int
    position: int
    shuffle_seed: int
    averaged: int


class Origin(msgspec.Struct, frozen=True):
    """On what a training ran: what must be the same for a resumed run to be equal bit for bit."""

    data: str
    count: int
    fingerprint: str
    class_names: tuple[str, ...]
    device: str
    precision: str
    threads: int
    torch: str


def read_config(file: CheckpointFile) -> RunConfig:
    """The configuration in an open checkpoint.

    Raises:
        CheckpointError: it cannot be understood.
    """
    try:
        return read_values(msgspec.json.decode(file.metadata.get("config", ""), type=dict[str, Any]))
    except (msgspec.DecodeError, ConfigError) as error:
        raise damaged(file.path, "its configuration cannot be understood") from error


def read_origin(file: CheckpointFile) -> Origin:
    """On what the training in an open checkpoint ran.

    Raises:
        CheckpointError: it cannot be understood.
    """
    return _decode(file, "origin", Origin)


def read_texts(file: CheckpointFile) -> tuple[Counters, Settings, Origin]:
    """How far the training in an open checkpoint was, its live settings, and on what it ran.

    Raises:
        CheckpointError: one of them cannot be understood, or is out of range.
    """
    counters = _decode(file, "counters", Counters)
    if any(not 0 <= value <= _MOST for value in msgspec.structs.astuple(counters)):
        raise damaged(file.path, "its counters are out of range")
    settings = _decode(file, "settings", Settings)
    for name, (low, high) in LIMITS.items():
        if not low <= getattr(settings, name) <= high:
            raise damaged(file.path, f"its setting {name} is out of range")
    if settings.d_steps == settings.g_steps == 0:
        raise damaged(file.path, "its D:G is 0:0")
    return counters, settings, read_origin(file)


def origin_of(path: Path) -> Origin:
    """On what the training in a checkpoint ran: with the same threads and arithmetic it goes on bit for bit.

    Raises:
        CheckpointError: the file is no whole checkpoint.
    """
    with open_file(path) as file:
        return read_origin(file)


def differences_between(saved: Origin, now: Origin) -> tuple[str, ...]:
    """Why a training that goes on here is not bit for bit the one that was saved; empty: it is."""
    words = {
        "fingerprint": "the data is another",
        "device": f"it trained on {saved.device}",
        "precision": f"it trained in {saved.precision}",
        "threads": f"it trained on {saved.threads} threads",
        "torch": f"it trained with torch {saved.torch}",
    }
    return tuple(text for name, text in words.items() if getattr(saved, name) != getattr(now, name))


def _decode(file: CheckpointFile, name: str, kind: type[_Struct]) -> _Struct:
    try:
        return msgspec.json.decode(file.metadata.get(name, ""), type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise damaged(file.path, f"its {name} cannot be understood") from error
