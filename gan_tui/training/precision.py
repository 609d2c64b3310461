"""The arithmetic of the networks: float32, or bfloat16 where it is asked for or faster."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

from gan_tui.training.errors import DeviceError

Arithmetic = Literal["fp32", "bf16"]


def arithmetic(device: torch.device, precision: Arithmetic) -> AbstractContextManager[object]:
    """The context in which networks run forward; parameters, losses and optimisers stay in float32.

    Autocast's cache of converted weights lives as long as this context: enter it anew for each update.
    """
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)


def may_be_faster(device: torch.device) -> bool:
    """Whether bfloat16 is worth a measurement here.

    Processors without 512-bit vectors convert at every step, many times slower than float32.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        return "AVX512" in torch.backends.cpu.get_cpu_capability()
    return False


def check_precision(device: torch.device, precision: Arithmetic) -> None:
    """Refuse an arithmetic that the device cannot do.

    Raises:
        DeviceError: bfloat16 on a GPU without it.
    """
    if precision == "bf16" and device.type == "cuda" and not torch.cuda.is_bf16_supported():
        raise DeviceError(f"{torch.cuda.get_device_name(device)} has no bfloat16; use --precision fp32")
