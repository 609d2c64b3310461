"""The article's two networks, parameter for parameter, computed the fast way.

Names, shapes and initial values of the parameters are those of ``literal.py``: state dictionaries are
exchangeable.

There are two ways through the same functions. On a CPU they go by functions written for its caches and
threads (``linear_norm``, ``upsampled_block``, ``pooled_conv``, ``channels_last_conv``), which take large
products to bfloat16 where autocast asks for it (``products``); on CUDA by torch's layers on channels-last
maps, which those would not serve. The generator takes the layers for a few images, too.
"""

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from gan_tui.networks.channels_last_conv import conv3
from gan_tui.networks.folding import distinct_side, repeats, shifts, upsample2_conv5_stride2, upsample4_conv3
from gan_tui.networks.linear_norm import linear_norm_relu
from gan_tui.networks.literal import (
    MAP_SIDE,
    SEED_CHANNELS,
    SEED_SIDE,
    LiteralDiscriminator,
    LiteralGenerator,
)
from gan_tui.networks.pooled_conv import conv_pool_relu
from gan_tui.networks.projection import with_labels
from gan_tui.networks.upsampled_block import upsampled_block
from gan_tui.networks.weighted_batch_norm import weighted_batch_norm_relu

__all__ = ["FEW", "ArticleDiscriminator", "ArticleGenerator", "by_hand", "patches"]

FEW: Final = 16
"""Images in a batch below which the layers are faster: with 8 they took 26 ms where the functions took 59."""

SEEN: Final = 26
"""Rows and columns of an image that the discriminator sees: its second pooling drops an odd line."""


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
        if self.training and len(z) >= FEW and by_hand(z):
            return self._forward_batch_last(z, labels)
        seed = self.seed_maps(z, labels).permute(0, 2, 3, 1)
        x = upsample4_conv3(seed, self.conv1.weight)
        x = weighted_batch_norm_relu(x, self.conv1.bias, self.repeats, MAP_SIDE**2, self.norm4)
        return torch.sigmoid(upsample2_conv5_stride2(x, self.conv2.weight, self.conv2.bias, self.shifts))

    def _forward_batch_last(self, z: Tensor, labels: Tensor | None) -> Tensor:
        """The same with images as the last axis; on a CPU in training this is faster."""
        x = with_labels(z, labels, self.classes).t()
        x = linear_norm_relu(x, self.linear1, self.norm1)
        x = linear_norm_relu(x, self.linear2, self.norm2)
        x = linear_norm_relu(x, self.linear3, self.norm3)
        maps = x.view(SEED_CHANNELS, SEED_SIDE, SEED_SIDE, -1)
        return torch.sigmoid(upsampled_block(maps, self.conv1, self.norm4, self.conv2))

    def multiply_adds(self) -> dict[str, int]:
        """See ``Generator.multiply_adds``; additions of products to each other are not counted."""
        return super().multiply_adds() | {
            "conv1": self.conv1.weight.numel() * SEED_SIDE**2,
            "conv2": 9 * self.conv2.in_channels * self.conv2.out_channels * distinct_side(SEED_SIDE) ** 2,
        }


class ArticleDiscriminator(LiteralDiscriminator):
    """The article's discriminator, channels-last: conv1 as a matrix product, ReLU behind pooling.

    A convolution of one channel is too thin for the libraries' own kernels; the product of its 3×3 patches,
    nine times a small map, comes out channels-last, as pooling and the second convolution are fastest with.
    ReLU and max-pooling commute exactly, gradients included (ReLU is monotone, and where it cuts a whole
    window off no gradient passes on either way), and behind the pooling there is a quarter of the pixels.
    Of the 11×11 pixels of the second convolution pooling drops the last row and column, so they, and what
    only they would see, are not computed.
    """

    def features(self, images: Tensor) -> Tensor:
        """See ``LiteralDiscriminator.features``."""
        images = images[:, :, :SEEN, :SEEN]
        bias1, bias2 = self.conv1.bias, self.conv2.bias
        if by_hand(images) and bias1 is not None and bias2 is not None:
            x = conv_pool_relu(images, self.conv1.weight, bias1)
            x = conv3(x, self.conv2.weight, bias2)
        else:
            taps = functional.linear(patches(images, 3), self.conv1.weight.flatten(1), bias1)
            x = functional.relu(functional.max_pool2d(taps.permute(0, 3, 1, 2), 2))
            weight = self.conv2.weight.contiguous(memory_format=torch.channels_last)
            x = functional.conv2d(x, weight, bias2)
        return self.condense(functional.relu(functional.max_pool2d(x, 2)).flatten(1))

    def multiply_adds(self) -> dict[str, int]:
        """See ``Discriminator.multiply_adds``."""
        return super().multiply_adds() | {
            "conv1": self.conv1.weight.numel() * (SEEN - 2) ** 2,
            "conv2": self.conv2.weight.numel() * ((SEEN - 2) // 2 - 2) ** 2,
        }


def by_hand(inputs: Tensor) -> bool:
    """Whether the functions for CPUs are the way."""
    return inputs.device.type == "cpu"


def patches(images: Tensor, side: int) -> Tensor:
    """The square patches around each inner pixel: (N, 1, H, W) → (N, H − side + 1, W − side + 1, side²)."""
    maps = images.squeeze(1)
    height, width = (length - side + 1 for length in maps.shape[1:])
    taps = [maps[:, i : i + height, j : j + width] for i in range(side) for j in range(side)]
    return torch.stack(taps, dim=-1)
