"""The light pair as one writes it with torch's layers; the parameters are those of ``networks/light.py``.

Only what computes is written here, by nothing but torch's layers and the pair's own embedding of labels, so
that it can be held against the passes.
"""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from gan_tui.networks.light import SMALL_SIDE, WIDE, LightDiscriminator, LightGenerator
from gan_tui.networks.projection import with_labels

__all__ = ["LEAK", "SMALL_SIDE", "WIDE", "LiteralLightDiscriminator", "LiteralLightGenerator"]

LEAK: Final = 0.2
"""Slope of LeakyReLU below 0; not taken from the passes, which are held against it."""


class LiteralLightGenerator(LightGenerator):
    """z → linear → transposed convolution → transposed convolution → sigmoid, NCHW.

    Args:
        classes: labels, appended to z as one-hot; 0 for none.
    """

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, 64) and labels (N,) → (N, 1, 28, 28) in [0, 1]."""
        x = self.linear(with_labels(z, labels, self.classes)).view(-1, WIDE, SMALL_SIDE, SMALL_SIDE)
        x = functional.relu(self.norm1(x))
        x = functional.relu(self.norm2(self.conv1(x)))
        return torch.sigmoid(self.conv2(x))


class LiteralLightDiscriminator(LightDiscriminator):
    """2x − 1 → convolution → convolution → linear, and the projection of the label, NCHW.

    Args:
        classes: labels, by projection on the last maps; 0 for none.
    """

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """(N, 1, 28, 28) in [0, 1] and labels (N,) → logits (N,)."""
        x = functional.leaky_relu(self.conv1(2 * images - 1), LEAK)
        features = functional.leaky_relu(self.conv2(x), LEAK).flatten(1)
        logits: Tensor = self.linear(features).squeeze(1)
        return logits if self.projection is None else logits + self.projection(features, labels)
