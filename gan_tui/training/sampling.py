"""A generator taken out of a checkpoint, to draw with it: no data set and no training is needed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from gan_tui.config.run_config import RunConfig
from gan_tui.networks import PAIRS, Generator, Pair
from gan_tui.training.checkpoint_file import CheckpointFile, damaged, open_file
from gan_tui.training.checkpoint_texts import read_config, read_origin
from gan_tui.training.engine import DRAW_CHUNK, to_bytes
from gan_tui.training.errors import CheckpointError
from gan_tui.training.latent import Latent

_MOST_CLASSES: Final = 256
"""Labels are bytes."""


@dataclass(frozen=True)
class LoadedGenerator:
    """A generator and what is needed to draw with it as the training did.

    Attributes:
        generator: in eval mode, on the CPU in float32.
        pair: of which it is one, made for the classes of its data.
        config: of the run. class_names: of its data. step: when it was saved. ema: it is the running average.
    """

    generator: Generator
    pair: Pair
    config: RunConfig
    class_names: tuple[str, ...]
    step: int
    ema: bool

    def latent(self, count: int, seed: int) -> tuple[Tensor, Tensor]:
        """Noise (count, latent) as the run drew it, and labels 0, 1, 2, … around; from the seed alone."""
        return Latent.of(self.config, self.pair, torch.device("cpu")).fixed(count, seed)

    @torch.no_grad()
    def draw(self, z: Tensor, labels: Tensor) -> Tensor:
        """Images uint8, (N, H, W) for one channel, else (N, C, H, W); labels (N,) for a labelled pair."""
        chunks = [
            to_bytes(
                self.generator(
                    z[start : start + DRAW_CHUNK],
                    labels[start : start + DRAW_CHUNK] if self.pair.labelled else None,
                )
            )
            for start in range(0, len(z), DRAW_CHUNK)
        ]
        images = torch.cat(chunks) if chunks else torch.empty(0, *self.pair.image_shape, dtype=torch.uint8)
        return images.squeeze(1) if self.pair.image_shape[0] == 1 else images


def load_generator(path: Path, raw: bool = False) -> LoadedGenerator:
    """Take the generator out of a checkpoint: its running average where there is one, unless ``raw``.

    Raises:
        CheckpointError: the file is no whole checkpoint, or its networks are not known here.
    """
    with open_file(path) as file:
        config = read_config(file)
        class_names = read_origin(file).class_names
        if config.networks not in PAIRS:
            raise CheckpointError(
                f"{path} holds the networks {config.networks!r}, which this version does not know; "
                f"it knows {', '.join(PAIRS)}"
            )
        if not 1 <= len(class_names) <= _MOST_CLASSES:
            raise damaged(path, f"it names {len(class_names)} classes")
        pair = PAIRS[config.networks].for_classes(len(class_names))
        ema = not raw and any(name.startswith("ema.") for name in file.shapes)
        generator = pair.make_generator()
        prefix = "ema." if ema else "g."
        _check(file, generator, prefix)
        tensors = file.read()
    generator.load_state_dict({name: tensors[prefix + name] for name in generator.state_dict()})
    step = file.metadata.get("step", "0")
    return LoadedGenerator(
        generator=generator.requires_grad_(False).eval(),
        pair=pair,
        config=config,
        class_names=class_names,
        step=int(step) if step.isascii() and step.isdigit() else 0,
        ema=ema,
    )


def _check(file: CheckpointFile, generator: Generator, prefix: str) -> None:
    for name, like in generator.state_dict().items():
        if file.shapes.get(prefix + name) != (like.dtype, tuple(like.shape)):
            raise damaged(file.path, f"{prefix + name!r} is missing or of another shape")
