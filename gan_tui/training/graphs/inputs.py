"""What the updates of a step read anew: indices of real images, noise and labels, a row for each update.

The host fills the rows in the order of the updates, by the draws that it would make for eager ones. On the
device each update takes the next row, by a counter that lies there. So an update that is recorded once may
stand several times in a step, and each time reads something else. Torch's own random numbers cannot do that:
the host tells a graph that is replayed where they are, and knows nothing of the copies in it.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from gan_tui.config.run_config import MAX_COUNT
from gan_tui.training.game import Game
from gan_tui.training.graphs.plan import Part
from gan_tui.training.latent import Noise


class Rows:
    """As many equal tensors as a step may have updates of a network; first written, then taken.

    Args:
        shape, dtype: of one. counter: int64 (1,), on their device: the next one to take.
    """

    def __init__(self, shape: tuple[int, ...], dtype: torch.dtype, counter: Tensor) -> None:
        self._rows = torch.zeros(MAX_COUNT, *shape, dtype=dtype, device=counter.device)
        self._counter = counter
        self._written = 0

    def next(self) -> Tensor:
        """The next one to be written: a view."""
        row = self._rows[self._written]
        self._written += 1
        return row

    def take(self) -> Tensor:
        """The next one that the device reads: a copy."""
        row = self._rows.index_select(0, self._counter).squeeze(0)
        self._counter.add_(1)
        return row

    def begin(self) -> None:
        """The next to be written is the first."""
        self._written = 0


class Inputs:
    """The rows of one game's steps, in its present configuration.

    Args:
        game: whose updates read them.
    """

    def __init__(self, game: Game) -> None:
        self._game = game
        config = game.config
        self._config = config
        self._counters = torch.zeros(5, dtype=torch.int64, device=game.device)
        indices, for_d, for_g, d_labels, g_labels = (self._counters[i : i + 1] for i in range(5))
        length = game.latent.length
        self._indices = Rows((config.d_batch,), torch.int64, indices)
        self._z = {
            Part.D: Rows((config.d_batch, length), torch.float32, for_d),
            Part.G: Rows((config.g_batch, length), torch.float32, for_g),
        }
        self._labels = {
            Part.D: Rows((config.d_batch,), torch.int64, d_labels),
            Part.G: Rows((config.g_batch,), torch.int64, g_labels),
        }

    def fill(self, parts: tuple[Part, ...], take: Callable[[int], Tensor]) -> None:
        """Draw what these parts will read.

        Args:
            parts: of which no network's updates are more than ``MAX_COUNT``.
            take: gives the next so many indices of real images, int64.
        """
        for rows in (self._indices, *self._z.values(), *self._labels.values()):
            rows.begin()
        latent = self._game.latent
        for part in parts:
            kind = _batch_of(part)
            latent.draw(self._images(kind), self._z[kind].next())
            if self._game.pair.labelled:
                latent.draw_labels(self._images(kind), self._labels[kind].next())
            if part is not Part.G:
                self._indices.next().copy_(take(self._config.d_batch))

    def rewind(self) -> None:
        """The device takes the first rows next; device work alone."""
        self._counters.zero_()

    def indices(self) -> Tensor:
        """Of the next update of D, int64 (d_batch,); device work alone."""
        return self._indices.take()

    def noise(self, part: Part) -> Noise:
        """Of the next such part; device work alone."""
        kind = _batch_of(part)
        return Noise(self._z[kind].take(), self._labels[kind].take() if self._game.pair.labelled else None)

    def _images(self, kind: Part) -> int:
        return self._config.d_batch if kind is Part.D else self._config.g_batch


def _batch_of(part: Part) -> Part:
    """Whose batch of noise the part reads: with shared fakes that of G."""
    return Part.D if part is Part.D else Part.G
