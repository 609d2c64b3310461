"""The light pair, for slow processors: 1/79 of the article's multiply-adds as written, 1/15 as folded."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_tui.networks.base import Discriminator, Generator
from gan_tui.networks.projection import Projection, with_labels

LATENT: Final = 64
IMAGE_SHAPE: Final = (1, 28, 28)
WIDE: Final = 32
"""Channels of the small maps, in both networks."""
NARROW: Final = 16
"""Channels of the middle maps, in both networks."""
SMALL_SIDE: Final = 7
MIDDLE_SIDE: Final = 14
LEAK: Final = 0.2


class LightGenerator(Generator):
    """z → linear 32×7×7 → transposed conv 4×4 stride 2 to 16×14×14 → the same to 1×28×28.

    Args:
        classes: labels, appended to z as one-hot; 0 for none.
    """

    def __init__(self, classes: int = 0) -> None:
        super().__init__()
        self.latent = LATENT
        self.classes = classes
        self.linear = nn.Linear(LATENT + classes, WIDE * SMALL_SIDE**2)
        self.norm1 = nn.BatchNorm2d(WIDE)
        self.conv1 = nn.ConvTranspose2d(WIDE, NARROW, kernel_size=4, stride=2, padding=1)
        self.norm2 = nn.BatchNorm2d(NARROW)
        self.conv2 = nn.ConvTranspose2d(NARROW, IMAGE_SHAPE[0], kernel_size=4, stride=2, padding=1)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """See ``Generator.forward``."""
        x = self.linear(with_labels(z, labels, self.classes)).view(-1, WIDE, SMALL_SIDE, SMALL_SIDE)
        # On a CPU transposed convolutions are faster channels-last; the strided ones below are not.
        x = functional.relu(self.norm1(x.contiguous(memory_format=torch.channels_last)))
        x = self.conv2(functional.relu(self.norm2(self.conv1(x))))
        return torch.sigmoid(x).to(self.linear.weight.dtype)

    def multiply_adds(self) -> dict[str, int]:
        """See ``Generator.multiply_adds``."""
        return {
            "linear": self.linear.weight.numel(),
            "conv1": self.conv1.weight.numel() * SMALL_SIDE**2,
            "conv2": self.conv2.weight.numel() * MIDDLE_SIDE**2,
        }


class LightDiscriminator(Discriminator):
    """1×28×28 → conv 4×4 stride 2 to 16×14×14 → the same to 32×7×7 → logit.

    Args:
        classes: labels, by projection on the last maps; 0 for none.
    """

    def __init__(self, classes: int = 0) -> None:
        super().__init__()
        self.classes = classes
        features = WIDE * SMALL_SIDE**2
        self.conv1 = nn.Conv2d(IMAGE_SHAPE[0], NARROW, kernel_size=4, stride=2, padding=1)
        self.conv2 = nn.Conv2d(NARROW, WIDE, kernel_size=4, stride=2, padding=1)
        self.linear = nn.Linear(features, 1)
        self.projection = Projection(features, classes) if classes else None

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """See ``Discriminator.forward``; images are brought to [−1, 1] first."""
        x = functional.leaky_relu(self.conv1(2 * images - 1), LEAK)
        features = functional.leaky_relu(self.conv2(x), LEAK).flatten(1)
        logits: Tensor = self.linear(features).squeeze(1)
        if self.projection is not None:
            logits = logits + self.projection(features, labels)
        return logits.to(self.linear.weight.dtype)

    def multiply_adds(self) -> dict[str, int]:
        """See ``Discriminator.multiply_adds``."""
        counts = {
            "conv1": self.conv1.weight.numel() * MIDDLE_SIDE**2,
            "conv2": self.conv2.weight.numel() * SMALL_SIDE**2,
            "linear": self.linear.weight.numel(),
        }
        return counts | ({"projection": self.projection.multiply_adds()} if self.projection else {})
