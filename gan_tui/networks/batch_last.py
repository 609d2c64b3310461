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


def by_phase(maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Views of the three phases along the axis before the last: (…, 3n + 2, L) → n + 1, n + 1 and n rows."""
    n = (maps.shape[-2] - 2) // 3
    return maps.narrow(-2, 0, n + 1), maps.narrow(-2, n + 1, n + 1), maps.narrow(-2, 2 * n + 2, n)


def spread(taps: Sequence[Tensor], out: Tensor, shift: Tensor | None = None) -> None:
    """Sum the products with three taps to the distinct pixels along one axis.

    Distinct pixel 3q + r is a[q−1] + b[q−1] + c[q] for r = 0, a[q−1] + b[q] + c[q] for r = 1, and
    a[q] + b[q] + c[q] for r = 2, with zeros outside (see ``folding.upsample4_conv3``).

    Args:
        taps: a, b and c, each (…, n, L). With a shift, c is overwritten.
        out: (…, 3n + 2, L), ordered by phase.
        shift: added to every distinct pixel, broadcastable against (…, n, L); None for 0.
    """
    a, b, c = taps
    n = a.shape[-2]
    first, second, third = by_phase(out)
    torch.add(a, b, out=third)
    first.narrow(-2, n, 1).copy_(third.narrow(-2, n - 1, 1))
    second.narrow(-2, n, 1).copy_(a.narrow(-2, n - 1, 1))
    if shift is not None:
        # In c it reaches every pixel but these two, which c has no part in.
        c.add_(shift)
        first.narrow(-2, n, 1).add_(shift)
        second.narrow(-2, n, 1).add_(shift)
    first.narrow(-2, 0, 1).copy_(c.narrow(-2, 0, 1))
    torch.add(third.narrow(-2, 0, n - 1), c.narrow(-2, 1, n - 1), out=first.narrow(-2, 1, n - 1))
    third.add_(c)
    torch.add(b, c, out=second.narrow(-2, 0, n))
    second.narrow(-2, 1, n - 1).add_(a.narrow(-2, 0, n - 1))


def gather(maps: Tensor, taps: Sequence[Tensor]) -> None:
    """The transpose of ``spread``.

    Args:
        maps: (…, 3n + 2, L), ordered by phase.
        taps: where a, b and c go, each (…, n, L).
    """
    a, b, c = taps
    n = a.shape[-2]
    first, second, third = by_phase(maps)
    here = second.narrow(-2, 0, n)
    torch.add(first.narrow(-2, 1, n), third, out=b)
    torch.add(b, second.narrow(-2, 1, n), out=a)
    b.add_(here)
    torch.add(first.narrow(-2, 0, n), here, out=c)
    c.add_(third)


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
