"""The judge's network: small, and good enough to read digits of any of our sizes."""

import torch
from torch import nn

FEATURES = 64
"""Length of the features that the Fréchet distance is taken on."""


class Classifier(nn.Module):
    """Two strided convolutions, two linear layers: images (N, C, H, W) in 0 … 1 → logits, features (N, 64).

    Strides instead of pooling keep one reading of a 28×28 image at 0.4 M multiply-adds.
    """

    def __init__(self, channels: int, height: int, width: int, classes: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, 16, 5, stride=2, padding=2)
        self.second = nn.Conv2d(16, 32, 3, stride=2, padding=1)
        rows, columns = (height + 1) // 2, (width + 1) // 2
        self.hidden = nn.Linear(32 * ((rows + 1) // 2) * ((columns + 1) // 2), FEATURES)
        self.last = nn.Linear(FEATURES, classes)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (N, classes) and features (N, 64), these at least 0."""
        x = torch.relu(self.first(images))
        x = torch.relu(self.second(x))
        features = torch.relu(self.hidden(x.flatten(1)))
        return self.last(features), features
