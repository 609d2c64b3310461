"""What a generator and a discriminator are to the rest of the program."""

from abc import ABC, abstractmethod
from typing import Final

import torch
from torch import Tensor, nn


class NetworkError(Exception):
    """A pair of networks was asked for something that it cannot do; the message is one sentence."""


UNLABELLED: Final = "this pair of networks is labelled: give it one label an image"
"""What is wrong where a labelled network got no labels."""


class Generator(nn.Module, ABC):
    """Makes images from latent vectors.

    Attributes:
        latent: length of a latent vector z.
        classes: number of labels that the network is told, 0 where it takes none.
    """

    latent: int
    classes: int

    @abstractmethod
    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Draw images.

        Args:
            z: (N, latent), floating; any distribution, as the recipe has it.
            labels: (N,), int64 in [0, classes); needed by a labelled network, ignored by the others.

        Returns:
            (N, C, H, W) in [0, 1], in the dtype of the network's parameters.

        Raises:
            NetworkError: a labelled network got no labels.
        """

    @abstractmethod
    def multiply_adds(self) -> dict[str, int]:
        """Multiply-adds of a forward pass for one image, by layer, as computed (not as written)."""


class Discriminator(nn.Module, ABC):
    """Tells real images from generated ones.

    Attributes:
        classes: number of labels that the network is told, 0 where it takes none.
    """

    classes: int

    @abstractmethod
    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Judge images.

        There is no sigmoid at the end: losses take logits. BCE of a sigmoid is BCE with logits in exact
        arithmetic; in floating point the latter does not saturate.

        Args:
            images: (N, C, H, W) in [0, 1], floating.
            labels: (N,), int64 in [0, classes); needed by a labelled network, ignored by the others.

        Returns:
            Logits (N,), in the dtype of the network's parameters: above 0 where the image seems real.

        Raises:
            NetworkError: a labelled network got no labels.
        """

    @abstractmethod
    def multiply_adds(self) -> dict[str, int]:
        """Multiply-adds of a forward pass for one image, by layer."""


def in_full_precision_on_cpu(inputs: Tensor) -> bool:
    """Whether the functions for CPUs are the way; under autocast torch's layers convert what they compute."""
    return inputs.device.type == "cpu" and not torch.is_autocast_enabled("cpu")


def one_hot(labels: Tensor | None, classes: int, dtype: torch.dtype) -> Tensor:
    """Labels as rows of a unit matrix, without a look at their values (so that nothing waits for the device).

    Args:
        labels: (N,), integers in [0, classes); one out of range gives a row of zeros.
        classes: number of columns.
        dtype: of the result.

    Returns:
        (N, classes) of 0 and 1.

    Raises:
        NetworkError: there are no labels.
    """
    if labels is None:
        raise NetworkError(UNLABELLED)
    return (labels.unsqueeze(1) == torch.arange(classes, device=labels.device)).to(dtype)
