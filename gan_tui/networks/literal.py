"""The article's two networks, layer by layer as the article writes them.

They hold the parameters and name them; ``article.py`` computes the same functions of the same parameters
faster. Tests and benchmarks take these as the reference.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_tui.networks.base import Discriminator, Generator
from gan_tui.networks.projection import Projection, with_labels

LATENT: Final = 64
IMAGE_SHAPE: Final = (1, 28, 28)
SEED_CHANNELS: Final = 128
"""Channels of the small map that the generator's linear layers make."""
SEED_SIDE: Final = 7
MAP_CHANNELS: Final = 64
"""Channels of the generator's large map."""
MAP_SIDE: Final = 30
FEATURES: Final = 128
"""Length of the vector from which the discriminator judges."""


class LiteralGenerator(Generator):
    """z → three linear layers → 128×7×7 → upsample ×4, conv 3×3 → upsample ×2, conv 5×5 stride 2 → 1×28×28.

    Args:
        classes: labels, appended to z as one-hot; 0 for the article's own network.
    """

    def __init__(self, classes: int = 0) -> None:
        super().__init__()
        self.latent = LATENT
        self.classes = classes
        seed = SEED_CHANNELS * SEED_SIDE**2
        self.linear1 = nn.Linear(LATENT + classes, 128)
        self.norm1 = nn.BatchNorm1d(128)
        self.linear2 = nn.Linear(128, 1152)
        self.norm2 = nn.BatchNorm1d(1152)
        self.linear3 = nn.Linear(1152, seed)
        self.norm3 = nn.BatchNorm1d(seed)
        self.upsample1 = nn.Upsample(scale_factor=4, mode="nearest")
        self.conv1 = nn.Conv2d(SEED_CHANNELS, MAP_CHANNELS, kernel_size=3, stride=1, padding=2)
        self.norm4 = nn.BatchNorm2d(MAP_CHANNELS)
        self.upsample2 = nn.Upsample(scale_factor=2, mode="nearest")
        self.conv2 = nn.Conv2d(MAP_CHANNELS, IMAGE_SHAPE[0], kernel_size=5, stride=2)

    def seed_maps(self, z: Tensor, labels: Tensor | None) -> Tensor:
        """The linear layers: (N, latent) → (N, 128, 7, 7)."""
        x = functional.relu(self.norm1(self.linear1(with_labels(z, labels, self.classes))))
        x = functional.relu(self.norm2(self.linear2(x)))
        x = functional.relu(self.norm3(self.linear3(x)))
        return x.view(-1, SEED_CHANNELS, SEED_SIDE, SEED_SIDE)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """See ``Generator.forward``."""
        x = self.conv1(self.upsample1(self.seed_maps(z, labels)))
        x = self.conv2(self.upsample2(functional.relu(self.norm4(x))))
        return torch.sigmoid(x).to(self.conv2.weight.dtype)

    def multiply_adds(self) -> dict[str, int]:
        """See ``Generator.multiply_adds``."""
        return {
            "linear1": self.linear1.weight.numel(),
            "linear2": self.linear2.weight.numel(),
            "linear3": self.linear3.weight.numel(),
            "conv1": self.conv1.weight.numel() * MAP_SIDE**2,
            "conv2": self.conv2.weight.numel() * IMAGE_SHAPE[1] * IMAGE_SHAPE[2],
        }


class LiteralDiscriminator(Discriminator):
    """1×28×28 → two times (conv 3×3, ReLU, max-pooling) → three linear layers → logit.

    Args:
        classes: labels, by projection on the last features; 0 for the article's own network.
    """

    def __init__(self, classes: int = 0) -> None:
        super().__init__()
        self.classes = classes
        self.conv1 = nn.Conv2d(IMAGE_SHAPE[0], 32, kernel_size=3)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=3)
        self.linear1 = nn.Linear(64 * 5 * 5, 1024)
        self.linear2 = nn.Linear(1024, FEATURES)
        self.linear3 = nn.Linear(FEATURES, 1)
        self.projection = Projection(FEATURES, classes) if classes else None

    def features(self, images: Tensor) -> Tensor:
        """The convolutions and all linear layers but the last: (N, 1, 28, 28) → (N, 128)."""
        x = functional.max_pool2d(functional.relu(self.conv1(images)), 2)
        x = functional.max_pool2d(functional.relu(self.conv2(x)), 2)
        return self.condense(x.flatten(1))

    def condense(self, x: Tensor) -> Tensor:
        """The first two linear layers: (N, 1600) → (N, 128)."""
        return functional.relu(self.linear2(functional.relu(self.linear1(x))))

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """See ``Discriminator.forward``."""
        features = self.features(images)
        logits: Tensor = self.linear3(features).squeeze(1)
        if self.projection is not None:
            logits = logits + self.projection(features, labels)
        return logits.to(self.linear3.weight.dtype)

    def multiply_adds(self) -> dict[str, int]:
        """See ``Discriminator.multiply_adds``."""
        counts = {
            "conv1": self.conv1.weight.numel() * 26**2,
            "conv2": self.conv2.weight.numel() * 11**2,
            "linear1": self.linear1.weight.numel(),
            "linear2": self.linear2.weight.numel(),
            "linear3": self.linear3.weight.numel(),
        }
        return counts | ({"projection": self.projection.multiply_adds()} if self.projection else {})
