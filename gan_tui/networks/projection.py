"""Labels in both networks: appended to z, and projected in the discriminator.

The projection discriminator is that of T. Miyato and M. Koyama, "cGANs with Projection Discriminator",
ICLR 2018: logit(x, y) = psi(phi(x)) + <embedding(y), phi(x)>.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from gan_tui.networks.base import one_hot


def with_labels(z: Tensor, labels: Tensor | None, classes: int) -> Tensor:
    """Append the one-hot label to z.

    Args:
        z: (N, latent), floating.
        labels: (N,), int64 in [0, classes); ignored where ``classes`` is 0.
        classes: 0 for a network without labels.

    Returns:
        (N, latent + classes) in the dtype of z; z itself where ``classes`` is 0.

    Raises:
        NetworkError: labels are needed and missing.
    """
    if classes == 0:
        return z
    return torch.cat([z, one_hot(labels, classes, z.dtype)], dim=1)


class Projection(nn.Module):
    """Inner product of each image's features with the embedding of its label.

    The products with all embeddings are taken and the label's own is picked by a mask: for ten classes this
    costs less than a gather, and its gradient is a matrix product, not a scatter, so it is deterministic on
    every device.
    """

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.embedding = nn.Parameter(torch.randn(classes, features))

    def forward(self, features: Tensor, labels: Tensor | None) -> Tensor:
        """(N, features) and (N,) int64 → (N,); raises NetworkError where labels are missing."""
        products = functional.linear(features, self.embedding)
        return (products * one_hot(labels, self.classes, products.dtype)).sum(dim=1)

    def multiply_adds(self) -> int:
        """Multiply-adds for one image."""
        return self.embedding.numel()
