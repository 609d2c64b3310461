"""The folded convolutions' sums with the batch as the last axis, for CPUs.

With images last, every sum of shifted maps goes by runs of at least a batch's length, each channel's map lies
in one piece, and no layer before or behind needs a transposed copy. Distinct rows and columns are ordered by
phase here: all 3q, then all 3q + 1, then all 3q + 2, so that shifted maps are slices without gaps. Everything
is written to where it belongs, into memory that the caller gives.
"""

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

TAPS: Final = 3
"""Taps along an axis, of the first convolution and of the folded second one."""
SCALE: Final = 4
"""What the first upsampling multiplies a side by; the second convolution's result is as large."""


class Axis:
    """The first convolution's sums along one axis, between three maps of products and the distinct pixels.

    Distinct pixel 3q + r is a[q−1] + b[q−1] + c[q] for r = 0, a[q−1] + b[q] + c[q] for r = 1, and
    a[q] + b[q] + c[q] for r = 2, with zeros outside (see ``folding.upsample4_conv3``).

    The places are given once and used again and again: to make a view takes the interpreter, to add does not,
    and where two threads made their views at each use they waited for each other as long as they computed.

    Args:
        taps: a, b and c, the products with the three taps, each (…, n, L).
        out: (…, 3n + 2, L), ordered by phase.
    """

    def __init__(self, taps: Sequence[Tensor], out: Tensor) -> None:
        a, _, c = self._taps = tuple(taps)
        n = a.shape[-2]
        first, second, third = by_phase(out)
        self._third, self._here, self._next = third, second.narrow(-2, 0, n), first.narrow(-2, 1, n)
        self._second_next, self._first_here = second.narrow(-2, 1, n), first.narrow(-2, 0, n)
        self._inner = (third.narrow(-2, 0, n - 1), c.narrow(-2, 1, n - 1), first.narrow(-2, 1, n - 1))
        self._shifted = (second.narrow(-2, 1, n - 1), a.narrow(-2, 0, n - 1))
        ends = (n - 1, 1)
        self._copies = (
            (first.narrow(-2, n, 1), third.narrow(-2, *ends)),
            (second.narrow(-2, n, 1), a.narrow(-2, *ends)),
            (first.narrow(-2, 0, 1), c.narrow(-2, 0, 1)),
        )

    def spread(self) -> None:
        """Sum the products to the distinct pixels."""
        a, b, c = self._taps
        torch.add(a, b, out=self._third)
        for target, source in self._copies:
            target.copy_(source)
        head, ahead, inner = self._inner
        torch.add(head, ahead, out=inner)
        self._third.add_(c)
        torch.add(b, c, out=self._here)
        target, source = self._shifted
        target.add_(source)

    def gather(self, taps: Sequence[Tensor] | None = None) -> None:
        """The transpose of ``spread``: from the distinct pixels to the three maps, or to these instead."""
        a, b, c = self._taps if taps is None else taps
        torch.add(self._next, self._third, out=b)
        torch.add(b, self._second_next, out=a)
        b.add_(self._here)
        torch.add(self._first_here, self._here, out=c)
        c.add_(self._third)


def by_phase(maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Views of the three phases along the axis before the last: (…, 3n + 2, L) → n + 1, n + 1 and n rows."""
    n = (maps.shape[-2] - 2) // 3
    return maps.narrow(-2, 0, n + 1), maps.narrow(-2, n + 1, n + 1), maps.narrow(-2, 2 * n + 2, n)


def place(taps: Sequence[Tensor], out: Tensor) -> None:
    """Add the distinct pixels' products with the folded second convolution's taps, along one axis.

    Output o takes the distinct pixel of row o + i by tap i. With o = 4q + r, that row is 4 (q + e) + t for
    r + i = 4e + t, and its distinct pixel 3 (q + e) + min(t, 2): for each r and i, one slice of one phase.

    Args:
        taps: three maps (…, 3n + 2, L), ordered by phase.
        out: (…, 4n, L), ordered by r: all 4q, then all 4q + 1, and so on.
    """
    n = out.shape[-2] // SCALE
    for r in range(SCALE):
        target = out.narrow(-2, r * n, n)
        one, two, three = (_seen(maps, r + i, n) for i, maps in enumerate(taps))
        torch.add(one, two, out=target).add_(three)


def unplace(maps: Tensor, taps: Sequence[Tensor]) -> None:
    """The transpose of ``place``.

    Args:
        maps: (…, 4n, L), ordered by r.
        taps: where the three maps go, each (…, 3n + 2, L), ordered by phase.
    """
    n = maps.shape[-2] // SCALE
    for target in taps:
        target.zero_()
    for r in range(SCALE):
        source = maps.narrow(-2, r * n, n)
        for i, target in enumerate(taps):
            _seen(target, r + i, n).add_(source)


def _seen(maps: Tensor, row: int, n: int) -> Tensor:
    """The distinct pixels of the full map's rows 4q + ``row`` for q from 0 to n − 1: a view."""
    ahead, phase = divmod(row, SCALE)
    return by_phase(maps)[min(phase, 2)].narrow(-2, ahead, n)
