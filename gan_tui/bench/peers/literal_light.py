"""The light pair as one writes it with torch's layers; parameters and names as in ``networks/light.py``."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_tui.networks.projection import Projection, with_labels

LATENT: Final = 64
WIDE: Final = 32
"""Channels of the small maps."""
NARROW: Final = 16
"""Channels of the middle maps."""
SMALL_SIDE: Final = 7
LEAK: Final = 0.2
"""Slope of LeakyReLU below 0."""


class LiteralLightGenerator(nn.Module):
    """z → linear → transposed convolution → transposed convolution → sigmoid, NCHW.

    Args:
        classes: labels, appended to z as one-hot; 0 for none.
    """

    def __init__(self, classes: int = 0) -> None:
        super().__init__()
        self.classes = classes
        self.linear = nn.Linear(LATENT + classes, WIDE * SMALL_SIDE**2)
        self.norm1 = nn.BatchNorm2d(WIDE)
        self.conv1 = nn.ConvTranspose2d(WIDE, NARROW, kernel_size=4, stride=2, padding=1)
        self.norm2 = nn.BatchNorm2d(NARROW)
        self.conv2 = nn.ConvTranspose2d(NARROW, 1, kernel_size=4, stride=2, padding=1)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, 64) and labels (N,) → (N, 1, 28, 28) in [0, 1]."""
        x = self.linear(with_labels(z, labels, self.classes)).view(-1, WIDE, SMALL_SIDE, SMALL_SIDE)
        x = functional.relu(self.norm1(x))
        x = functional.relu(self.norm2(self.conv1(x)))
        return torch.sigmoid(self.conv2(x))


class LiteralLightDiscriminator(nn.Module):
    """2x − 1 → convolution → convolution → linear, and the projection of the label, NCHW.

    Args:
        classes: labels, by projection on the last maps; 0 for none.
    """

    def __init__(self, classes: int = 0) -> None:
        super().__init__()
        features = WIDE * SMALL_SIDE**2
        self.conv1 = nn.Conv2d(1, NARROW, kernel_size=4, stride=2, padding=1)
        self.conv2 = nn.Conv2d(NARROW, WIDE, kernel_size=4, stride=2, padding=1)
        self.linear = nn.Linear(features, 1)
        self.projection = Projection(features, classes) if classes else None

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, 1, 28, 28) in [0, 1] and labels (N,) → logits (N,)."""
        x = functional.leaky_relu(self.conv1(2 * images - 1), LEAK)
        features = functional.leaky_relu(self.conv2(x), LEAK).flatten(1)
        logits: Tensor = self.linear(features).squeeze(1)
        return logits if self.projection is None else logits + self.projection(features, labels)
