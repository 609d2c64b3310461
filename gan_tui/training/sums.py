"""Sums kept on the device: what a telemetry tick needs, for one transfer a tick and none a step."""

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_tui.link.messages import Moments

_INFINITY = float("inf")


@dataclass(frozen=True)
class Sums:
    """What became of the losses since the last look; None where no such update took place.

    Attributes:
        d_real, d_fake, g: losses over their updates.
        opinion_real, opinion_fake: mean over updates of D's output as a probability.
        right_real, right_fake: share of real (fake) images whose logit lay above (below) 0.
        d_updates, g_updates: updates since the last look.
    """

    d_real: Moments | None = None
    d_fake: Moments | None = None
    g: Moments | None = None
    opinion_real: float | None = None
    opinion_fake: float | None = None
    right_real: float | None = None
    right_fake: float | None = None
    d_updates: int = 0
    g_updates: int = 0


class Accumulator:
    """Adds up the losses and D's opinions on the device.

    What is added and how many updates that was are told apart: adding is work of the device that may be
    recorded, the counts are the host's.

    Args:
        device: where the losses are.
    """

    _D_ROW = 6
    """d_real, d_fake, opinion_real, opinion_fake, right_real, right_fake."""

    def __init__(self, device: torch.device) -> None:
        self._sums = torch.zeros(self._D_ROW + 1, device=device)
        self._minima = torch.full((3,), _INFINITY, device=device)
        self._maxima = torch.full((3,), -_INFINITY, device=device)
        self._d_updates = 0
        self._g_updates = 0

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """Everything on the device that adding changes."""
        return self._sums, self._minima, self._maxima

    def count(self, d_updates: int = 0, g_updates: int = 0) -> None:
        """So many updates have been, or are going to be, added."""
        self._d_updates += d_updates
        self._g_updates += g_updates

    @torch.no_grad()
    def add_d(self, losses: tuple[Tensor, Tensor], logits: tuple[Tensor, Tensor]) -> None:
        """Add one D update: its losses and logits on real and on fake images."""
        loss = torch.stack([losses[0].detach(), losses[1].detach()])
        opinions = [torch.sigmoid(one).mean() for one in logits]
        right = [(logits[0] > 0).float().mean(), (logits[1] < 0).float().mean()]
        self._sums[: self._D_ROW].add_(torch.cat([loss, torch.stack(opinions + right)]))
        torch.minimum(self._minima[:2], loss, out=self._minima[:2])
        torch.maximum(self._maxima[:2], loss, out=self._maxima[:2])

    @torch.no_grad()
    def add_g(self, loss: Tensor) -> None:
        """Add one G update: its loss."""
        row = loss.detach().reshape(1)
        self._sums[self._D_ROW :].add_(row)
        torch.minimum(self._minima[2:], row, out=self._minima[2:])
        torch.maximum(self._maxima[2:], row, out=self._maxima[2:])

    def take(self) -> Sums:
        """Everything since the last call, in one transfer; begins anew. Waits for the device."""
        d_updates, g_updates = self._d_updates, self._g_updates
        if d_updates == g_updates == 0:
            return Sums()
        row: list[float] = torch.cat([self._sums, self._minima, self._maxima]).tolist()
        sums, low, high = row[:-6], row[-6:-3], row[-3:]
        self._sums.zero_()
        self._minima.fill_(_INFINITY)
        self._maxima.fill_(-_INFINITY)
        self._d_updates = self._g_updates = 0
        counts = (d_updates, d_updates, g_updates)
        totals = (sums[0], sums[1], sums[self._D_ROW])
        d_real, d_fake, g = (
            Moments(count, total / count, least, most) if count else None
            for count, total, least, most in zip(counts, totals, low, high, strict=True)
        )
        opinions = [one / d_updates if d_updates else None for one in sums[2 : self._D_ROW]]
        return Sums(
            d_real=d_real,
            d_fake=d_fake,
            g=g,
            opinion_real=opinions[0],
            opinion_fake=opinions[1],
            right_real=opinions[2],
            right_fake=opinions[3],
            d_updates=d_updates,
            g_updates=g_updates,
        )
