"""The light pair, for slow processors: 1/79 of the article's multiply-adds as written, 1/15 as folded.

On a CPU in full precision both networks are computed by ``light_generator_pass`` and
``light_discriminator_pass``, the same functions of the same parameters; elsewhere by torch's own layers.
"""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_tui.networks import light_discriminator_pass, light_generator_pass
from gan_tui.networks.base import UNLABELLED, Discriminator, Generator, NetworkError, one_hot
from gan_tui.networks.base import in_full_precision_on_cpu as by_hand
from gan_tui.networks.light_discriminator_pass import LEAK
from gan_tui.networks.projection import Projection, with_labels

__all__ = [
    "IMAGE_SHAPE",
    "LATENT",
    "LEAK",
    "NARROW",
    "SMALL_SIDE",
    "WIDE",
    "LightDiscriminator",
    "LightGenerator",
    "by_hand",
]

LATENT: Final = 64
IMAGE_SHAPE: Final = (1, 28, 28)
WIDE: Final = 32
"""Channels of the small maps, in both networks."""
NARROW: Final = 16
"""Channels of the middle maps, in both networks."""
SMALL_SIDE: Final = 7
MIDDLE_SIDE: Final = 14


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
        x = with_labels(z, labels, self.classes)
        if by_hand(x):
            norms = light_generator_pass.Norm.of(self.norm1), light_generator_pass.Norm.of(self.norm2)
            parameters = light_generator_pass.Parameters(*self.parameters())
            return light_generator_pass.images(x, (SMALL_SIDE, SMALL_SIDE), norms, parameters)
        # The parameters are permuted, not the maps: pixels come first, so that the maps are channels-last.
        weight = self.linear.weight.view(WIDE, SMALL_SIDE**2, -1).transpose(0, 1).flatten(0, 1)
        bias = self.linear.bias.view(WIDE, SMALL_SIDE**2).t().flatten()
        x = functional.linear(x, weight, bias).view(-1, SMALL_SIDE, SMALL_SIDE, WIDE).permute(0, 3, 1, 2)
        x = functional.relu(self.norm1(x), inplace=True)
        x = functional.relu(self.norm2(self.conv1(x)), inplace=True)
        return torch.sigmoid(self.conv2(x)).to(self.linear.weight.dtype)

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
        if by_hand(images):
            if self.classes and labels is None:
                raise NetworkError(UNLABELLED)
            parameters = light_discriminator_pass.Parameters(*self.parameters())
            return light_discriminator_pass.logits(images, labels, parameters)
        x = functional.leaky_relu(self.conv1(2 * images - 1), LEAK)
        x = functional.leaky_relu(self.conv2(x), LEAK, inplace=True)
        # The vectors are permuted, not the maps: so these and their gradients stay channels-last.
        features = x.permute(0, 2, 3, 1).flatten(1)
        if self.projection is None:
            logits = self._products(features, self.linear.weight).squeeze(1)
        else:
            # As Projection does it, with the linear layer's vector in the same product.
            products = self._products(features, torch.cat([self.linear.weight, self.projection.embedding]))
            chosen = one_hot(labels, self.classes, products.dtype)
            logits = products[:, 0] + (products[:, 1:] * chosen).sum(dim=1)
        logits = logits + self.linear.bias
        return logits.to(self.linear.weight.dtype)

    @staticmethod
    def _products(features: Tensor, vectors: Tensor) -> Tensor:
        """(N, 7 · 7 · 32), pixels first, and vectors (M, 32 · 7 · 7) → their inner products (N, M)."""
        pixels_first = vectors.view(-1, WIDE, SMALL_SIDE**2).transpose(1, 2).flatten(1)
        return functional.linear(features, pixels_first)

    def multiply_adds(self) -> dict[str, int]:
        """See ``Discriminator.multiply_adds``."""
        counts = {
            "conv1": self.conv1.weight.numel() * MIDDLE_SIDE**2,
            "conv2": self.conv2.weight.numel() * SMALL_SIDE**2,
            "linear": self.linear.weight.numel(),
        }
        return counts | ({"projection": self.projection.multiply_adds()} if self.projection else {})
