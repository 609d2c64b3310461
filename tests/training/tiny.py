"""A pair of networks, a data set and an engine that are small enough to train in a test."""

from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_tui.config.fields import read_values
from gan_tui.config.run_config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.networks import Discriminator, Generator, Pair
from gan_tui.networks.base import one_hot
from gan_tui.training.engine import Engine

SIDE = 6
CLASSES = 3
torch.set_num_threads(1)  # with a busy neighbour two threads of such small work wait for each other
CPU = torch.device("cpu")


class TinyGenerator(Generator):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.latent = 4
        self.classes = classes
        self.linear = nn.Linear(4 + classes, 8)
        self.norm = nn.BatchNorm1d(8)
        self.out = nn.Linear(8, SIDE * SIDE)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        if self.classes:
            z = torch.cat([z, one_hot(labels, self.classes, z.dtype)], 1)
        x = self.out(functional.relu(self.norm(self.linear(z))))
        return torch.sigmoid(x).view(-1, 1, SIDE, SIDE).float()

    def multiply_adds(self) -> dict[str, int]:
        return {}


class TinyDiscriminator(Discriminator):
    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.conv = nn.Conv2d(1, 3, 3, stride=2)
        self.out = nn.Linear(12 + classes, 1)

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        x = functional.leaky_relu(self.conv(images), 0.2).flatten(1)
        if self.classes:
            x = torch.cat([x, one_hot(labels, self.classes, x.dtype)], 1)
        logits: Tensor = self.out(x)
        return logits.squeeze(1).float()

    def multiply_adds(self) -> dict[str, int]:
        return {}


def tiny_pair(labelled: bool = True) -> Pair:
    return Pair(
        name="tiny-labelled" if labelled else "tiny",
        latent=4,
        labelled=labelled,
        image_shape=(1, SIDE, SIDE),
        classes=CLASSES,
        generator=TinyGenerator,
        discriminator=TinyDiscriminator,
    )


def tiny_dataset(count: int = 50, side: int = SIDE, classes: int = CLASSES) -> Dataset:
    random = np.random.default_rng(5)
    return Dataset(
        images=random.integers(0, 256, (count, side, side), dtype=np.uint8),
        labels=np.arange(count, dtype=np.uint8) % classes,
        class_names=tuple(str(number) for number in range(classes)),
        name="noise",
        format="npz",
        source="nowhere",
        fingerprint="0123456789abcdef0123456789abcdef",
    )


def tiny_config(**values: Any) -> RunConfig:
    return read_values({"recipe": "swift", "d_batch": 8, "g_batch": 8, **values})


def tiny_engine(labelled: bool = True, count: int = 50, **values: Any) -> Engine:
    return Engine(tiny_config(**values), tiny_dataset(count), CPU, "fp32", tiny_pair(labelled))


def steer(engine: Engine, **values: Any) -> None:
    """Change some live settings of an engine."""
    engine.apply_settings(msgspec.structs.replace(engine.settings, **values))
