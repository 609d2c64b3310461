"""Adam for one network, its learning rate changeable at any time (Kingma and Ba 2015, arXiv 1412.6980).

The arithmetic is torch's own, by its functional form. ``torch.optim.Adam`` itself imports torch's compiler
when it is made, which delays the first step by two seconds or more; nothing of it is needed here.
"""

from collections.abc import Iterable
from typing import Final

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

EPSILON: Final = 1e-8


class Adam:
    """Adam, its update fused into one pass over all parameters.

    Args:
        parameters: to be trained; all on one device, in float32.
        rate: learning rate.
        betas: decays of the first and second moment.
        recorded: updates will be recorded and replayed, so the rate is a scalar on the device; on CUDA it
            always is.

    Attributes:
        parameters: as given.
        first, second: running moments, one a parameter (``exp_avg`` and ``exp_avg_sq`` of torch.optim.Adam).
        steps: updates so far, a float32 scalar on the device for each parameter.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        rate: float,
        betas: tuple[float, float],
        recorded: bool = False,
    ) -> None:
        self.parameters = list(parameters)
        self.first = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.second = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.steps = [torch.zeros((), device=parameter.device) for parameter in self.parameters]
        self._betas = betas
        device = self.parameters[0].device
        self._rate: float | Tensor = rate
        if recorded or device.type == "cuda":
            # The kernels' own types: on a CPU a double, as Python's number, so that the sums are the same.
            kind = torch.float64 if device.type == "cpu" else torch.float32
            self._rate = torch.tensor(rate, dtype=kind, device=device)

    def set_rate(self, rate: float) -> None:
        """Take this learning rate from the next update on."""
        if isinstance(self._rate, Tensor):
            self._rate.fill_(rate)
        else:
            self._rate = rate

    def clear(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def update(self) -> None:
        """One update from the gradients; a parameter without one stays as it is."""
        used = [index for index, parameter in enumerate(self.parameters) if parameter.grad is not None]
        adam(
            [self.parameters[index] for index in used],
            [grad for parameter in self.parameters if (grad := parameter.grad) is not None],
            [self.first[index] for index in used],
            [self.second[index] for index in used],
            [],
            [self.steps[index] for index in used],
            fused=True,
            capturable=isinstance(self._rate, Tensor),
            amsgrad=False,
            beta1=self._betas[0],
            beta2=self._betas[1],
            lr=self._rate,
            weight_decay=0.0,
            eps=EPSILON,
            maximize=False,
        )
