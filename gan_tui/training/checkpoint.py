"""Checkpoints: all that a training consists of, in one file, and back without a difference.

On the CPU, a training that goes on from a checkpoint equals the uninterrupted one bit for bit (same versions,
same number of threads).
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import torch
from torch import Tensor

from gan_tui.config.run_config import RunConfig
from gan_tui.link.messages import Settings
from gan_tui.training import tensors
from gan_tui.training.checkpoint_file import CheckpointFile, damaged, open_file, write_file
from gan_tui.training.checkpoint_texts import (
    Counters,
    Origin,
    differences_between,
    read_config,
    read_texts,
)
from gan_tui.training.engine import Engine
from gan_tui.training.errors import CheckpointError
from gan_tui.training.seeds import Stream, derive
from gan_tui.training.tiles import PREVIEW_COUNT

PREVIEW: Final = "preview"


@dataclass(frozen=True)
class CapturedState:
    """A copy of an engine's state on the CPU; any thread may write it.

    Attributes:
        copies: of the tensors, perhaps still on their way. preview: uint8 (K, H, W).
        counters, settings, origin, config: see there.
    """

    copies: tensors.Copies
    preview: Tensor
    counters: Counters
    settings: Settings
    origin: Origin
    config: RunConfig

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """By the names of a checkpoint, with ``preview``; waits for them."""
        return {**self.copies.get(), PREVIEW: self.preview}

    @property
    def step(self) -> int:
        """Finished steps."""
        return self.counters.step


@dataclass(frozen=True)
class Restored:
    """What :func:`load` put into an engine.

    Attributes:
        step: at which it was saved. config: of the run that saved it.
        metadata: all texts of the file, with those that the saver added.
        differences: why the training that follows is not bit for bit the one that was saved; empty: it is.
    """

    step: int
    config: RunConfig
    metadata: Mapping[str, str]
    differences: tuple[str, ...] = field(default=())

    @property
    def elapsed(self) -> float:
        """Seconds of training until then; 0 where the saver told nothing."""
        try:
            return float(self.metadata.get("elapsed", 0))
        except ValueError:
            return 0.0

    @property
    def latent_seed(self) -> int | None:
        """Seed of the samples shown then, or None."""
        return _whole(self.metadata.get("latent_seed"))

    @property
    def target_steps(self) -> int | None:
        """Where the run was to end, or None."""
        return _whole(self.metadata.get("target_steps"))


def capture(engine: Engine, preview: Tensor | None = None) -> CapturedState:
    """Copy everything that resuming needs; on the training thread, at an update's border.

    Args:
        engine: of which; it is not changed.
        preview: uint8 (K, H, W) images for the list of checkpoints; default: ten, drawn here.
    """
    copies = tensors.begin(engine)
    if preview is None:
        z, labels = engine.fixed_latent(PREVIEW_COUNT, engine.config.seed)
        preview = engine.draw(z, labels, ema=True)
    return CapturedState(
        copies=copies,
        preview=preview.contiguous(),
        counters=Counters(
            step=engine.step,
            d_updates=engine.d_updates,
            g_updates=engine.g_updates,
            epoch=engine.sampler.epoch,
            position=engine.sampler.position,
            shuffle_seed=engine.sampler.seed,
            averaged=engine.average.count,
        ),
        settings=engine.settings,
        origin=_origin(engine),
        config=engine.config,
    )


def write(path: Path, captured: CapturedState, metadata: Mapping[str, str]) -> None:
    """Write a checkpoint, whole or not at all; any thread.

    Args:
        path: its final name.
        captured: the state.
        metadata: texts to add: ``who``, ``label``, ``kept``, ``time``, ``digits``, losses, ``elapsed`` …

    Raises:
        CheckpointError: the disk does not take it.
    """
    own = {
        "step": str(captured.step),
        "counters": msgspec.json.encode(captured.counters).decode(),
        "settings": msgspec.json.encode(captured.settings).decode(),
        "origin": msgspec.json.encode(captured.origin).decode(),
        "config": msgspec.json.encode(captured.config).decode(),
    }
    write_file(path, captured.tensors, {"time": repr(time.time()), **metadata, **own})


def load(path: Path, engine: Engine) -> Restored:
    """Put a checkpoint's state into an engine, exactly; the sums of losses begin anew.

    Everything is read and checked before anything is changed.

    Raises:
        CheckpointError: the file is no whole checkpoint, or of other networks; the engine is as it was.
    """
    with open_file(path) as file:
        config = read_config(file)
        counters, settings, origin = read_texts(file)
        if config.networks != engine.config.networks:
            raise CheckpointError(
                f"{path.name} holds the networks {config.networks!r} and this run trains "
                f"{engine.config.networks!r}; nothing was changed, resume it under {config.recipe!r}"
            )
        _check_shapes(file, tensors.expected(engine), settings)
        state = file.read()
    differences = differences_between(origin, _origin(engine))
    same_data = origin.fingerprint == engine.dataset.fingerprint
    position = counters.position if same_data else 0
    if position >= engine.sampler.count:
        raise damaged(path, f"its place in the data is {position} of {engine.sampler.count}")
    noise = _noise_state(path, state.pop(tensors.NOISE), engine.device)
    if noise is None:
        differences += ("its random state is of another kind of device",)
        seed = derive(config.seed, Stream.NOISE, counters.step)
        noise = torch.Generator(engine.device).manual_seed(seed).get_state()

    state.pop(PREVIEW, None)
    engine.apply_settings(settings)
    tensors.restore(engine, state, counters.averaged)
    engine.sampler.seek(counters.epoch, position, counters.shuffle_seed)
    engine.latent.generator.set_state(noise)
    engine.step, engine.d_updates, engine.g_updates = counters.step, counters.d_updates, counters.g_updates
    engine.take_sums()
    return Restored(counters.step, config, dict(file.metadata), differences)


def _check_shapes(file: CheckpointFile, expected: Mapping[str, Tensor], settings: Settings) -> None:
    """Refuse a file whose tensors are not those of the engine, name by name."""
    found = dict(file.shapes)
    for name in (tensors.NOISE, PREVIEW):
        kind, _ = found.pop(name, (torch.uint8 if name == PREVIEW else None, ()))
        if kind != torch.uint8:
            raise damaged(file.path, f"{name} is missing or no bytes")
    no_average = settings.ema == 0 and not any(name.startswith("ema.") for name in found)
    wanted = {
        name: (like.dtype, tuple(like.shape))
        for name, like in expected.items()
        if not (no_average and name.startswith("ema."))
    }
    for name, (kind, shape) in found.items():
        if name not in wanted:
            raise _other_networks(file.path, f"it has {name[:60]!r}, which they have not")
        if wanted[name] != (kind, shape):
            text = f"{name!r} is {_shape(shape)}, theirs is {_shape(wanted[name][1])}"
            raise _other_networks(file.path, text)
    missing = sorted(set(wanted) - set(found))
    if missing:
        raise _other_networks(file.path, f"it has no {missing[0]!r}")


def _other_networks(path: Path, why: str) -> CheckpointError:
    return CheckpointError(
        f"{path} does not fit the networks of this run ({why}); nothing was changed, "
        f"resume it with the recipe and data it came from"
    )


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "one number"


def _noise_state(path: Path, state: Tensor, device: torch.device) -> Tensor | None:
    """The random state if it is one of this kind of device, else None."""
    trial = torch.Generator(device)
    if trial.get_state().shape != state.shape:
        return None
    try:
        trial.set_state(state)
    except RuntimeError as error:
        raise damaged(path, "its random state is none") from error
    return state


def _origin(engine: Engine) -> Origin:
    return Origin(
        data=engine.dataset.name,
        count=len(engine.dataset.images),
        fingerprint=engine.dataset.fingerprint,
        class_names=engine.dataset.class_names,
        device=engine.device.type,
        precision=engine.precision,
        threads=torch.get_num_threads() if engine.device.type == "cpu" else 0,
        torch=str(torch.__version__),
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 20 else None
