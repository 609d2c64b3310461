"""The article's two networks, parameter for parameter, computed the fast way.

Names, shapes and initial values of the parameters are those of ``literal.py``: state dictionaries are
exchangeable.
"""

import torch
from torch import Tensor
from torch.nn import functional

from gan_tui.networks.folding import distinct_side, repeats, upsample2_conv5_stride2, upsample4_conv3
from gan_tui.networks.literal import MAP_SIDE, SEED_SIDE, LiteralDiscriminator, LiteralGenerator
from gan_tui.networks.weighted_batch_norm import weighted_batch_norm


class ArticleGenerator(LiteralGenerator):
    """The article's generator over distinct pixels: 11 million multiply-adds an image, for 75 as written."""

    def __init__(self, classes: int = 0) -> None:
        super().__init__(classes)
        self.repeats: Tensor
        once = torch.tensor(repeats(SEED_SIDE))
        self.register_buffer("repeats", torch.outer(once, once), persistent=False)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """See ``Generator.forward``."""
        seed = self.seed_maps(z, labels).permute(0, 2, 3, 1)
        x = upsample4_conv3(seed, self.conv1.weight)
        x = weighted_batch_norm(x, self.conv1.bias, self.repeats, MAP_SIDE**2, self.norm4)
        x = upsample2_conv5_stride2(functional.relu(x), self.conv2.weight, self.conv2.bias)
        return torch.sigmoid(x)

    def multiply_adds(self) -> dict[str, int]:
        """See ``Generator.multiply_adds``; additions of products to each other are not counted."""
        return super().multiply_adds() | {
            "conv1": self.conv1.weight.numel() * SEED_SIDE**2,
            "conv2": 9 * self.conv2.in_channels * self.conv2.out_channels * distinct_side(SEED_SIDE) ** 2,
        }


class ArticleDiscriminator(LiteralDiscriminator):
    """The article's discriminator; its layers leave nothing to fold."""
