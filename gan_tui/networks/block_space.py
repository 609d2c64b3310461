"""How the work of the generator's two convolutions is cut, and the places where one thread does its part.

See ``upsampled_block``, whose function works there.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from gan_tui.networks.batch_last import SCALE, TAPS, Axis
from gan_tui.networks.folding import distinct_side
from gan_tui.networks.threads import cut

CHUNK: Final = 5 << 17
"""Numbers of the large map that are worked on at once, at most: 2.5 MiB in float32; a few such work."""
PRODUCTS: Final = 1 << 23
"""Numbers that the first convolution's products may take: 32 MiB, above which glibc hands memory back."""
SMALL: Final = 1 << 19
"""Pixels of a channel below which one thread puts the drawn images together; 256 images have 135,000."""
_DOUBLED: Final = 2
"""How often the full map repeats a distinct row of the third phase; those of the others stand once."""


def full_pixels(side: int) -> int:
    """Pixels of the full map of a small map of ``side`` rows."""
    return (SCALE * side + 2) ** 2


def weights(side: int, like: Tensor) -> Tensor:
    """How often each distinct pixel stands in the full map, in the order by phase: (large²,)."""
    once = like.new_ones(distinct_side(side))
    once[-side:] = _DOUBLED
    return torch.outer(once, once).flatten()


@dataclass(frozen=True)
class Plan:
    """How the work is cut, by the shapes of the small maps and of the weight (K, C, 3, 3)."""

    channels: int
    outputs: int
    side: int
    images: int

    @property
    def large(self) -> int:
        """Distinct pixels along an axis."""
        return distinct_side(self.side)

    @property
    def pixels(self) -> int:
        """Distinct pixels of all images: the length of a channel."""
        return self.large**2 * self.images

    @property
    def is_small(self) -> bool:
        """Whether what is no channel's is sooner done by one thread than by several."""
        return self.pixels < SMALL

    @property
    def product(self) -> tuple[int, int, int, int]:
        """Shape of a channel's products with the first convolution's taps."""
        return TAPS, TAPS, self.side, self.side * self.images

    @property
    def total(self) -> int:
        """Pixels of the full map of all images."""
        return full_pixels(self.side) * self.images

    @property
    def step(self) -> int:
        """Channels that are worked on at once, a power of 2, so that products have whole blocks of rows."""
        return min(self.outputs, 1 << max(0, (CHUNK // self.pixels).bit_length() - 1))

    @property
    def group(self) -> int:
        """Channels of one product of the first convolution, a multiple of the step: large ones are fast."""
        room = PRODUCTS // (TAPS**2 * self.side**2 * self.images)
        return min(self.outputs, max(1, room // self.step) * self.step)

    def steps(self) -> list[slice]:
        """The channels of each step."""
        return [
            slice(start, min(start + self.step, self.outputs)) for start in range(0, self.outputs, self.step)
        ]

    def groups(self) -> list[tuple[slice, list[tuple[int, int]]]]:
        """The channels of each group, and for each thread which steps of it, as a range of their numbers."""
        groups = []
        for start in range(0, self.outputs, self.group):
            end = min(start + self.group, self.outputs)
            first, last = start // self.step, -(-end // self.step)
            parts = [(first + one, first + other) for one, other in cut(last - first)]
            groups.append((slice(start, end), parts))
        return groups


class Space:
    """What one thread writes to and reads again, for one step after another.

    Args:
        plan: of the work.
        like: a tensor of the dtype.
        backward: whether for the way back, which needs two maps.
    """

    def __init__(self, plan: Plan, like: Tensor, backward: bool) -> None:
        self._plan = plan
        self._maps = like.new_empty(2 if backward else 1, plan.step, plan.pixels)
        self._lines = like.new_empty(plan.step, TAPS, plan.large, plan.side * plan.images)
        self._products = like.new_empty(plan.step, *plan.product)
        self._desks: dict[int, Desk] = {}

    def desk(self, count: int) -> "Desk":
        """For so many channels, which are fewer in the last step only."""
        found = self._desks.get(count)
        if found is None:
            found = Desk(self._plan, self._maps[:, :count], self._lines[:count], self._products[:count])
            self._desks[count] = found
        return found


class Desk:
    """The views of a space for some number of channels, K.

    Attributes:
        products: (K, 3, 3, n, n N), of the first convolution.
        maps: one or two, each (K, pixels).
        map: the last of them, as (K, large, large, N): what products spread to, and gather from.
    """

    def __init__(self, plan: Plan, maps: Tensor, lines: Tensor, products: Tensor) -> None:
        count, large = len(products), plan.large
        self.products, self.maps = products, maps.unbind(0)
        shaped = [one.view(count, large, large, plan.images) for one in self.maps]
        self.map = shaped[-1]
        level = lines.view(count, TAPS, large, plan.side, plan.images)
        self._axes = Axis(products.unbind(1), lines), Axis(level.unbind(1), self.map)
        once = large - plan.side
        self._weighted = [
            (shaped[-1][:, rows, columns], shaped[0][:, rows, columns], high * wide)
            for rows, high in ((slice(None, once), 1), (slice(once, None), _DOUBLED))
            for columns, wide in ((slice(None, once), 1), (slice(once, None), _DOUBLED))
        ]

    def spread(self, products: Tensor) -> None:
        """Sum products, given in any dtype, to the distinct pixels of the map."""
        self.products.copy_(products)
        for axis in self._axes:
            axis.spread()

    def gather(self, products: Tensor) -> None:
        """The transpose of ``spread``: from the map to products."""
        upright, level = self._axes
        level.gather()
        if products.dtype == self.products.dtype:
            upright.gather(products.unbind(1))
        else:
            upright.gather()
            products.copy_(self.products)

    def add_weighted(self) -> None:
        """Add the first map, times the pixels' weights, to the last."""
        for target, term, weight in self._weighted:
            target.add_(term, alpha=weight)
