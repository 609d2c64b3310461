"""Adam for one network, its learning rate changeable at any time."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


def make_adam(
    parameters: Iterable[nn.Parameter], rate: float, betas: tuple[float, float], device: torch.device
) -> torch.optim.Adam:
    """Adam with its update fused into one pass where the device has it.

    On CUDA the rate is a scalar on the device, so that a captured graph reads the present one.
    """
    cuda = device.type == "cuda"
    return torch.optim.Adam(
        parameters,
        lr=torch.tensor(rate, device=device) if cuda else rate,
        betas=betas,
        fused=True,
        capturable=cuda,
    )


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Take this learning rate from the next update on."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate
