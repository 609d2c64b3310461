"""The generator's running average: smoother images than the generator of the moment."""

import copy

import torch
from torch import Tensor

from gan_tui.networks import Generator


class RunningAverage:
    """An exponential running average of a generator: of its parameters and of batch norm's statistics.

    average ← δ · average + (1 − δ) · generator, after each G update, where δ = min(decay, (1 + n) / (10 + n))
    and n counts the averaged updates: the average is useful from the beginning, when the generator of a
    hundred updates ago is no better than noise (as TensorFlow's ExponentialMovingAverage has it).

    Statistics are averaged like parameters. Copied from the generator of the moment, they do not fit the
    averaged parameters: after 2,000 steps of ``swift`` the judge's distance was 99, and is 11 (floor 4).

    With a decay of 0 the average is the generator itself. Then nothing is computed in a step: the copy is
    made when somebody looks.

    Args:
        source: the generator in training; it is watched, not changed.
        decay: in [0, 1); may be set anew at any time.

    Attributes:
        count: updates that the average was made of, since its decay was last 0.
    """

    def __init__(self, source: Generator, decay: float) -> None:
        self._module = copy.deepcopy(source).requires_grad_(False).eval()
        mine = [*self._module.parameters(), *self._module.buffers()]
        theirs = [*source.parameters(), *source.buffers()]
        pairs = list(zip(mine, theirs, strict=True))
        self._averaged = _columns([pair for pair in pairs if pair[0].is_floating_point()])
        self._counters = _columns([pair for pair in pairs if not pair[0].is_floating_point()])
        self._all = pairs
        self._stale = False
        self._decay = decay
        self.count = 0

    @property
    def decay(self) -> float:
        """The share that the average keeps of itself at each update, once it is warm."""
        return self._decay

    @decay.setter
    def decay(self, decay: float) -> None:
        if decay != self._decay:
            self._refresh()
            self._decay = decay

    @property
    def module(self) -> Generator:
        """The average, in eval mode, needing no gradients."""
        self._refresh()
        return self._module

    def update(self) -> None:
        """Take the newest generator into account."""
        if self._decay == 0.0:
            self._stale = True
            self.count = 0
            return
        decay = min(self._decay, (1 + self.count) / (10 + self.count))
        with torch.no_grad():
            torch._foreach_lerp_(*self._averaged, 1 - decay)
            if self._counters[0]:
                torch._foreach_copy_(*self._counters)
        self.count += 1

    def replaced(self, count: int) -> None:
        """The module's own tensors were loaded from elsewhere, an average of so many updates."""
        self._stale = False
        self.count = count

    def _refresh(self) -> None:
        if self._stale:
            with torch.no_grad():
                _copy(self._all)
            self._stale = False


def _columns(pairs: list[tuple[Tensor, Tensor]]) -> tuple[list[Tensor], list[Tensor]]:
    return [one for one, _ in pairs], [other for _, other in pairs]


def _copy(pairs: list[tuple[Tensor, Tensor]]) -> None:
    for one, other in pairs:
        one.copy_(other)
