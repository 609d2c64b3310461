"""The article's two networks, parameter for parameter, computed the fast way.

Names, shapes and initial values of the parameters are those of ``literal.py``: state dictionaries are
exchangeable.
"""

import torch
from torch import Tensor
from torch.nn import functional

from gan_tui.networks.folding import distinct_side, repeats, shifts, upsample2_conv5_stride2, upsample4_conv3
from gan_tui.networks.literal import MAP_SIDE, SEED_SIDE, LiteralDiscriminator, LiteralGenerator
from gan_tui.networks.weighted_batch_norm import weighted_batch_norm_relu


class ArticleGenerator(LiteralGenerator):
    """The article's generator over distinct pixels: 11 million multiply-adds an image, for 75 as written."""

    def __init__(self, classes: int = 0) -> None:
        super().__init__(classes)
        self.repeats: Tensor
        self.shifts: Tensor
        once = repeats(SEED_SIDE)
        self.register_buffer("repeats", torch.outer(once, once), persistent=False)
        self.register_buffer("shifts", shifts(SEED_SIDE), persistent=False)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """See ``Generator.forward``."""
        seed = self.seed_maps(z, labels).permute(0, 2, 3, 1)
        x = upsample4_conv3(seed, self.conv1.weight)
        x = weighted_batch_norm_relu(x, self.conv1.bias, self.repeats, MAP_SIDE**2, self.norm4)
        return torch.sigmoid(upsample2_conv5_stride2(x, self.conv2.weight, self.conv2.bias, self.shifts))

    def multiply_adds(self) -> dict[str, int]:
        """See ``Generator.multiply_adds``; additions of products to each other are not counted."""
        return super().multiply_adds() | {
            "conv1": self.conv1.weight.numel() * SEED_SIDE**2,
            "conv2": 9 * self.conv2.in_channels * self.conv2.out_channels * distinct_side(SEED_SIDE) ** 2,
        }


class ArticleDiscriminator(LiteralDiscriminator):
    """The article's discriminator, channels-last, with ReLU behind the pooling.

    The two commute exactly, gradients included (ReLU is monotone, and where it cuts a whole window off no
    gradient passes on either way), and behind the pooling there is a quarter of the pixels.
    """

    def features(self, images: Tensor) -> Tensor:
        """See ``LiteralDiscriminator.features``."""
        last = torch.channels_last
        x = functional.conv2d(images, self.conv1.weight, self.conv1.bias).contiguous(memory_format=last)
        x = functional.relu(functional.max_pool2d(x, 2))
        x = functional.conv2d(x, self.conv2.weight.contiguous(memory_format=last), self.conv2.bias)
        x = functional.relu(functional.max_pool2d(x, 2))
        return self.condense(x.flatten(1))
