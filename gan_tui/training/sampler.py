"""Which images come next: every image once an epoch, in an order that two numbers bring back."""

import torch
from torch import Tensor

from gan_tui.training.seeds import Stream, derive


class Sampler:
    """Endless shuffled indices without repetition within an epoch.

    The order of an epoch follows from the seed and the epoch's number alone, and is the same on every device,
    so ``epoch`` and ``position`` are all that must be saved. A batch that meets the end of an epoch is filled
    from the next one.

    Args:
        count: number of images, at least 1.
        seed: of the run.
        device: where the indices are wanted.

    Attributes:
        epoch: whole passes done. position: images already given in the present pass, in [0, count).
    """

    def __init__(self, count: int, seed: int, device: torch.device) -> None:
        if count < 1:
            raise ValueError("a sampler needs at least one image")
        self.count = count
        self.seed = seed
        self.device = device
        self.epoch = 0
        self.position = 0
        self._order: Tensor | None = None

    def take(self, count: int) -> Tensor:
        """The next ``count`` indices, int64 (count,) on the device."""
        pieces = []
        while count > 0:
            order = self._permutation()
            piece = order[self.position : self.position + count]
            pieces.append(piece)
            count -= len(piece)
            self.position += len(piece)
            if self.position == self.count:
                self.seek(self.epoch + 1, 0)
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces)

    def seek(self, epoch: int, position: int, seed: int | None = None) -> None:
        """Go to a place in the endless sequence, or in that of another seed.

        Raises:
            ValueError: there is no such place.
        """
        if epoch < 0 or not 0 <= position < self.count:
            raise ValueError(f"no position {position} of epoch {epoch} among {self.count} images")
        seed = self.seed if seed is None else seed
        if (epoch, seed) != (self.epoch, self.seed):
            self._order = None
        self.seed = seed
        self.epoch = epoch
        self.position = position

    def _permutation(self) -> Tensor:
        if self._order is None:
            generator = torch.Generator().manual_seed(derive(self.seed, Stream.SHUFFLE, self.epoch))
            order = torch.randperm(self.count, generator=generator)
            if self.device.type == "cuda":
                order = order.pin_memory()  # from there the copy waits for nothing
            self._order = order.to(self.device, non_blocking=True)
        return self._order
