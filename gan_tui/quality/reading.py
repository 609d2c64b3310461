"""What the judge read in some images; readings of small batches are put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch

CONFIDENT: Final = 0.9
"""A sample counts as readable when the judge is surer than this."""
SEEN_SHARE: Final = 0.005
"""A class counts as seen from this share of the samples on."""


@dataclass(frozen=True)
class Reading:
    """Of N images: class (N,) int64, confidence (N,) float32 in 0 … 1, features (N, F) float32; all CPU."""

    classes: torch.Tensor
    confidence: torch.Tensor
    features: torch.Tensor

    def __len__(self) -> int:
        """How many images."""
        return len(self.classes)

    @property
    def readable(self) -> float:
        """Share read with a confidence above 0.9; 0 of no images."""
        return float((self.confidence > CONFIDENT).float().mean()) if len(self) else 0.0

    def shares(self, classes: int) -> tuple[float, ...]:
        """Share of each class, summing to 1."""
        counts = torch.bincount(self.classes, minlength=classes).double()
        return tuple((counts / max(1, len(self))).tolist())

    def newest(self, count: int) -> "Reading":
        """The last ``count`` of them."""
        return Reading(self.classes[-count:], self.confidence[-count:], self.features[-count:])

    @staticmethod
    def join(readings: Sequence["Reading"]) -> "Reading":
        """One reading of all; at least one is needed."""
        return Reading(
            torch.cat([reading.classes for reading in readings]),
            torch.cat([reading.confidence for reading in readings]),
            torch.cat([reading.features for reading in readings]),
        )


def seen(shares: Sequence[float]) -> int:
    """How many classes have at least half a per cent of the samples."""
    return sum(share >= SEEN_SHARE for share in shares)
