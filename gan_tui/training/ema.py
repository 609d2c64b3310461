"""The generator's running average: smoother images than the generator of the moment."""

import copy
from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

from gan_tui.networks import Generator


class RunningAverage:
    """An exponential running average of a generator's parameters; buffers (batch norm's) are copied.

    average ← decay · average + (1 − decay) · parameters, after each G update.

    With a decay of 0 the average is the generator itself. Then nothing is computed in a step: the copy is
    made when somebody looks.

    Args:
        source: the generator in training; it is watched, not changed.
        decay: in [0, 1); may be set anew at any time.
    """

    def __init__(self, source: Generator, decay: float) -> None:
        self._module = copy.deepcopy(source).requires_grad_(False).eval()
        self._parameters: tuple[list[Tensor], list[Tensor]] = (
            list(self._module.parameters()),
            list(source.parameters()),
        )
        self._buffers = (list(self._module.buffers()), list(source.buffers()))
        self._stale = False
        self._decay = decay
        self._average = _averaging(decay)

    @property
    def decay(self) -> float:
        """The share that the average keeps of itself at each update."""
        return self._decay

    @decay.setter
    def decay(self, decay: float) -> None:
        if decay == self._decay:
            return
        self._refresh()
        self._decay = decay
        self._average = _averaging(decay)

    @property
    def module(self) -> Generator:
        """The average, in eval mode, needing no gradients."""
        self._refresh()
        return self._module

    def update(self) -> None:
        """Take the generator's newest parameters into account."""
        if self._decay == 0.0:
            self._stale = True
            return
        with torch.no_grad():
            self._average(*self._parameters, 0)
            _copy(*self._buffers)

    def replaced(self) -> None:
        """The module's own tensors were loaded from elsewhere: they count now."""
        self._stale = False

    def _refresh(self) -> None:
        if self._stale:
            with torch.no_grad():
                _copy(*self._parameters)
                _copy(*self._buffers)
            self._stale = False


def _averaging(decay: float) -> Callable[[list[Tensor], list[Tensor], int], None]:
    average: Callable[[list[Tensor], list[Tensor], int], None]
    average = get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]  # torch 2.13 leaves it untyped
    return average


def _copy(mine: list[Tensor], theirs: list[Tensor]) -> None:
    for one, other in zip(mine, theirs, strict=True):
        one.copy_(other)
